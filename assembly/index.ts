// The ABI: what a binary exports. src/abi.ts says what each function does.
export * from './cross-entropy';
export { binaryCrossEntropyF32, logSigmoidF32, sigmoidF32 } from './elementwise';
export { C2, C3, C4, C5, C6, LN2_HI, LN2_LO, LOG2_E, ULP_OF_1, UPPER_HALF } from './exp';
export {
  E2,
  E3,
  E4,
  E5,
  E6,
  E7,
  E8,
  E9,
  E10,
  EXP_LN2_HI,
  EXP_LN2_LO,
  EXP_LOG2_E,
  EXP_LOWEST,
  EXP_ROUNDER,
  L0,
  L1,
  L2,
  L3,
  L4,
  L5,
  L6,
} from './exp64';
export * from './gradients';
export * from './mask';
export * from './parts';
export { indexOfF32, logScaleF32, maxF32, scaleF32 } from './row';
export { exp, log1p, sigmoid, softplus } from './scalar';
export { logSoftmaxF32, logSumExpF32, softmaxF32 } from './softmax';
export { targetGradientF32, targetSumsF32 } from './target';
