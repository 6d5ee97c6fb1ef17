// What is measured: shapes, operations, seeded inputs.

/** Shapes of the full grid, [rows, cols]. */
export const GRID = [
  [1, 10],
  [1_000_000, 2],
  [300_000, 3],
  [100_000, 10],
  [10_000, 16],
  [1000, 64],
  [4096, 128],
  [256, 1024],
  [8, 32_000],
  [64, 32_000],
  [1, 131_072],
  [64, 131_072],
];

/** Shapes small enough for a look of a few seconds. */
export const QUICK = [
  [1, 10],
  [10_000, 16],
  [1000, 64],
  [256, 1024],
  [1, 131_072],
];

/** Row lengths of the chart, each with as many rows as make about 262144 elements. */
export const SWEEP = [
  2, 3, 4, 6, 8, 10, 16, 24, 32, 48, 64, 96, 128, 256, 512, 1000, 4096, 32_000, 262_144,
].map((cols) => [Math.round(262_144 / cols), cols]);

/** Bytes read plus bytes written per element, each once, however often a contender really touches them. */
export const BYTES = { copy: 8, softmax: 8, crossEntropy: 4, 'crossEntropy + gradient': 8 };

export const COUNTING_RULE =
  'Gelem/s = rows x cols / median time of a call / 1e9. Bytes count once: softmax reads 4 and writes 4 per ' +
  'element, crossEntropy reads 4, with gradient it also writes 4. The copy reads 4 and writes 4.';

/** @param {string} text such as '256x1024,1x10' */
export function parseShapes(text) {
  return text.split(',').map((shape) => {
    const match = /^(\d+)[x×](\d+)$/.exec(shape.trim());
    if (!match) throw new Error(`--shapes: expected ROWSxCOLS,…, got '${shape}'`);
    return [Number(match[1]), Number(match[2])];
  });
}

/** Normal logits with standard deviation 4 and one label per row, the same for every contender and run. */
export function makeInput(rows, cols) {
  const random = xorshift(rows * 31 + cols);
  const x = new Float32Array(rows * cols);
  for (let i = 0; i < x.length; i += 2) {
    const radius = 4 * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    x[i] = radius * Math.cos(angle);
    if (i + 1 < x.length) x[i + 1] = radius * Math.sin(angle);
  }
  const labels = Int32Array.from({ length: rows }, () => Math.floor(random() * cols));
  return { rows, cols, x, labels };
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
