// The ABI: what a binary exports. src/abi.ts says what each function does.
export * from './cross-entropy';
export { C2, C3, C4, C5, C6, LN2_HI, LN2_LO, LOG2_E, LOWEST, MAGIC } from './exp';
export { expSumF32, indexOfF32, logScaleF32, maxF32, scaleF32, totalF32 } from './row';
export { exp, log, log1p } from './scalar';
export * from './softmax';
