/**
 * Softmax and losses over logits: WebAssembly SIMD kernels with a pure-TypeScript fallback.
 * @packageDocumentation
 */
export type { Dtype, Float16, Floats, FloatsOut, HalfArray } from './arguments/floats.ts';
export type { Labels } from './arguments/labels.ts';
export type { Backend, LoadOptions } from './arguments/load-options.ts';
export type { WasmModuleName, WasmModules } from './arguments/modules.ts';
export type { Given, NewFloat32Array, NewFloat64Array, NewInt32Array } from './arguments/new-arrays.ts';
export type {
  DtypeOptions,
  ElementOptions,
  LayoutOptions,
  MaskedRowsOptions,
  Reduction,
  RowOptions,
  RowsOptions,
} from './arguments/options.ts';
export type { ShapedTensorLike, Tensor, TensorLike } from './arguments/tensors.ts';
export type { WasmMemory, WasmModule } from './arguments/wasm-types.ts';
export * from './functions.ts';
export type { Kernels } from './kernels.ts';
export { load, loadSync } from './load.ts';
export { LLAMA_ORDER } from './ops/sample/options.ts';
