/** 10. Your logits. */
import { signal } from '@preact/signals';
import { Panel, Section, Split } from '../ui/section.tsx';
import { Letters } from './letters.tsx';
import { Results } from './your-logits-results.tsx';
import { result, status, take, takeSample } from './your-logits-run.ts';

const over = signal(false);

export function YourLogits() {
  return (
    <Section id="yours" number={10} title="Your own logits">
      <Split
        figure={
          <Panel label="Your logits">
            <Drop />
            <p class="note" role="status">
              {status.value}
            </p>
          </Panel>
        }
      >
        <p>
          Drop a file of logits here, one row for each prediction, and one of labels if there is one. Nothing
          leaves this page. With labels you see how good the predictions are, and whether their confidence can
          be trusted: of all answers given with 80 % confidence, 80 % should be right. Modern networks tend to
          be too sure; one number, a temperature fitted to held-out labels, often mends most of that (Guo et
          al. <a href="#sources">2017</a>).
        </p>
      </Split>
      {result.value && (
        <Panel label="What the files say">
          <Results {...result.value} />
        </Panel>
      )}
      <Letters />
    </Section>
  );
}

function Drop() {
  return (
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
        <button type="button" class="primary" onClick={() => void takeSample()}>
          Take the sample
        </button>
      </p>
      <p class="soft">
        five shapes, told apart by a network that is too sure of itself, on 1500 pictures it has not seen
      </p>
      <p>
        or drop your files, or{' '}
        <label class="file">
          choose them
          <input
            type="file"
            multiple
            accept=".npy,.npz,.safetensors,.txt"
            onChange={(event) => {
              void take([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
        </label>
      </p>
      <p class="soft">
        <code>.npy</code>, <code>.npz</code> or <code>.safetensors</code>. Logits: float16, float32 or
        float64, [rows, classes]. Labels: integers, [rows]. Names of the classes: <code>.txt</code>, one a
        line.
      </p>
    </div>
  );
}
