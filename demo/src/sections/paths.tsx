/** 7. Logit paths. */
import { useEffect, useRef } from 'preact/hooks';
import { movesByItself } from '../ui/motion.ts';
import { NumberCell } from '../ui/number-cell.tsx';
import { useReached, useSeen } from '../ui/reached.ts';
import { Panel, Section } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { Drift, LossChart } from './paths-figures.tsx';
import {
  fault,
  keepPlaying,
  keepTraining,
  OPTIMIZER_NAMES,
  OPTIMIZERS,
  playing,
  progress,
  RATES,
  rates,
  runs,
  STEPS,
  seed,
  step,
} from './paths-run.ts';
import { PathScene } from './paths-scene.tsx';

export function Paths() {
  const frame = useRef<HTMLDivElement>(null);
  const reached = useReached(frame);
  useEffect(() => (reached ? keepTraining() : undefined), [reached]);
  useEffect(() => keepPlaying(), []);
  const seen = useSeen(frame);
  const ready = runs.value !== undefined;
  const begun = useRef(false);
  useEffect(() => {
    if (!seen || !ready || begun.current) return;
    begun.current = true;
    if (movesByItself()) playing.value = true;
  }, [seen, ready]);
  return (
    <Section id="paths" number={7} title="How logits learn">
      <div class="columns">
        <p>
          A small network (three inputs, two hidden layers of 32, three logits) learns to tell three clouds of
          20 points apart, from the gradient of section 6 and nothing else. Its last layer starts at zero, so
          all 60 points begin at the origin: no opinion. Then each walks through the space of logits.
        </p>
        <p>
          Once by <dfn>gradient descent</dfn> (SGD), once by <dfn>Adam</dfn> (Kingma and Ba{' '}
          <a href="#sources">2015</a>), from the same weights. The parts of p − y add up to 0, so gradient
          descent never leaves the plane where the logits of a point add up to 0, the grey disc. Adam divides
          each weight’s step by its own scale, which breaks that balance: its paths drift off the plane,
          though softmax cannot tell.
        </p>
      </div>
      <div ref={frame}>
        <Panel label="Training">
          <Settings />
          <div class="charts">
            {OPTIMIZERS.map((optimizer) => (
              <PathScene key={optimizer} optimizer={optimizer} />
            ))}
          </div>
          <Player />
          <div class="charts">
            <LossChart />
            <Drift />
          </div>
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
          label={`learning rate, ${OPTIMIZER_NAMES[optimizer]}`}
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
