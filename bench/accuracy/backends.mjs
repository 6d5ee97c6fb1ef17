// The backends of dist/ that this host can run. Node 20 has relaxed SIMD behind a flag, which is set here.
import { setFlagsFromString } from 'node:v8';
import { loadSync } from '../../dist/index.js';
import { importTypeScript } from './typescript.mjs';

const { ACCURACY } = await importTypeScript('src/raw/accuracy.ts');

if (process.versions.node?.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');

/** @returns {{ name: string, kernels: import('../../dist/index.js').Kernels, bound: number }[]} */
export function loadBackends(names = ['simd', 'relaxed-simd', 'js']) {
  return names.flatMap((name) => {
    try {
      return [{ name, kernels: loadSync({ backend: name }), bound: ACCURACY.steps[name] }];
    } catch (error) {
      // Only this one may be missing on a host.
      if (name !== 'relaxed-simd') throw error;
      console.log(`without ${name}: ${error.message}`);
      return [];
    }
  });
}
