/**
 * What the matrix asks of a host, anywhere: every operation on every backend that it can run, digests of all results,
 * threads, and the time to a first result. tools/matrix/consumer.mjs makes one file of it.
 */

import type { Kernels, LoadOptions } from '../../src/index.ts';
import { makeData, resultsOf } from '../../test/calls/data.ts';
import { forms } from '../../test/operations/index.ts';
import { isFlushed } from '../../test/oracle/ulp.ts';
import { digests } from '../../test/properties/digest.ts';
import { firstDifference, worstSteps } from '../../test/support/compare.ts';
import { random } from '../../test/support/random.ts';

export interface Library {
  softmax(x: readonly number[]): Float32Array;
  load(options?: LoadOptions): Promise<Kernels>;
  loadSync(options?: LoadOptions): Kernels;
}

export interface Report {
  /** From the import of the library to the first result. */
  firstResultMs: number;
  backend: string;
  reason?: string;
  memory: 'shared' | 'plain';
  /** Of load({ threads: 2 }). */
  threads: number;
  threadsReason?: string;
  /** Whether relaxed multiply-add rounds once here; undefined where that cannot be asked. */
  fused?: boolean;
  digests: Record<string, Record<string, string>>;
  problems: string[];
}

const BACKENDS = ['relaxed-simd', 'simd', 'js'] as const;

/** How long the import of the library and a first result take, and both. */
export async function firstResult(
  importLibrary: () => Promise<Library>,
): Promise<{ library: Library; first: Float32Array; firstResultMs: number }> {
  const start = performance.now();
  const library = await importLibrary();
  const first = library.softmax([2, 1, 0.1]);
  return { library, first, firstResultMs: performance.now() - start };
}

export async function smoke(importLibrary: () => Promise<Library>): Promise<Report> {
  const { library, first, firstResultMs } = await firstResult(importLibrary);
  const problems: string[] = [];
  if (Math.abs(first[0] - 0.6590011) > 1e-6) problems.push(`softmax([2, 1, 0.1]) is ${first}`);

  const { backend, reason, memory } = library.loadSync();
  const found: Report = {
    ...{ firstResultMs, backend, reason, fused: isFused(), threads: 1, digests: {}, problems },
    memory: memory.buffer instanceof ArrayBuffer ? 'plain' : 'shared',
  };
  const js = library.loadSync({ backend: 'js' });
  for (const name of BACKENDS.slice(BACKENDS.indexOf(backend))) {
    const kernels = library.loadSync({ backend: name });
    if (name === 'relaxed-simd') problems.push(...farFrom(js, kernels));
    // Of relaxed-simd the bits are the machine's own; they are computed for what they might throw.
    const own = await digests(kernels);
    if (name !== 'relaxed-simd') found.digests[name] = own;
    kernels.close();
  }
  const threaded = await library.load({ threads: 2 });
  found.threads = threaded.threads;
  found.threadsReason = threaded.reason;
  if (threaded.threads > 1) problems.push(...otherBits(library.loadSync(), threaded));
  threaded.close();
  return found;
}

/** Within 2 steps of the exact value here, and within 1 there. */
function farFrom(js: Kernels, kernels: Kernels): string[] {
  const r = random(5);
  return [3, 64, 1000, 9000].flatMap((cols) => {
    const x = Float32Array.from({ length: 4 * cols }, () => 10 * r.normal());
    const [p, exact] = [kernels.softmax(x, { cols }), js.softmax(x, { cols })];
    for (let i = 0; i < p.length; i++) if (isFlushed(p[i], exact[i])) p[i] = exact[i];
    const { error, where } = worstSteps(p, exact);
    return error <= 3 ? [] : [`${kernels.backend}, rows of ${cols}: ${error} steps from js at ${where}`];
  });
}

/** Operations whose bits are others on several threads: none. */
function otherBits(alone: Kernels, threaded: Kernels): string[] {
  const data = makeData(9, 20_011, 3);
  return Object.entries(forms).flatMap(([name, form]) => {
    const wanted = resultsOf(alone, form, data);
    const results = resultsOf(threaded, form, data);
    const differs = results.some((part, i) => firstDifference(part, wanted[i]) >= 0);
    return differs ? [`${name}: other bits on ${threaded.threads} threads`] : [];
  });
}

/** (func (export "f") (param f32 f32 f32) (result f32)): a·b + c by f32x4.relaxed_madd. */
const MADD = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 125, 125, 125, 1, 125, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0],
  ...[10, 22, 1, 20, 0, 32, 0, 253, 19, 32, 1, 253, 19, 32, 2, 253, 19, 253, 133, 2, 253, 31, 0, 11],
];

function isFused(): boolean | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(MADD)));
    const madd = exports.f as (a: number, b: number, c: number) => number;
    const a = 1 + 2 ** -23;
    return madd(a, a, -(1 + 2 ** -22)) !== 0;
  } catch {
    return undefined;
  }
}
