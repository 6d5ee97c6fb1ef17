/** In place of ../threads/start.ts where there are no workers. */
import { because, type Loaded, type Opened } from '../loaded.ts';

export async function startThreads({ loaded }: Opened): Promise<Loaded> {
  return because(loaded, 'one thread: this host has no workers');
}
