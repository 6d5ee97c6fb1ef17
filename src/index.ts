/**
 * Softmax and losses over logits: WebAssembly SIMD kernels with a pure-TypeScript fallback.
 * @packageDocumentation
 */
export {
  argmax,
  calibration,
  crossEntropy,
  fitTemperature,
  hardmax,
  logSoftmax,
  logSumExp,
  sample,
  softmax,
  topK,
} from './functions.ts';
export type { Backend, Kernels } from './kernels.ts';
export { type LoadOptions, load, loadSync } from './load.ts';
export type { WasmModuleName, WasmModules } from './modules.ts';
export type {
  Calibration,
  CalibrationBin,
  CalibrationOptions,
  ColsOptions,
  CrossEntropyOptions,
  FitTemperatureOptions,
  FittedTemperature,
  HardmaxOptions,
  Reduction,
  RowOptions,
  RowsOptions,
  Sample,
  SampleOptions,
  TopK,
} from './options.ts';
