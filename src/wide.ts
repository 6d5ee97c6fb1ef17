/**
 * Twice as wide: asks V8 to join pairs of 128-bit operations into 256-bit ones.
 * @packageDocumentation
 */
import { type Kernels, loadSync } from './index.ts';
import { WIDENED } from './raw/wasm/widened.ts';

const FLAG = 'experimental-wasm-revectorize';
const BACKENDS = ['simd', 'relaxed-simd'] as const;
/** Until V8's optimizing compiler, which joins, has been at work; the first results are its baseline compiler's. */
const ROUNDS = 12;

/** Elements of the corpus, which are rows of each of these lengths in turn. */
const ELEMENTS = 4096;
const COLS = [3, 10, 64, 67, 128, 135, 1000, ELEMENTS];

const found: string | undefined = widen();

/**
 * Whether V8 has been told to join pairs of 128-bit operations of WebAssembly into 256-bit ones: an experimental flag, for
 * the whole process, threads included, of Node.js 24 or later on x64. The import sets it, and kernels made from then on are
 * those that are written for it, once their results under it have been those of the usual ones without, bit for bit, over
 * a seeded corpus; it takes some tenths of a second. It has to come before the first kernels are made.
 *
 * Results have the same bits. Elsewhere, and where anything is amiss, `wide` is false, `reason` says why, and nothing else
 * happens. A program bundled for Node.js needs the package installed, too: the kernels are read from its `wasm/`.
 * @example
 * ```ts
 * import { reason, wide } from 'softmax-simd/wide';
 * import { softmax } from 'softmax-simd';
 *
 * if (!wide) console.log(`128 bits: ${reason}`);
 * softmax([1, 2, 3]); // Float32Array [0.0900, 0.2447, 0.6652]
 * ```
 */
export const wide: boolean = found === undefined;

/** Why not, if `wide` is false. */
export const reason: string | undefined = found;

/** Sets the flag, or tells why not. */
function widen(): string | undefined {
  const node = typeof process === 'object' ? process : undefined;
  const { versions } = node ?? {};
  if (!node || !versions?.node || versions.bun || versions.deno || versions.electron)
    return 'this host is not Node.js';
  if (!(Number.parseInt(versions.node, 10) >= 24)) return `Node.js ${versions.node} is older than 24`;
  if (node.arch !== 'x64') return `the processor is not x64 but ${node.arch}`;
  try {
    // No imports, which bundlers for other hosts would fail to find.
    const { readFileSync } = node.getBuiltinModule('node:fs');
    const { createRequire } = node.getBuiltinModule('node:module');
    const { setFlagsFromString } = node.getBuiltinModule('node:v8');
    // From the folder above, which is in the package itself for either form of this file.
    const { resolve } = createRequire(new URL('..', import.meta.url));
    const files = BACKENDS.map((backend) =>
      ['wide', 'wide-shared'].map((kind) => {
        const path = resolve(`softmax-simd/wasm/${backend}-${kind}.wasm`);
        return new Uint8Array(readFileSync(path));
      }),
    );
    // It may have been set by hand.
    setFlagsFromString(`--no-${FLAG}`);
    const narrow = BACKENDS.map((backend) => resultsOf(loadSync({ backend }), 1)[0]);
    // Processors have both or neither, bar a few.
    if (isSame(narrow[0], narrow[1])) return 'the processor has no fused multiply-add, and hence no 256 bits';
    setFlagsFromString(`--${FLAG}`);
    try {
      const modules = new Map<string, WebAssembly.Module>();
      const areSame = BACKENDS.every((backend, i) => {
        const [module, shared] = files[i].map((bytes) => new WebAssembly.Module(bytes));
        modules.set(backend, module).set(`${backend}-shared`, shared);
        const k = loadSync({ backend, module: { [backend]: module } });
        return resultsOf(k, ROUNDS).every((results) => isSame(results, narrow[i]));
      });
      if (!areSame) throw new Error('results of this V8 are others with 256 bits');
      Object.defineProperty(globalThis, WIDENED, { value: modules, configurable: true });
      return undefined;
    } catch (error) {
      setFlagsFromString(`--no-${FLAG}`);
      throw error;
    }
  } catch (error) {
    return `${error instanceof Error ? error.message : error}`;
  }
}

/** The bits of results over a corpus, as often as asked for. */
function resultsOf(k: Kernels, rounds: number): Uint32Array[] {
  const x = k.alloc(ELEMENTS);
  const out = k.alloc(ELEMENTS);
  // A linear congruential generator (Numerical Recipes); logits from −8 to 8, and some −Infinity.
  for (let i = 0, seed = 1; i < ELEMENTS; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    x[i] = i % 97 === 5 ? Number.NEGATIVE_INFINITY : seed / 2 ** 28 - 8;
  }
  const all = Array.from({ length: rounds }, () => {
    const bits = new Uint32Array(8 * ELEMENTS * COLS.length);
    let at = 0;
    const add = (results: Float32Array | Int32Array): void => {
      bits.set(new Uint32Array(results.buffer, results.byteOffset, results.length), at);
      at += results.length;
    };
    for (const cols of COLS) {
      const rows = Math.floor(ELEMENTS / cols);
      const data = x.subarray(0, rows * cols);
      const to = out.subarray(0, rows * cols);
      const labels = new Int32Array(rows).fill(1);
      add(k.softmax(data, { cols, out: to }));
      add(k.softmax(data, { cols, out: to, temperature: 0.7 }));
      add(k.logSoftmax(data, { cols, out: to }));
      add(k.logSumExp(data, { cols }));
      add(k.crossEntropy(data, labels, { cols, reduction: 'none', gradient: to }));
      add(to);
      add(k.sigmoid(data, { out: to }));
      add(k.logSigmoid(data, { out: to }));
      add(k.argmax(data, { cols }));
    }
    return bits;
  });
  k.close();
  return all;
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.every((bits, i) => bits === b[i]);
}
