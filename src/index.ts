/**
 * Softmax and losses over logits: WebAssembly SIMD kernels with a pure-TypeScript fallback.
 * @packageDocumentation
 */
export * from './functions.ts';
export type { Backend, Kernels } from './kernels.ts';
export { type LoadOptions, load, loadSync } from './load.ts';
export type { WasmModuleName, WasmModules } from './modules.ts';
export type {
  BinaryCrossEntropyOptions,
  Calibration,
  CalibrationBin,
  CalibrationOptions,
  ColsOptions,
  CrossEntropyOptions,
  ElementOptions,
  FitTemperatureOptions,
  FittedTemperature,
  HardmaxOptions,
  LabelledBatch,
  MaskedRowsOptions,
  NllOptions,
  PerplexityOptions,
  Reduction,
  RowOptions,
  RowStatsOptions,
  RowsOptions,
  Sample,
  SampleOptions,
  TokenLogProbsOptions,
  TopK,
} from './options.ts';
export type { RowStats } from './stats.ts';
