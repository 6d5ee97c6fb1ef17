/**
 * Node 20 has relaxed SIMD behind a flag of V8; set here, before anything is compiled, it lets every test run
 * on that backend too. Later versions have it without. To be imported before the library.
 */
import { setFlagsFromString } from 'node:v8';

if (process.versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
