/**
 * Softmax and losses over logits: WebAssembly SIMD kernels with a pure-TypeScript fallback.
 * @packageDocumentation
 */
export { crossEntropy, logSoftmax, logSumExp, softmax } from './functions.ts';
export type { Backend, Kernels } from './kernels.ts';
export { type LoadOptions, load, loadSync } from './load.ts';
export type { WasmModuleName, WasmModules } from './modules.ts';
export type { CrossEntropyOptions, Reduction, RowOptions, RowsOptions } from './options.ts';
