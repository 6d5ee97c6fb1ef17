/**
 * Softmax and losses over logits: WebAssembly SIMD kernels with a pure-TypeScript fallback.
 * @packageDocumentation
 */
export {
  crossEntropy,
  logSoftmax,
  logSumExp,
  mergeStats,
  rowStats,
  softmax,
  softmaxFrom,
} from './functions.ts';
export type { Backend, Kernels } from './kernels.ts';
export { type LoadOptions, load, loadSync } from './load.ts';
export type { WasmModuleName, WasmModules } from './modules.ts';
export type { CrossEntropyOptions, Reduction, RowOptions, RowStatsOptions, RowsOptions } from './options.ts';
export type { RowStats } from './stats.ts';
