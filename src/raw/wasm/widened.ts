/** What `softmax-simd/wide` has compiled, for every copy of this version of the library in the process. */

/** By name, as `simd-shared`, on the global object. */
export const WIDENED: unique symbol = Symbol.for('softmax-simd 1.0.0 wide') as never;

export function widened(name: string): WebAssembly.Module | undefined {
  return (globalThis as { [WIDENED]?: Map<string, WebAssembly.Module> })[WIDENED]?.get(name);
}
