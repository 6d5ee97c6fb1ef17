/** What a signal that ends the process leaves behind. */
import { messageOf } from './errors.ts';
import { stopProgress } from './progress.ts';

/** Signals that end the process; 128 + number is the exit code by which a shell tells them apart. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/** Puts things in order, at once, and says what there is to say. */
type Cleanup = () => string;

const cleanups = new Set<Cleanup>();

/** From now on signals end the process tidily: cleanups, one line on the standard error, exit code 128 + number. */
export function handleSignals(): void {
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
}

/** Adds a cleanup; the result takes it away again. */
export function onInterrupt(cleanup: Cleanup): () => void {
  cleanups.add(cleanup);
  return () => cleanups.delete(cleanup);
}

function onSignal(signal: NodeJS.Signals): void {
  const notes: string[] = [];
  for (const cleanup of [...cleanups].reverse()) {
    try {
      notes.push(cleanup());
    } catch (error) {
      notes.push(String(error));
    }
  }
  stopProgress();
  process.stderr.write(`${messageOf([`error: interrupted by ${signal}`, ...notes].join('; '))}\n`);
  process.exit(128 + SIGNALS[signal as keyof typeof SIGNALS]);
}
