/** 8. Your logits. */
import { signal } from '@preact/signals';
import sampleLabels from '../../../sample/labels.npy?url';
import sampleLogits from '../../../sample/logits.npy?url';
import { isFloatNpy } from '../files/kind.ts';
import type { FilesMessage, FilesRequest, FilesResult } from '../files/worker.ts';
import { Panel, Section } from '../ui/section.tsx';
import { Results } from './your-logits-results.tsx';

const BINS = 15;

const logits = signal<File | undefined>(undefined);
const labels = signal<File | undefined>(undefined);
const result = signal<FilesResult | undefined>(undefined);
const status = signal('');
const over = signal(false);
let worker: Worker | undefined;

/** Sorts what was given into logits and labels, by the types in the files. */
async function take(files: readonly File[]): Promise<void> {
  try {
    let newLogits: File | undefined;
    let newLabels: File | undefined;
    for (const file of files) {
      if (await isFloatNpy(file)) newLogits = file;
      else newLabels = file;
    }
    if (!newLogits && !newLabels) return;
    // Labels alone belong to the logits that are here; logits come with labels of their own, or none.
    logits.value = newLogits ?? logits.value;
    labels.value = newLabels;
    compute();
  } catch (error) {
    status.value = error instanceof Error ? error.message : String(error);
  }
}

function compute(): void {
  worker?.terminate();
  result.value = undefined;
  if (!logits.value) {
    status.value = `${labels.value?.name} holds integers, so it is taken for labels. Now drop the logits they belong to.`;
    return;
  }
  status.value = 'Computing …';
  worker = new Worker(new URL('../files/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<FilesMessage>) => {
    if ('error' in data) status.value = data.error;
    else {
      status.value = '';
      result.value = data.result;
    }
  };
  worker.onerror = () => {
    status.value = 'The worker did not start.';
  };
  const request: FilesRequest = { logits: logits.value, labels: labels.value, bins: BINS };
  worker.postMessage(request);
}

async function takeSample(): Promise<void> {
  status.value = 'Loading the sample …';
  const fetched = async (url: string, name: string): Promise<File> => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${answer.statusText}`);
    return new File([await answer.blob()], name);
  };
  try {
    await take([await fetched(sampleLogits, 'logits.npy'), await fetched(sampleLabels, 'labels.npy')]);
  } catch (error) {
    status.value = `The sample cannot be loaded: ${error instanceof Error ? error.message : error}`;
  }
}

export function YourLogits() {
  return (
    <Section id="yours" number={8} title="Your own logits">
      <p>
        Drop a NumPy file of logits here, one row for each prediction, and one of labels if there is one.
        Nothing leaves this page. With labels you see how good the predictions are, and whether their
        confidence can be trusted: of all answers given with 80 % confidence, 80 % should be right. Modern
        networks tend to be too sure; one number, a temperature fitted to held-out labels, often mends most of
        that (Guo et al. <a href="#sources">2017</a>).
      </p>
      <Panel label="Your logits">
        <div
          class={over.value ? 'drop over' : 'drop'}
          onDragOver={(event) => {
            event.preventDefault();
            over.value = true;
          }}
          onDragLeave={() => {
            over.value = false;
          }}
          onDrop={(event) => {
            event.preventDefault();
            over.value = false;
            void take([...(event.dataTransfer?.files ?? [])]);
          }}
        >
          <p>
            Drop <code>.npy</code> files here, or{' '}
            <label class="file">
              choose them
              <input
                type="file"
                multiple
                accept=".npy"
                onChange={(event) => {
                  void take([...(event.currentTarget.files ?? [])]);
                  event.currentTarget.value = '';
                }}
              />
            </label>
          </p>
          <p class="soft">
            Logits: float32 or float64, [rows, classes]. Labels: integers, [rows].{' '}
            <button type="button" onClick={() => void takeSample()}>
              Take the sample
            </button>
          </p>
        </div>
        <p class="note" role="status">
          {status.value}
        </p>
        {result.value && logits.value && (
          <Results {...result.value} names={{ logits: logits.value.name, labels: labels.value?.name }} />
        )}
      </Panel>
    </Section>
  );
}
