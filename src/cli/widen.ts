import { InputError } from './errors.ts';

/** `--wide`, before the first kernels are made. @throws InputError if this host cannot */
export async function widen(): Promise<void> {
  const { reason } = await import('../wide.ts');
  if (reason !== undefined) throw new InputError(`--wide: ${reason}`);
}
