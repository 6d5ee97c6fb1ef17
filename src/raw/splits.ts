/** How each kernel divides among threads; a module of its own, which only threads load. */
import { allowedSplits } from './allowed.ts';
import { crossEntropySplits } from './cross-entropy.ts';
import { elementwiseSplits } from './elementwise.ts';
import { gradientSplits } from './gradients.ts';
import { halfSplits } from './half.ts';
import type { RawKernels } from './index.ts';
import { laneSplits } from './lanes.ts';
import { maskedSplits } from './masked.ts';
import { massSplits } from './masses.ts';
import { partSplits } from './parts.ts';
import { quantileSplits } from './quantile.ts';
import { selectSplits } from './select.ts';
import { softmaxSplits } from './softmax.ts';
import type { Splits } from './split.ts';

export const SPLITS: Splits<RawKernels> = {
  ...softmaxSplits,
  ...maskedSplits,
  ...allowedSplits,
  ...crossEntropySplits,
  ...elementwiseSplits,
  ...gradientSplits,
  ...halfSplits,
  ...laneSplits,
  ...selectSplits,
  ...massSplits,
  ...quantileSplits,
  ...partSplits,
};
