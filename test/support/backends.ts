/** The backends that this host can run, for `describe.each`. */
import './relaxed-flag.ts';
import { type Kernels, loadSync } from '../../src/index.ts';
import { ACCURACY } from '../../src/raw/accuracy.ts';

export interface Backend {
  name: 'simd' | 'relaxed-simd' | 'js';
  kernels: Kernels;
  /** Steps that an element of softmax, logSoftmax or a row's loss may be off. */
  bound: number;
}

/** The module `(func (drop (f32x4.relaxed_madd …)))`: hosts without relaxed SIMD refuse it. */
const RELAXED = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0],
  ...[65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 26, 11],
];

export const hasRelaxedSimd: boolean = WebAssembly.validate(new Uint8Array(RELAXED));

/** Loaded here, so that a backend which ought to run and does not fails the tests rather than shrink them. */
export const backends: Backend[] = (['simd', 'relaxed-simd', 'js'] as const)
  .filter((name) => name !== 'relaxed-simd' || hasRelaxedSimd)
  .map((name) => ({ name, kernels: loadSync({ backend: name }), bound: ACCURACY.steps[name] }));
