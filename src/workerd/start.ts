/** In place of ../threads/start.ts where there are no workers. */
import type { Loaded } from '../kernels.ts';
import { because, type Opened } from '../load.ts';

export async function startThreads({ loaded }: Opened): Promise<Loaded> {
  return because(loaded, 'one thread: this host has no workers');
}
