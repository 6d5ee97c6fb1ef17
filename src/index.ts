/**
 * Softmax and losses over logits: WebAssembly SIMD kernels with a pure-TypeScript fallback.
 * @packageDocumentation
 */

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
} from './arguments/options.ts';
export * from './functions.ts';
export type { Backend, Kernels } from './kernels.ts';
export { type LoadOptions, load, loadSync } from './load.ts';
export type { RowStats } from './ops/shared/stats.ts';
export type { WasmModuleName, WasmModules } from './raw/wasm/modules.ts';
