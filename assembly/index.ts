// The ABI: what a binary exports. src/abi.ts says what each function does.
export * from './cross-entropy';
export { C2, C3, C4, C5, C6, LN2_HI, LN2_LO, LOG2_E, ULP_OF_1, UPPER_HALF } from './exp';
export { BINS_PER_NAT, massBinsF32, momentsF32 } from './mass';
export * from './parts';
export { indexOfF32, logScaleF32, maxF32, scaleF32 } from './row';
export { sigmoid, softplus } from './scalar';
export { argmaxF32, selectF32, topKF32 } from './select';
export { logSoftmaxF32, logSumExpF32, softmaxF32 } from './softmax';
export {
  W_LIMIT,
  W_LN2_HI,
  W_LN2_LO,
  W_LOG2_E,
  W_ROUNDER,
  W1,
  W2,
  W3,
  W4,
  W5,
  W6,
  W7,
  W8,
  W9,
  W10,
  W11,
} from './weight';
