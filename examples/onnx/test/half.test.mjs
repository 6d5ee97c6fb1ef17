// What ONNX Runtime gives in half precision, as it is, and back into half precision; against float64.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { argmax, crossEntropy, softmax } from 'softmax-simd';
import { halfModel } from './models.mjs';

const ROWS = 40;
const COLS = 17;
const x = Float32Array.from({ length: ROWS * COLS }, (_, i) => 9 * Math.sin(i * i + 1));
/** Of a Uint16Array, where the host has no Float16Array, a call has to say what it holds. */
const options = { cols: COLS, dtype: 'float16' };

/** Why not, where the library takes no half precision yet. */
function whyNot() {
  try {
    softmax(new Uint16Array(2), { dtype: 'float16' });
    return false;
  } catch (error) {
    return error.message;
  }
}

/** What a float16 stands for, by its definition. */
function widen(code) {
  const exponent = (code >> 10) & 31;
  const mantissa = code & 1023;
  const size = exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
  return code >> 15 ? -size : size;
}

const codesOf = ({ buffer, byteOffset, length }) => new Uint16Array(buffer, byteOffset, length);

for (const runtime of ['onnxruntime-node', 'onnxruntime-web']) {
  describe(runtime, { skip: whyNot() }, async () => {
    const { InferenceSession, Tensor } = await import(runtime);
    const session = await InferenceSession.create(halfModel(ROWS, COLS), { logSeverityLevel: 3 });
    const { half, labels } = await session.run({ x: new Tensor('float32', x, [ROWS, COLS]) });
    /** Log-probabilities of each row. */
    const exact = Array.from({ length: ROWS }, (_, row) => {
      const values = Array.from(codesOf(half.data).subarray(row * COLS, (row + 1) * COLS), widen);
      const most = Math.max(...values);
      const total = values.reduce((sum, value) => sum + Math.exp(value - most), 0);
      return values.map((value) => value - most - Math.log(total));
    });
    const at = (i) => exact[Math.floor(i / COLS)][i % COLS];

    test('softmax', () => {
      assert.equal(half.type, 'float16');
      for (const [i, p] of softmax(half.data, options).entries()) {
        const right = Math.exp(at(i));
        assert.ok(Math.abs(p - right) <= 2.5 * 2 ** -23 * right, `${i}: ${p}, not ${right}`);
      }
    });

    test('softmax into half precision, which is rounded once', () => {
      const out = new half.data.constructor(half.data.length);
      assert.equal(softmax(half.data, { ...options, out }), out);
      const floats = softmax(half.data, options);
      for (const [i, code] of codesOf(out).entries()) {
        const error = Math.abs(widen(code) - floats[i]);
        for (const other of [code - 1, code + 1].filter((near) => near >= 0)) {
          const distance = Math.abs(widen(other) - floats[i]);
          assert.ok(
            error < distance || (error === distance && code % 2 === 0),
            `${i}: ${code} is not the nearest`,
          );
        }
      }
    });

    test('cross-entropy against int64 labels, and its gradient', () => {
      const gradient = new Float32Array(ROWS * COLS);
      const loss = crossEntropy(half.data, labels.data, { ...options, gradient });
      const right = exact.reduce((sum, row, i) => sum - row[Number(labels.data[i])], 0) / ROWS;
      assert.ok(Math.abs(loss - right) <= 4.5 * 2 ** -23 * right, `${loss}, not ${right}`);
      for (const [i, value] of gradient.entries()) {
        const hot = Number(Number(labels.data[Math.floor(i / COLS)]) === i % COLS);
        const wanted = (Math.exp(at(i)) - hot) / ROWS;
        assert.ok(Math.abs(value - wanted) <= (4 * 2 ** -23) / ROWS, `${i}: ${value}, not ${wanted}`);
      }
    });

    test('argmax gives the labels of the model', () => {
      assert.deepEqual([...argmax(half.data, options)], Array.from(labels.data, Number));
    });
  });
}
