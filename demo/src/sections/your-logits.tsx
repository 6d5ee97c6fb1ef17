/** 8. Your logits. */
import { signal } from '@preact/signals';
import sampleLabels from '../../../sample/labels.npy?url';
import sampleLogits from '../../../sample/logits.npy?url';
import { isFloatNpy } from '../files/kind.ts';
import type { Figures, FilesMessage, FilesRequest, FilesResult } from '../files/worker.ts';
import { fixed, grouped, percent } from '../format.ts';
import { remembered, whole } from '../state.ts';
import { Chart } from '../ui/chart.tsx';
import { CopyText } from '../ui/copy-text.tsx';
import { Panel, Section, TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';

const BINS = 15;
const ROWS_SHOWN = 5;

const logits = signal<File | undefined>(undefined);
const labels = signal<File | undefined>(undefined);
const result = signal<FilesResult | undefined>(undefined);
const status = signal('');
const over = signal(false);
const firstRow = remembered('row', 0, whole(0, 199));
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
        {result.value && <Results {...result.value} />}
      </Panel>
    </Section>
  );
}

function Results({ rows, classes, backend, top, evaluation, calibration }: FilesResult) {
  const before = calibration && 'before' in calibration ? calibration.before : undefined;
  const after = calibration && 'after' in calibration ? calibration.after : undefined;
  return (
    <>
      <p data-test="file">
        <strong>{logits.value?.name}</strong>: {grouped(rows)} rows of {grouped(classes)} classes
        {labels.value && `, labels from ${labels.value.name}`}. Computed by <code>{backend}</code>.
      </p>
      {evaluation && (
        <dl class="figures" data-test="evaluation">
          <Figure name="accuracy" value={percent(evaluation.accuracy, 3)} />
          <Figure name="loss, nats" value={fixed(evaluation.nll, 6)} />
          <Figure name="perplexity" value={fixed(evaluation.perplexity, 6)} />
          <Figure name="rows counted" value={grouped(evaluation.rows)} />
          {evaluation.ignored > 0 && <Figure name="ignored" value={grouped(evaluation.ignored)} />}
          {after && <Figure name="fitted temperature" value={fixed(after.temperature, 6)} />}
        </dl>
      )}
      <TopTable top={top} />
      {calibration && 'refused' in calibration && <p class="note">No calibration: {calibration.refused}</p>}
      {before && after && (
        <>
          <div class="charts">
            <Reliability figures={before} title="Reliability as it is, T = 1" />
            <Reliability
              figures={after}
              title={`Reliability at the fitted T = ${fixed(after.temperature, 3)}`}
            />
          </div>
          <CalibrationTable {...{ before, after }} />
        </>
      )}
      {evaluation && (
        <CopyText
          label="All figures as JSON"
          text={JSON.stringify({ classes, backend, evaluation, calibration }, null, 1)}
        />
      )}
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function TopTable({ top }: Pick<FilesResult, 'top'>) {
  if (top.length === 0) return null;
  const last = Math.max(0, top.length - ROWS_SHOWN);
  const first = Math.min(firstRow.value, last);
  return (
    <>
      {last > 0 && (
        <Slider
          label="rows from"
          value={{
            get value() {
              return first;
            },
            set value(next) {
              firstRow.value = next;
            },
          }}
          min={0}
          max={last}
          step={1}
          format={(value) =>
            `${value} to ${value + ROWS_SHOWN - 1}${top.length === 200 ? ' of the first 200' : ''}`
          }
        />
      )}
      <TableScroll label="The most probable classes of each row">
        <table data-test="top">
          <caption>The most probable classes of each row; ✓ marks the label</caption>
          <thead>
            <tr>
              <th scope="col">row</th>
              {top[0].ids.map((_, i) => (
                <th scope="col" key={String(i)}>
                  {i + 1}
                </th>
              ))}
              {top[0].label !== undefined && <th scope="col">label</th>}
            </tr>
          </thead>
          <tbody>
            {top.slice(first, first + ROWS_SHOWN).map(({ ids, probabilities, label }, i) => (
              <tr key={first + i}>
                <th scope="row">{first + i}</th>
                {ids.map((id, at) => (
                  <td class={id === label ? 'num strong' : 'num'} key={String(at)}>
                    <span class="soft">
                      {id === label && '✓ '}
                      {id}
                    </span>{' '}
                    {percent(probabilities[at], 1)}
                  </td>
                ))}
                {label !== undefined && <td class="num">{label}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}

function Reliability({ figures, title }: { figures: Figures; title: string }) {
  return (
    <Chart
      key={title}
      title={title}
      description={`Accuracy over confidence in ${BINS} bins; the dashed diagonal is perfect calibration.`}
      height={300}
      draw={(plot) => {
        const bins = figures.bins.filter(({ count }) => count > 0);
        return {
          x: { label: 'confidence', domain: [0, 1] },
          y: { label: 'accuracy', domain: [0, 1], grid: true },
          marks: [
            plot.rect(bins, {
              x1: 'low',
              x2: 'high',
              y1: 0,
              y2: 'accuracy',
              fill: 'var(--class-1)',
              fillOpacity: 0.6,
              inset: 0.5,
            }),
            plot.link([{}], { x1: 0, y1: 0, x2: 1, y2: 1, strokeDasharray: '4 4', stroke: 'currentColor' }),
            plot.ruleX(bins, {
              x: 'confidence',
              y1: 'accuracy',
              y2: 'confidence',
              stroke: 'var(--class-2)',
              strokeWidth: 2,
            }),
            plot.dot(bins, { x: 'confidence', y: 'confidence', r: 2.5, fill: 'var(--class-2)' }),
            plot.ruleY([0]),
          ],
        };
      }}
    />
  );
}

function CalibrationTable({ before, after }: { before: Figures; after: Figures }) {
  const rows = [
    ['temperature', 'temperature'],
    ['loss, nats', 'nll'],
    ['expected calibration error', 'ece'],
    ['maximum calibration error', 'mce'],
    ['Brier score', 'brier'],
    ['accuracy', 'accuracy'],
  ] as const;
  return (
    <TableScroll label="Calibration before and after">
      <table data-test="calibration">
        <thead>
          <tr>
            <td />
            <th scope="col">as it is</th>
            <th scope="col">fitted</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, key]) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              <td class="num">{fixed(before[key], 6)}</td>
              <td class="num">{fixed(after[key], 6)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
