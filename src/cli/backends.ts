import { type Backend, type Kernels, load, loadSync } from '../index.ts';
import { InputError, messageOf } from './errors.ts';

/** The backends, slowest first. */
export const BACKENDS: readonly Backend[] = ['js', 'simd', 'relaxed-simd'];

/** The kernels of the backend asked for. @throws InputError if this host cannot run it. */
export async function loadKernels(backend: 'auto' | Backend): Promise<Kernels> {
  try {
    return await load({ backend });
  } catch (error) {
    throw new InputError(`--backend ${backend}: ${messageOf(error)}`);
  }
}

/** The kernels of a backend, or the reason why this host cannot run it. */
export function tryKernels(backend: Backend): { kernels: Kernels } | { kernels: undefined; reason: string } {
  try {
    return { kernels: loadSync({ backend }) };
  } catch (error) {
    return { kernels: undefined, reason: messageOf(error) };
  }
}
