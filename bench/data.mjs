// What is measured: shapes, operations, seeded inputs.

/** Shapes of the full grid: [rows, cols], or those of tensors, whose axis 1 has the columns. */
export const GRID = [
  [1, 10],
  [1_000_000, 2],
  [300_000, 3],
  [4096, 4],
  [4096, 5],
  [4096, 8],
  [1000, 10],
  [100_000, 10],
  [10_000, 16],
  [262_144, 21],
  [1000, 32],
  [1000, 64],
  [4096, 128],
  [256, 1024],
  [8, 32_000],
  [64, 32_000],
  [1, 131_072],
  [64, 131_072],
  [1, 2, 512, 512],
  [1, 21, 128, 128],
  [1, 21, 512, 512],
  [1, 150, 128, 128],
];

/** Shapes small enough for a look of a few seconds. */
export const QUICK = [
  [1, 10],
  [10_000, 16],
  [1000, 64],
  [256, 1024],
  [1, 131_072],
  [1, 21, 128, 128],
];

/** Of topK. */
export const K = 3;

/** What is measured at a shape. */
export function operationsAt([rows, cols, ...inner]) {
  if (inner.length > 0) return ['softmax', 'argmax'];
  const long = ['softmax', 'crossEntropy', 'crossEntropy + gradient'];
  if (cols > 64) return long;
  const short = [...long, 'logSoftmax', 'logSumExp', 'argmax'];
  if (cols === 21) short.push('topK');
  // A million draws take too long to be repeated.
  if (rows <= 262_144) short.push('sample');
  return short;
}

/** Row lengths of the chart, each with as many rows as make about 262144 elements. */
export const SWEEP = [
  2, 3, 4, 6, 8, 10, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1000, 4096, 32_000, 262_144,
].map((cols) => [Math.round(262_144 / cols), cols]);

/** Bytes read plus bytes written per element, each once, however often a contender really touches them. */
export const BYTES = {
  copy: 8,
  softmax: 8,
  logSoftmax: 8,
  logSumExp: 4,
  crossEntropy: 4,
  'crossEntropy + gradient': 8,
  argmax: 4,
  topK: 4,
  sample: 4,
};

export const COUNTING_RULE =
  'Gelem/s = rows x cols / median time of a call / 1e9. Bytes count once: every operation reads 4 per element; ' +
  'softmax, logSoftmax, crossEntropy with its gradient and the copy also write 4.';

/** @param {string} text such as '256x1024,1x21x512x512' */
export function parseShapes(text) {
  return text.split(',').map((shape) => {
    const sizes = shape.trim().split(/[x×]/);
    if (sizes.length < 2 || !sizes.every((size) => /^\d+$/.test(size))) {
      throw new Error(`--shapes: expected ROWSxCOLS or a tensor's 1x21x512x512,…, got '${shape}'`);
    }
    return sizes.map(Number);
  });
}

/** Of an input or a result: '256 x 1024', or '1 x 21 x 512 x 512'. */
export const shapeText = ({ rows, cols, shape = [rows, cols] }) => shape.join(' x ');

/**
 * Normal logits with standard deviation 4 and one label per row, the same for every contender and run. Along axis 1 of
 * a tensor rows lie side by side, `[outer, cols, inner]`: `shape` is there only then.
 * @param {number[]} sizes
 */
export function makeInput(sizes) {
  const [outer, cols, ...others] = sizes;
  const inner = others.reduce((product, size) => product * size, 1);
  const rows = outer * inner;
  const random = xorshift(rows * 31 + cols);
  const x = new Float32Array(rows * cols);
  for (let i = 0; i < x.length; i += 2) {
    const radius = 4 * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    x[i] = radius * Math.cos(angle);
    if (i + 1 < x.length) x[i + 1] = radius * Math.sin(angle);
  }
  const labels = Int32Array.from({ length: rows }, () => Math.floor(random() * cols));
  return { rows, cols, outer, inner, x, labels, ...(others.length > 0 && { shape: sizes }) };
}

/** Marsaglia's xorshift32, as numbers in [0, 1). */
function xorshift(seed) {
  let state = (seed ^ 0x9e3779b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
