// The ABI: what a binary exports. src/raw/ says what each function does. The constants are exported for the reason
// given in exp.ts alone, under short names, as each counts in the binary's size.
export { allowF32 } from './allow';
export * from './cross-entropy';
export * from './elementwise';
export {
  BASE as B4,
  C2,
  C3,
  C4,
  C5,
  C6,
  LEAST as N,
  LN2_HI as H,
  LN2_LO as L,
  LOG2_E as E,
  ONE as O,
  ULP_OF_1 as U,
  UPPER_HALF as M,
  ZERO as Z,
} from './exp';
export {
  HUGE as G,
  L0,
  L1,
  L2,
  L3,
  L4,
  L5,
  L6,
  LN2 as L7,
  R0,
  R1,
  R2,
  R3,
  R4,
  TINY as T,
  X_LN2_HI as XH,
  X_LN2_LO as XL,
  X_LOG2_E as XE,
  X_LOWEST as X0,
  X_ROUNDER as X1,
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
export * from './half';
export * from './mask';
export * from './mass';
export * from './parts';
export { quantileF32 } from './quantile';
export { indexOfF32, logScaleF32, maxF32, scaleF32 } from './row';
export { exp, log1p, sigmoid, softplus } from './scalar';
export { argmaxF32, selectF32, topKF32 } from './select';
export * from './softmax';
export { targetGradientF32, targetSumsF32 } from './target';
export { gatherWords, scatterWords } from './tile';
