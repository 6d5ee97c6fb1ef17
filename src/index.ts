/**
 * Softmax and losses over logits: WebAssembly SIMD kernels with a pure-TypeScript fallback.
 * @packageDocumentation
 */
export {
  binaryCrossEntropy,
  crossEntropy,
  logSigmoid,
  logSoftmax,
  logSoftmaxGradient,
  logSumExp,
  mergeStats,
  nllLoss,
  perplexity,
  rowStats,
  sigmoid,
  sigmoidGradient,
  softmax,
  softmaxFrom,
  softmaxGradient,
  tokenLogProbs,
} from './functions.ts';
export type { Backend, Kernels } from './kernels.ts';
export { type LoadOptions, load, loadSync } from './load.ts';
export type { WasmModuleName, WasmModules } from './modules.ts';
export type {
  BinaryCrossEntropyOptions,
  CrossEntropyOptions,
  ElementOptions,
  MaskedRowsOptions,
  NllOptions,
  PerplexityOptions,
  Reduction,
  RowOptions,
  RowStatsOptions,
  RowsOptions,
  TokenLogProbsOptions,
} from './options.ts';
export type { RowStats } from './stats.ts';
