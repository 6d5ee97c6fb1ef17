// The bytes of ONNX models, written by hand: onnx.proto needs only varints, strings and nested messages for a few
// operators. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
const text = new TextEncoder();

function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}

function join(parts) {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A field that holds an integer. */
const int = (field, value) => join([varint(field * 8), varint(value)]);
/** A field that holds a string, bytes or a message given by its fields. */
export function block(field, content) {
  const bytes =
    typeof content === 'string'
      ? text.encode(content)
      : content instanceof Uint8Array
        ? content
        : join(content);
  return join([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

export const FLOAT = 1;
export const INT64 = 7;
export const FLOAT16 = 10;

// ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 { dim_value = 1, dim_param = 2 } } } }
export function valueInfo(name, dims, type = FLOAT) {
  const shape = dims.map((dim) => block(1, [typeof dim === 'string' ? block(2, dim) : int(1, dim)]));
  return [block(1, name), block(2, [block(1, [int(1, type), block(2, shape)])])];
}

// TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9
export function tensor(name, type, dims, data) {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...dims.map((dim) => int(1, dim)), int(2, type), block(8, name), block(9, raw)];
}

// NodeProto: input = 1, output = 2, op_type = 4, attribute = 5
export function node(type, inputs, outputs, attributes = []) {
  return [
    ...inputs.map((name) => block(1, name)),
    ...outputs.map((name) => block(2, name)),
    block(4, type),
    ...attributes.map((attribute) => block(5, attribute)),
  ];
}

// AttributeProto: name = 1, i = 3, type = 20 { INT = 2 }
export const integer = (name, value) => [block(1, name), int(3, value), int(20, 2)];

/** Along axis 1, which of [rows, cols] is the last. */
const softmax = node('Softmax', ['x'], ['y'], [integer('axis', 1)]);

// ModelProto: ir_version = 1, producer_name = 2, graph = 7, opset_import = 8 { version = 2 }
// GraphProto: node = 1, name = 2, initializer = 5, input = 11, output = 12
export function model(graph) {
  return join([int(1, 8), block(2, 'softmax-simd'), block(7, graph), block(8, [int(2, 13)])]);
}

/** x → Softmax along axis 1 → y. @param {number[]} shape */
export function softmaxModel(shape) {
  return model([
    block(1, softmax),
    block(2, 'softmax'),
    block(11, valueInfo('x', shape)),
    block(12, valueInfo('y', shape)),
  ]);
}

/**
 * The same with x inside the model, of which only the first probability leaves it: the operation with its data
 * already in the runtime's memory. x is an input too, so that it counts as a default and no optimizer may
 * compute the softmax when the model is loaded.
 * @param {Float32Array} x @param {number[]} shape
 */
export function residentSoftmaxModel(x, shape) {
  const everywhere = (name, value) =>
    block(5, tensor(name, INT64, [shape.length], new BigInt64Array(shape.length).fill(value)));
  return model([
    block(1, softmax),
    block(1, node('Slice', ['y', 'starts', 'ends'], ['first'])),
    block(2, 'softmax'),
    block(5, tensor('x', FLOAT, shape, x)),
    everywhere('starts', 0n),
    everywhere('ends', 1n),
    block(11, valueInfo('x', shape)),
    block(
      12,
      valueInfo(
        'first',
        shape.map(() => 1),
      ),
    ),
  ]);
}
