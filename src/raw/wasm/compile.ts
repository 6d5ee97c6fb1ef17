/** The inlined binaries, compiled where they are needed. (workerd and CommonJS have their own.) */
import { type InlineBinary, PARTS, RELAXED_SIMD, SHIFT, SIMD, SWAPS } from './binaries.ts';
import { compileModule } from './compile-module.ts';
import type { WasmBackend } from './instance.ts';
import { widened } from './widened.ts';

const INLINE: Record<WasmBackend, InlineBinary> = { simd: SIMD, 'relaxed-simd': RELAXED_SIMD };

/** Whether there are modules for shared memory. */
export const HAS_SHARED: boolean = true;

/** Compiled modules, so that further kernels start at once: `simd`, `simd-shared`, … */
const modules = new Map<string, WebAssembly.Module>();

/** The bytes of a binary: those for shared memory differ from those for plain memory in one place. */
export function binary(backend: WasmBackend, shared: boolean): Uint8Array<ArrayBuffer> {
  const { first, sharedAt, sharedCut, sharedBytes } = INLINE[backend];
  const text = PARTS.filter((_, i) => i % 2 === first).join('');
  const plain = new Uint8Array(text.length);
  const byteOf = Uint8Array.from({ length: 256 }, (_, code) => SHIFT - code);
  for (const [a, b] of SWAPS) [byteOf[a], byteOf[b]] = [byteOf[b], byteOf[a]];
  for (let i = 0; i < text.length; i++) plain[i] = byteOf[text.charCodeAt(i)];
  if (!shared) return plain;
  const bytes = new Uint8Array(plain.length - sharedCut + sharedBytes.length);
  bytes.set(plain.subarray(0, sharedAt));
  bytes.set(sharedBytes, sharedAt);
  bytes.set(plain.subarray(sharedAt + sharedCut), sharedAt + sharedBytes.length);
  return bytes;
}

/** A binary, compiled once. Throws where the host cannot run it. */
export function compiled(backend: WasmBackend, shared: boolean): WebAssembly.Module {
  const key = shared ? `${backend}-shared` : backend;
  const module = widened(key) ?? modules.get(key) ?? compileModule(backend, binary(backend, shared));
  modules.set(key, module);
  return module;
}
