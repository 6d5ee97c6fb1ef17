// The ABI: what a binary exports. src/abi.ts says what each function does.
export * from './cross-entropy';
export { binaryCrossEntropyF32, logSigmoidF32, sigmoidF32 } from './elementwise';
export { C2, C3, C4, C5, C6, LN2_HI, LN2_LO, LOG2_E, ULP_OF_1, UPPER_HALF } from './exp';
export {
  L0,
  L1,
  L2,
  L3,
  L4,
  L5,
  L6,
  X_LN2_HI,
  X_LN2_LO,
  X_LOG2_E,
  X_LOWEST,
  X_ROUNDER,
  X2,
  X3,
  X4,
  X5,
  X6,
  X7,
  X8,
  X9,
  X10,
  X11,
} from './exp64';
export * from './gradients';
export * from './mask';
export { BINS_PER_NAT, massBinsF32, momentsF32 } from './mass';
export * from './parts';
export { indexOfF32, logScaleF32, maxF32, scaleF32 } from './row';
export { exp, log1p, sigmoid, softplus } from './scalar';
export { argmaxF32, selectF32, topKF32 } from './select';
export { logSoftmaxF32, logSumExpF32, softmaxF32 } from './softmax';
export { targetGradientF32, targetSumsF32 } from './target';
