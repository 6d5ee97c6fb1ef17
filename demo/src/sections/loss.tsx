/** 6. Loss. */
import { fixed, percent } from '../format.ts';
import { Choice } from '../ui/choice.tsx';
import { CLASS_COLOURS, ClassMark } from '../ui/class-mark.tsx';
import { Panel, Section } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { CostChart, GrowthChart } from './loss-charts.tsx';
import { GradientBars } from './loss-gradient.tsx';
import { label, NAMES, result, smoothing, truth, z } from './loss-model.ts';
import { LossTable } from './loss-table.tsx';

const LOW = -8;
const HIGH = 8;

/** One score, as a slider sets it. */
function score(index: number): { value: number } {
  return {
    get value() {
      return z.value[index];
    },
    set value(next) {
      z.value = z.value.map((old, i) => (i === index ? next : old));
    },
  };
}

export function Loss() {
  const { loss, plain, p } = result.value;
  return (
    <Section id="loss" number={6} title="What a wrong answer costs">
      <div class="columns">
        <p>
          To learn, a network needs to be told how wrong it was. The <dfn>cross-entropy</dfn> loss looks at
          the probability p that the true class received, and charges <span class="nowrap">−ln p</span>:
          nothing for certainty, 0.69 for a coin toss, and without limit as p goes to 0. Being sure and wrong
          is what costs most.
        </p>
        <p>
          Its gradient is as simple as it could be: ∂loss/∂z = p − y, what was said less what was true. It
          comes with the loss in one call. Where the answer is right and sure nothing is left to push; where
          it is wrong, the push stays near 1, however far the scores have gone astray (Goodfellow et al.{' '}
          <a href="#sources">2016, §6.2.2</a>).
        </p>
      </div>
      <Panel label="Loss and gradient of one prediction">
        <div class="controls">
          <div class="triple">
            {NAMES.map((name, i) => (
              <Slider
                key={name}
                label={
                  <>
                    <ClassMark index={i} /> {name}
                  </>
                }
                value={score(i)}
                colour={CLASS_COLOURS[i]}
                min={LOW}
                max={HIGH}
                step={0.1}
                format={(value) => fixed(value, 1)}
              />
            ))}
          </div>
          <div class="pair">
            <Choice
              label="in truth it is a"
              value={truth}
              options={NAMES.map((name) => [name as 'cat', name] as const)}
            />
            <Slider
              label="label smoothing"
              value={smoothing}
              min={0}
              max={0.5}
              step={0.01}
              format={(value) => fixed(value)}
            />
          </div>
        </div>
        <p class="big" role="status" data-test="loss">
          p({truth.value}) = {percent(p[label.value], 1)}, loss {fixed(loss, 3)} nats
          {smoothing.value > 0 && ` (${fixed(plain, 3)} without smoothing)`}
        </p>
        <div class="trio">
          <CostChart />
          <LossTable />
          <GrowthChart />
        </div>
        <p class="hint">Drag the rings, or move them with the arrow keys.</p>
        <GradientBars />
      </Panel>
      <p>
        <dfn>Label smoothing</dfn> takes a small part ε of the target from the true class and spreads it over
        all. The best answer is then no longer an infinite score but a share of{' '}
        <span class="nowrap">1 − ε + ε/3</span>: past that, the arrows turn around.
      </p>
    </Section>
  );
}
