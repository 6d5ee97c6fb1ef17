/** Section 10's files, and what the worker says of them. */
import { signal } from '@preact/signals';
import shapesLabels from '../../sample/labels.npy?url';
import shapesLogits from '../../sample/logits.npy?url';
import type { FilesMessage, FilesRequest, FilesResult } from '../files/worker.ts';

const BINS = 15;
const SHAPES: readonly string[] = ['disc', 'square', 'ring', 'cross', 'triangle'];

export const result = signal<FilesResult | undefined>(undefined);
export const status = signal('');
/** What the classes are called, where that is known. */
export const classNames = signal<readonly string[]>([]);
/** The file that the logits are in. */
let held: File | undefined;
let worker: Worker | undefined;

/** Takes logits, labels, or names of classes, one a line. */
export async function take(files: readonly File[]): Promise<void> {
  const names = files.find(({ name }) => /\.(txt|names)$/i.test(name));
  if (names) classNames.value = (await names.text()).trim().split(/\r?\n/);
  const tensors = files.filter((file) => file !== names);
  if (tensors.length > 0) compute(tensors);
}

export async function takeSample(): Promise<void> {
  status.value = 'Loading the sample …';
  try {
    const files = await Promise.all([
      fetched(shapesLogits, 'logits.npy'),
      fetched(shapesLabels, 'labels.npy'),
    ]);
    classNames.value = SHAPES;
    compute(files);
  } catch (error) {
    status.value = `The sample cannot be loaded: ${error instanceof Error ? error.message : error}`;
  }
}

async function fetched(url: string, name: string): Promise<File> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
  return new File([await answer.blob()], name);
}

function compute(files: readonly File[]): void {
  worker?.terminate();
  result.value = undefined;
  status.value = 'Computing …';
  worker = new Worker(new URL('../files/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<FilesMessage>) => {
    if ('error' in data) status.value = data.error;
    else if ('waiting' in data) {
      status.value = `${data.waiting} holds integers, so it is taken for labels. Drop it together with the logits they belong to.`;
    } else {
      status.value = '';
      const { logits } = data.result.names;
      held = [...files, ...(held ? [held] : [])].find(({ name }) => `${logits}:`.startsWith(`${name}:`));
      result.value = data.result;
    }
  };
  worker.onerror = () => {
    status.value = 'The worker did not start.';
  };
  const request: FilesRequest = { files, held, bins: BINS };
  worker.postMessage(request);
}
