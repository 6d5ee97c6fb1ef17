/** 5. Logit paths. */
import { computed, effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { fixed, significant } from '../format.ts';
import { remembered, whole } from '../state.ts';
import { colourChanges } from '../theme.ts';
import { digest } from '../training/digest.ts';
import type { OptimizerName } from '../training/optimizers.ts';
import type { TrainingRun } from '../training/train.ts';
import type { TrainingMessage, TrainingRequest } from '../training/worker.ts';
import { Chart } from '../ui/chart.tsx';
import { ClassMark } from '../ui/class-mark.tsx';
import { NumberCell } from '../ui/number-cell.tsx';
import { useReached } from '../ui/reached.ts';
import { Scene } from '../ui/scene.tsx';
import { Panel, Section, TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';

const STEPS = 300;
const STEPS_PER_SECOND = 60;
/** Rates a slider can set: decimal numbers, so that they are the same everywhere. */
const RATES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const NAMES: Record<OptimizerName, string> = { sgd: 'SGD', adam: 'Adam' };
const OPTIMIZERS = ['sgd', 'adam'] as const;

const seed = remembered('seed', 1, whole(0, 2 ** 32 - 1));
const rates = {
  sgd: remembered('sgd', 7, whole(0, RATES.length - 1)),
  adam: remembered('adam', 2, whole(0, RATES.length - 1)),
};
const step = remembered('step', STEPS, whole(0, STEPS));

const runs = signal<Record<OptimizerName, TrainingRun> | undefined>(undefined);
const backend = signal('simd');
const progress = signal<number | undefined>(undefined);
const fault = signal<string | undefined>(undefined);
const playing = signal(false);

const requests = computed(
  (): TrainingRequest =>
    OPTIMIZERS.map((optimizer) => {
      return { optimizer, seed: seed.value, rate: RATES[rates[optimizer].value], steps: STEPS };
    }),
);

/** Trains anew whenever seed or rates change; a worker that is no longer wanted is ended. */
function keepTraining(): () => void {
  let worker: Worker | undefined;
  const stop = effect(() => {
    worker?.terminate();
    worker = new Worker(new URL('../training/worker.ts', import.meta.url), { type: 'module' });
    progress.value = 0;
    fault.value = undefined;
    worker.onmessage = ({ data }: MessageEvent<TrainingMessage>) => {
      if ('progress' in data) progress.value = data.progress;
      else progress.value = undefined;
      if ('error' in data) fault.value = data.error;
      if (!('runs' in data)) return;
      backend.value = data.backend;
      runs.value = { sgd: data.runs[0], adam: data.runs[1] };
    };
    worker.onerror = () => {
      progress.value = undefined;
      fault.value = 'the worker that trains did not start';
    };
    worker.postMessage(requests.value);
  });
  return () => {
    stop();
    worker?.terminate();
  };
}

/** Moves the step with the clock for as long as it plays. */
function keepPlaying(): () => void {
  return effect(() => {
    if (!playing.value) return;
    const from = step.peek() >= STEPS ? 0 : step.peek();
    const start = performance.now();
    let frame = requestAnimationFrame(function next() {
      const at = from + ((performance.now() - start) / 1000) * STEPS_PER_SECOND;
      step.value = Math.min(STEPS, Math.round(at));
      if (at >= STEPS) playing.value = false;
      else frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  });
}

export function Paths() {
  const frame = useRef<HTMLDivElement>(null);
  const reached = useReached(frame);
  useEffect(() => (reached ? keepTraining() : undefined), [reached]);
  useEffect(() => keepPlaying(), []);
  return (
    <Section id="paths" number={5} title="How logits learn">
      <p>
        A small network (three inputs, two hidden layers of 32, three logits) learns to tell three clouds of
        20 points apart, from the gradient of section 4 and nothing else. Its last layer starts at zero, so
        all 60 points begin at the origin: no opinion. Then each walks through the space of logits.
      </p>
      <p>
        Once by <dfn>gradient descent</dfn> (SGD), once by <dfn>Adam</dfn> (Kingma and Ba{' '}
        <a href="#sources">2015</a>), from the same weights. The parts of p − y add up to 0, so gradient
        descent never leaves the plane where the logits of a point add up to 0, the grey disc. Adam divides
        each weight’s step by its own scale, which breaks that balance: its paths drift off the plane, though
        softmax cannot tell.
      </p>
      <div ref={frame}>
        <Panel label="Training">
          <Settings />
          <div class="charts">
            {OPTIMIZERS.map((optimizer) => (
              <PathScene key={optimizer} optimizer={optimizer} />
            ))}
          </div>
          <Player />
          <LossChart />
          <Drift />
        </Panel>
      </div>
    </Section>
  );
}

function Settings() {
  return (
    <div class="triple">
      <div class="seed">
        <label class="inline">
          seed{' '}
          <NumberCell
            label="seed"
            text={String(seed.value)}
            onCommit={(value) => {
              if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
                return 'a whole number from 0 to 4294967295';
              seed.value = value;
            }}
          />
        </label>
        <button
          type="button"
          onClick={() => {
            seed.value = (seed.value + 1) % 2 ** 32;
          }}
        >
          next seed
        </button>
      </div>
      {OPTIMIZERS.map((optimizer) => (
        <Slider
          key={optimizer}
          label={`learning rate, ${NAMES[optimizer]}`}
          value={rates[optimizer]}
          min={0}
          max={RATES.length - 1}
          step={1}
          format={(at) => String(RATES[at])}
        />
      ))}
    </div>
  );
}

function PathScene({ optimizer }: { optimizer: OptimizerName }) {
  return (
    <div data-test={`paths-${optimizer}`}>
      <Scene
        title={`${NAMES[optimizer]}: 60 points in the space of their logits`}
        description="Sixty paths from the origin, with a ball, a cube or a cone at the end by class, and a disc where the logits add up to 0."
        load={async () => {
          const { createPaths, PATHS_CENTRE, PATHS_FROM } = await import('../three/paths.ts');
          return {
            from: PATHS_FROM,
            centre: PATHS_CENTRE,
            start: (view) => {
              const paths = createPaths(view);
              const stops = [
                effect(() => {
                  colourChanges.value;
                  const run = runs.value?.[optimizer];
                  if (!run) return;
                  paths.show(run, reach(run));
                  paths.at(step.peek());
                }),
                effect(() => paths.at(step.value)),
              ];
              return () => {
                for (const stop of stops) stop();
              };
            },
          };
        }}
      >
        <EndPoints optimizer={optimizer} />
      </Scene>
    </div>
  );
}

/** The largest logit of the whole run, and some room. */
function reach({ logits }: TrainingRun): number {
  return Math.max(1, 1.05 * logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
}

function EndPoints({ optimizer }: { optimizer: OptimizerName }) {
  const run = runs.value?.[optimizer];
  if (!run) return <p class="note">Still training.</p>;
  const { points, labels, steps } = run;
  const ends = run.logits.subarray(steps * points * 3);
  return (
    <>
      <p class="note">
        Bits of all logits of the run: <code data-test={`digest-${optimizer}`}>{digest(run.logits)}</code>,
        computed by <code>{backend}</code>.{' '}
        {backend.value === 'simd' && 'This seed and rate give the same on every machine.'}
      </p>
      <TableScroll label={`Logits after ${steps} steps of ${NAMES[optimizer]}`}>
        <table class="compact" data-test={`ends-${optimizer}`}>
          <caption>Logits after {steps} steps</caption>
          <thead>
            <tr>
              <th scope="col">point</th>
              <th scope="col">z₁</th>
              <th scope="col">z₂</th>
              <th scope="col">z₃</th>
            </tr>
          </thead>
          <tbody>
            {Array.from(labels, (label, point) => (
              <tr key={String(point)}>
                <th scope="row">
                  <ClassMark index={label} /> {point + 1}
                </th>
                {[0, 1, 2].map((c) => (
                  <td class="num" key={String(c)} data-value={ends[point * 3 + c]}>
                    {fixed(ends[point * 3 + c], 4)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}

function Player() {
  return (
    <div class="player">
      <button
        type="button"
        class="primary"
        disabled={!runs.value}
        onClick={() => {
          playing.value = !playing.value;
        }}
      >
        {playing.value ? 'Pause' : 'Play'}
      </button>
      <Slider
        label="step"
        value={{
          get value() {
            return step.value;
          },
          set value(next) {
            playing.value = false;
            step.value = next;
          },
        }}
        min={0}
        max={STEPS}
        step={1}
        format={(value) => `${value} of ${STEPS}`}
      />
      <p class="note" role="status">
        {fault.value ??
          (progress.value === undefined ? '' : `training, ${Math.round(100 * progress.value)} %`)}
      </p>
    </div>
  );
}

function LossChart() {
  return (
    <Chart
      title="Loss over the steps"
      description="Two falling curves, one for SGD and one for Adam, and a line at the present step."
      height={190}
      draw={(plot) => {
        const all = runs.value;
        const points = OPTIMIZERS.flatMap((optimizer) =>
          Array.from(all?.[optimizer].losses ?? [], (loss, i) => ({ i, loss, optimizer })),
        );
        // Where the curves are apart: Adam's on its way down, SGD's when it has fallen behind.
        const names = OPTIMIZERS.flatMap((optimizer) => {
          const at = optimizer === 'sgd' ? 200 : 12;
          const losses = all?.[optimizer].losses;
          return losses ? [{ i: at, loss: losses[at], optimizer }] : [];
        });
        return {
          x: { label: 'step', domain: [0, STEPS] },
          y: { label: 'loss, nats', domain: [0, 1.2], grid: true, ticks: 4 },
          marks: [
            plot.ruleY([0]),
            plot.ruleX([step.value], { stroke: 'var(--ink-soft)', strokeDasharray: '3 4' }),
            plot.line(points, {
              x: 'i',
              y: 'loss',
              z: 'optimizer',
              clip: true,
              strokeWidth: 2,
              strokeDasharray: undefined,
              stroke: ({ optimizer }) => (optimizer === 'sgd' ? 'var(--class-1)' : 'var(--class-2)'),
            }),
            plot.text(names, {
              x: 'i',
              y: 'loss',
              dx: 7,
              dy: -8,
              textAnchor: 'start',
              fontWeight: 600,
              text: ({ optimizer }) => NAMES[optimizer as OptimizerName],
              fill: ({ optimizer }) => (optimizer === 'sgd' ? 'var(--class-1)' : 'var(--class-2)'),
            }),
          ],
        };
      }}
    />
  );
}

function Drift() {
  const all = runs.value;
  const cells = OPTIMIZERS.map((optimizer) => {
    const run = all?.[optimizer];
    if (!run) return { optimizer, loss: Number.NaN, drift: Number.NaN };
    const now = run.logits.subarray(step.value * run.points * 3, (step.value + 1) * run.points * 3);
    let drift = 0;
    for (let i = 0; i < now.length; i += 3)
      drift = Math.max(drift, Math.abs(now[i] + now[i + 1] + now[i + 2]));
    return { optimizer, loss: run.losses[step.value], drift };
  });
  if (!all) return null;
  return (
    <TableScroll label="Both optimizers at this step">
      <table data-test="drift">
        <thead>
          <tr>
            <th scope="col">at step {step.value}</th>
            <th scope="col">loss, nats</th>
            <th scope="col">
              largest |Σ<i>z</i>|
            </th>
          </tr>
        </thead>
        <tbody>
          {cells.map(({ optimizer, loss, drift }) => (
            <tr key={optimizer}>
              <th scope="row">{NAMES[optimizer]}</th>
              <td class="num">{significant(loss)}</td>
              <td class="num">{significant(drift, 2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
