// The error of the exp core, over float32 values taken by their bit patterns.

const COUNT = 1 << 16;

/**
 * The worst error of 2^−R·exp(x) over every `stride`-th float32 x of a sign, from |x| = 2^−25, where exp(x) begins
 * to differ from 1, to where the result leaves the normal numbers, in ULP of the exact value.
 * @param {WebAssembly.Module} module a binary of the package for plain memory
 * @param {{ stride?: number, offset?: number, negative?: boolean }} [options]
 */
export function expError(module, { stride = 1, offset = 0, negative = true } = {}) {
  const memory = new WebAssembly.Memory({ initial: 16 });
  // In the last page, which nothing else takes.
  const scratch = 15 * 65536;
  const { expSumF32 } = new WebAssembly.Instance(module, { env: { memory, scratch } }).exports;
  const x = 1024;
  const out = x + 4 * COUNT;
  const xs = new Float32Array(memory.buffer, x, COUNT);
  const bits = new Int32Array(memory.buffer, x, COUNT);
  const results = new Float32Array(memory.buffer, out, COUNT);
  // The row's maximum chooses R: 0 for x below it, a middle one for the positive half.
  const max = negative ? 0 : 44;
  const scale = negative ? 2 : 2 ** -62;
  const sign = negative ? 0x80000000 : 0;
  const first = 0x33000000 + offset;
  const last = floatBits(negative ? 87.33654 : 88.37626);
  let worst = 0;
  let at = 0;
  let total = 0;
  for (let from = first; from <= last; from += COUNT * stride) {
    const n = Math.min(COUNT, Math.floor((last - from) / stride) + 1);
    for (let i = 0; i < n; i++) bits[i] = (from + i * stride) | sign;
    expSumF32(x, out, 512, n, -1, max, 1);
    for (let i = 0; i < n; i++) {
      const exact = Math.exp(xs[i]) * scale;
      const error = Math.abs(results[i] - exact) / ulp(exact);
      // Written so that NaN counts as worse.
      if (!(error <= worst)) {
        worst = error;
        at = xs[i];
      }
    }
    total += n;
  }
  return { worst, at, total };
}

const view = new DataView(new ArrayBuffer(8));

function floatBits(x) {
  view.setFloat32(0, x);
  return view.getInt32(0);
}

/** The distance of float32 numbers at a normal x > 0. */
function ulp(x) {
  view.setFloat64(0, x);
  const exponent = view.getUint32(0) >>> 20;
  view.setUint32(0, (exponent - 23) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}
