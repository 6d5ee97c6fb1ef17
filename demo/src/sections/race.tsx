/** 7. Race. */
import { signal } from '@preact/signals';
import { grouped, significant } from '../format.ts';
import { kernels } from '../kernels.ts';
import { gigaElements, reportText } from '../race/report.ts';
import type { Contender, RaceMessage, RaceRequest, RaceResult } from '../race/worker.ts';
import { numbers, remembered, whole } from '../state.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { Panel, Section, TableScroll } from '../ui/section.tsx';

const SHAPES = [
  { rows: 100_000, cols: 3, what: 'small classifiers' },
  { rows: 10_000, cols: 16, what: 'a few classes' },
  { rows: 256, cols: 1024, what: 'image classes' },
  { rows: 8, cols: 32_000, what: 'a vocabulary' },
  { rows: 1, cols: 131_072, what: 'a long row' },
] as const;

const chosen = remembered('shapes', [1, 2, 3], numbers());
const threads = remembered('threads', 1, whole(1, 256));
const contenders = signal<readonly Contender[]>([]);
const results = signal<readonly RaceResult[]>([]);
const state = signal<{ progress: number; doing: string } | undefined>(undefined);
const outcome = signal('');
let worker: Worker | undefined;

const cores = navigator.hardwareConcurrency ?? 1;
const threadChoices = crossOriginIsolated
  ? [...new Set([1, 2, Math.floor(cores / 2), cores])]
      .filter((n) => n >= 1 && n <= Math.max(2, cores))
      .sort((a, b) => a - b)
  : [1];

function start(): void {
  stop('');
  results.value = [];
  contenders.value = [];
  state.value = { progress: 0, doing: 'starting' };
  worker = new Worker(new URL('../race/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<RaceMessage>) => {
    if ('contenders' in data) contenders.value = data.contenders;
    if ('progress' in data) state.value = data;
    if ('results' in data) results.value = [...results.value, ...data.results];
    if ('done' in data) stop('Done. Every result was checked against float64 before it was timed.');
    if ('error' in data) stop(`Stopped by an error: ${data.error}`);
  };
  worker.onerror = () => stop('The worker did not start.');
  const count = threadChoices.includes(threads.value) ? threads.value : 1;
  const request: RaceRequest = { shapes: shapes().map(({ rows, cols }) => ({ rows, cols })), threads: count };
  worker.postMessage(request);
}

function stop(why: string): void {
  worker?.terminate();
  worker = undefined;
  state.value = undefined;
  outcome.value = why;
}

function shapes() {
  return SHAPES.filter((_, i) => chosen.value.includes(i));
}

export function Race() {
  const running = state.value;
  return (
    <Section id="race" number={7} title="A race on this device">
      <p>
        The package computes in WebAssembly, four numbers at a time. How much that gains over plain JavaScript
        depends on the device, the browser and the shape of the data, so here is the measurement rather than a
        claim. It takes turns between the contenders, checks every result against 64-bit arithmetic first, and
        shows the median with the quartiles.
      </p>
      <p data-test="host">{hostText()}</p>
      <Panel label="Race">
        <fieldset class="shapes">
          <legend>rows × columns</legend>
          {SHAPES.map(({ rows, cols, what }, i) => (
            <label class="check" key={what}>
              <input
                type="checkbox"
                checked={chosen.value.includes(i)}
                disabled={running !== undefined}
                onChange={(event) => {
                  const without = chosen.value.filter((at) => at !== i);
                  chosen.value = event.currentTarget.checked ? [...without, i].sort() : without;
                }}
              />
              <span class="nowrap">
                {grouped(rows)} × {grouped(cols)}
              </span>{' '}
              <span class="soft">{what}</span>
            </label>
          ))}
        </fieldset>
        <div class="controls row">
          <label class="inline">
            threads{' '}
            <select
              disabled={running !== undefined || threadChoices.length === 1}
              onChange={(event) => {
                threads.value = Number(event.currentTarget.value);
              }}
            >
              {threadChoices.map((count) => (
                <option key={count} value={count} selected={threads.value === count}>
                  {count}
                </option>
              ))}
            </select>
          </label>
          {running ? (
            <button type="button" class="primary" onClick={() => stop('Stopped.')}>
              Stop
            </button>
          ) : (
            <button type="button" class="primary" disabled={shapes().length === 0} onClick={start}>
              Start the race
            </button>
          )}
        </div>
        {running && (
          <p class="progress">
            <progress max={1} value={running.progress} aria-label="progress of the race" /> {running.doing}
          </p>
        )}
        <p class="note" role="status">
          {running ? 'The race is on.' : outcome.value || 'A shape takes a second or two.'}
        </p>
        <Results />
      </Panel>
    </Section>
  );
}

function hostText(): string {
  const isolated = crossOriginIsolated
    ? `This page is cross-origin isolated, so memory can be shared and up to ${cores} threads can work on it.`
    : 'This page is not cross-origin isolated (its server does not send the COOP and COEP headers), so memory cannot be shared: everything runs on one thread.';
  const reason = kernels.reason ? ` (${kernels.reason})` : ', the fastest there is';
  return `The backend here is ${kernels.backend}${reason}. ${isolated}`;
}

function Results() {
  if (results.value.length === 0) return null;
  const fastest = Math.max(...results.value.map(({ high }) => high));
  return (
    <>
      <TableScroll label="Results of the race">
        <table class="race" data-test="race">
          <caption>
            Softmax, 10⁹ elements per second; the bar is the median, the line reaches from quartile to
            quartile
          </caption>
          <thead>
            <tr>
              <th scope="col">contender</th>
              <td class="bar-head" aria-hidden="true" />
              <th scope="col">median</th>
              <th scope="col" class="wide">
                quartiles
              </th>
              <th scope="col" class="nowrap">
                × naive
              </th>
            </tr>
          </thead>
          {groups().map((group) => (
            <tbody key={`${group[0].rows}×${group[0].cols}`}>
              <tr class="group">
                <th colSpan={5} scope="rowgroup">
                  {grouped(group[0].rows)} × {grouped(group[0].cols)}
                </th>
              </tr>
              {group.map(({ name, median, low, high }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="bar-cell" aria-hidden="true">
                    <div class="track">
                      <span
                        class={name === group[0].name ? 'bar plain' : 'bar'}
                        style={{ width: `${(100 * median) / fastest}%` }}
                      />
                      <span
                        class="whisker"
                        style={{
                          left: `${(100 * low) / fastest}%`,
                          width: `${(100 * (high - low)) / fastest}%`,
                        }}
                      />
                    </div>
                  </td>
                  <td class="num strong">{gigaElements(median)}</td>
                  <td class="num wide">
                    {gigaElements(low)} – {gigaElements(high)}
                  </td>
                  <td class="num">{significant(median / group[0].median, 2)}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </TableScroll>
      {contenders.value
        .filter(({ runs }) => !runs)
        .map(({ name, reason }) => (
          <p class="note" key={name}>
            {name} does not run here: {reason}
          </p>
        ))}
      <CopyText label="Report" text={reportText(contenders.value, results.value)} />
    </>
  );
}

/** The results by shape; naive JS leads each. */
function groups(): RaceResult[][] {
  const byShape = new Map<string, RaceResult[]>();
  for (const result of results.value) {
    const key = `${result.rows}×${result.cols}`;
    byShape.set(key, [...(byShape.get(key) ?? []), result]);
  }
  return [...byShape.values()];
}
