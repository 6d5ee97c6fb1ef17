// The ABI: what a binary exports. src/abi.ts says what each function does.
export * from './cross-entropy';
export { C2, C3, C4, C5, C6, LN2_HI, LN2_LO, LOG2_E, ULP_OF_1, UPPER_HALF } from './exp';
export * from './parts';
export { indexOfF32, logScaleF32, maxF32, scaleF32 } from './row';
export { sigmoid, softplus } from './scalar';
export { logSoftmaxF32, logSumExpF32, softmaxF32 } from './softmax';
