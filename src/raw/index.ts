/**
 * The interface between the operations and the kernels. The Wasm binaries and the kernels in TypeScript both implement
 * it, over byte offsets into one memory; nothing above it knows which one runs.
 */
import { type AllowedKernels, createAllowed } from './allowed.ts';
import { type CrossEntropyKernels, createCrossEntropy } from './cross-entropy.ts';
import { createElementwise, type ElementwiseKernels } from './elementwise.ts';
import { createGradients, type GradientKernels } from './gradients.ts';
import { createHalf, type HalfKernels } from './half.ts';
import { viewsIn } from './js/views.ts';
import { createLanes, type LaneKernels } from './lanes.ts';
import { createMasked, type MaskedKernels } from './masked.ts';
import { createMasses, type MassKernels } from './masses.ts';
import { createParts, type PartKernels } from './parts.ts';
import { createQuantile, type QuantileKernels } from './quantile.ts';
import { createSelect, type SelectKernels } from './select.ts';
import { createSoftmax, type SoftmaxKernels } from './softmax.ts';

/**
 * Kernels over byte offsets. No argument is checked, nothing is allocated, nothing is kept between calls. Addresses
 * come first, where 0 stands for none, then what counts, then other numbers.
 * `x`, `out`, `gradient`: float32 `[rows, cols]`; `out` and `gradient` may be an input. `beta` is 1/T, from 0 to
 * Infinity. Kernels with `inner` and `from` take rows of up to `LANE_COLS` columns side by side, as lanes.ts has them;
 * their row-major rows, of an `inner` of 1, may have any number.
 */
export type RawKernels = SoftmaxKernels &
  MaskedKernels &
  AllowedKernels &
  CrossEntropyKernels &
  ElementwiseKernels &
  GradientKernels &
  HalfKernels &
  LaneKernels &
  SelectKernels &
  MassKernels &
  QuantileKernels &
  PartKernels;

/**
 * The kernels in TypeScript over `memory.buffer`, which may be replaced at any time: see `viewsIn`. `scratch` is the
 * address of `LANE_SCRATCH_BYTES` of their own.
 */
export function createJs(memory: { readonly buffer: ArrayBufferLike }, scratch: number): RawKernels {
  const views = viewsIn(memory);
  return {
    ...createSoftmax(views, scratch),
    ...createMasked(views),
    ...createAllowed(views),
    ...createCrossEntropy(views, scratch),
    ...createElementwise(views),
    ...createGradients(views),
    ...createHalf(views),
    ...createLanes(views),
    ...createSelect(views),
    ...createMasses(views),
    ...createQuantile(views),
    ...createParts(views),
  };
}
