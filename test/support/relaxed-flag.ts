/**
 * Node 20 has relaxed SIMD behind a flag of V8; set here, before anything is compiled, it lets every test run
 * on that backend too. Later versions and other hosts have it without. To be imported before the library.
 */
const { process } = globalThis;
if (process?.versions?.node?.startsWith('20.')) {
  process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
}
