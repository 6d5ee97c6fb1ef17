/** 1. From scores to probabilities. */
import { computed } from '@preact/signals';
import { fixed, percent, plain, significant, wholePercent } from '../format.ts';
import { exponentials, kernels } from '../kernels.ts';
import { createNormal, createRandom } from '../random.ts';
import { MAX_SCORE, numbers, oneOf, remembered, within } from '../state.ts';
import { CLASS_COLOURS, ClassMark } from '../ui/class-mark.tsx';
import { LOG_STEPS, stepOf } from '../ui/log-scale.ts';
import { NumberCell } from '../ui/number-cell.tsx';
import { Panel, Section, TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { SharesOfMany } from './scores-many.tsx';
import { PlainTotal } from './scores-total.tsx';

const NAMES = ['cat', 'dog', 'bird'];
const PRESETS = {
  pets: { title: 'Cat, dog, bird', z: [2, 1, 0.1] },
  tie: { title: 'A tie', z: [2, 2, 0.1] },
  sure: { title: 'Very sure', z: [9, 1, 0.1] },
  negative: { title: 'Below zero', z: [-2, -3, -3.9] },
  large: { title: 'Huge', z: [1000, 999, 998.1] },
} as const;
const MANY = 1000;

const kind = remembered('classes', 'three', oneOf(['three', 'many'] as const));
const z = remembered('z', PRESETS.pets.z, numbers(3));
const temperature = remembered('T', 1, within(0, Number.POSITIVE_INFINITY));

const manyLogits = (() => {
  const normal = createNormal(createRandom(7));
  return Float32Array.from({ length: MANY }, () => 2 * normal())
    .sort()
    .reverse();
})();

const probabilities = computed(() =>
  kernels.softmax(kind.value === 'many' ? manyLogits : [...z.value], { temperature: temperature.value }),
);
/** e^(z/T), as far as float64 goes. */
const powers = computed(() => exponentials(z.value.map((value) => scaled(value, temperature.value))));
const sum = computed(() => powers.value.reduce((a, b) => a + b, 0));

function scaled(value: number, t: number): number {
  if (t === Number.POSITIVE_INFINITY) return 0;
  return value === 0 ? 0 : value / t;
}

export function Scores() {
  return (
    <Section id="scores" number={1} title="From scores to probabilities">
      <p>
        A classifier looks at a picture and gives each class a score: cat 2.0, dog 1.0, bird 0.1. Such scores
        are called <dfn>logits</dfn>. They may be any numbers; only their differences will matter. To read
        them as probabilities they must become positive and add up to one, and a higher score must stay a
        higher probability.
      </p>
      <p>
        <dfn>Softmax</dfn> does it in three steps: raise <i>e</i> to each score, add up, divide. The
        exponential makes every number positive, and turns a difference of scores into a ratio of
        probabilities: one point more is 2.72 times as likely. The name, and its use as the output of a
        classifier, are from Bridle <a href="#sources">(1990)</a>.
      </p>
      <p class="formula">
        p<sub>i</sub> = e
        <sup>
          z<sub>i</sub>/T
        </sup>{' '}
        ∕ Σ<sub>j</sub> e
        <sup>
          z<sub>j</sub>/T
        </sup>
      </p>
      <Panel label="Scores and their probabilities">
        <Controls />
        {kind.value === 'three' ? <Steps /> : <SharesOfMany {...{ probabilities, logits: manyLogits }} />}
      </Panel>
      <h3>One dial, from certain to indifferent</h3>
      <p>
        The <dfn>temperature</dfn> T divides the scores before the exponential; its inverse is called β.
        Towards T = 0 the largest score takes all: a hard maximum, where equal scores share equally. Towards T
        = ∞ differences vanish, and every class gets the same. In between, T changes how sure the answer
        sounds and never which class comes first.
      </p>
      <PlainTotal names={NAMES} scores={z.value} />
    </Section>
  );
}

function Controls() {
  const tText = temperatureText(temperature.value, 'T');
  return (
    <div class="controls">
      <div class="presets" role="group" aria-label="Examples">
        {Object.values(PRESETS).map((preset) => (
          <button
            type="button"
            key={preset.title}
            aria-pressed={kind.value === 'three' && String(z.value) === String(preset.z)}
            onClick={() => {
              kind.value = 'three';
              z.value = preset.z;
            }}
          >
            {preset.title}
          </button>
        ))}
        <button
          type="button"
          aria-pressed={kind.value === 'many'}
          onClick={() => {
            kind.value = 'many';
          }}
        >
          {MANY} classes
        </button>
      </div>
      <div class="pair">
        <Slider
          label={
            <>
              Temperature <i>T</i>
            </>
          }
          value={stepOf(temperature)}
          min={-LOG_STEPS}
          max={LOG_STEPS}
          step={1}
          format={() => tText}
          ends={['hard maximum', 'uniform']}
        />
        <Slider
          label={
            <>
              Its inverse <i>β</i> = 1/<i>T</i>
            </>
          }
          value={stepOf(temperature, true)}
          min={-LOG_STEPS}
          max={LOG_STEPS}
          step={1}
          format={() => temperatureText(1 / temperature.value, 'β')}
          ends={['uniform', 'hard maximum']}
        />
      </div>
    </div>
  );
}

function temperatureText(value: number, name: 'T' | 'β'): string {
  const hard = name === 'T' ? value === 0 : value === Number.POSITIVE_INFINITY;
  const uniform = name === 'T' ? value === Number.POSITIVE_INFINITY : value === 0;
  const note = hard ? ', hard maximum' : uniform ? ', uniform' : '';
  return `${significant(value)}${note}`;
}

function Steps() {
  const p = probabilities.value;
  const best = Math.max(...p);
  const tied = p.filter((share) => share === best).length;
  const t = temperature.value;
  const power = t === 1 ? 'z' : 'z/T';
  return (
    <>
      <TableScroll label="The steps of softmax">
        <table class="steps" data-test="scores">
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">
                score <i>z</i>
              </th>
              <th scope="col">
                <i>e</i>
                <sup>{power}</sup>
              </th>
              <th scope="col">share of the sum</th>
              <td class="bar-head" aria-hidden="true" />
            </tr>
          </thead>
          <tbody>
            {NAMES.map((name, i) => (
              <tr key={name}>
                <th scope="row">
                  <ClassMark index={i} /> {name}
                </th>
                <td>
                  <NumberCell
                    live
                    label={`score of ${name}`}
                    text={Number.isInteger(z.value[i]) ? fixed(z.value[i], 1) : plain(z.value[i])}
                    onCommit={(value) => setScore(i, value)}
                  />
                </td>
                <td class="num">{significant(powers.value[i])}</td>
                <td class="num strong">{wholePercent(p[i])}</td>
                <td class="bar-cell" aria-hidden="true">
                  <span
                    class="bar"
                    style={{
                      width: `${100 * p[i]}%`,
                      minWidth: p[i] > 0 ? '1px' : 0,
                      background: CLASS_COLOURS[i],
                    }}
                  />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">sum</th>
              <td />
              <td class="num">{significant(sum.value)}</td>
              <td class="num">
                {percent(
                  p.reduce((a, b) => a + b, 0),
                  0,
                )}
              </td>
              <td />
            </tr>
          </tfoot>
        </table>
      </TableScroll>
      <p class="note" role="status">
        {summary(p, tied, t)}
      </p>
    </>
  );
}

function setScore(index: number, value: number): string | undefined {
  if (Math.abs(value) > MAX_SCORE) return 'a number up to 10³⁰';
  z.value = z.value.map((old, i) => (i === index ? value : old));
}

function summary(p: Float32Array, tied: number, t: number): string {
  const names = NAMES.filter((_, i) => p[i] === Math.max(...p)).join(' and ');
  const best = names[0].toUpperCase() + names.slice(1);
  if (t === Number.POSITIVE_INFINITY)
    return 'At T = ∞ the scores no longer matter: every class has the same share.';
  if (tied > 1)
    return `${best} are tied and have the same share${t === 0 ? ': the hard maximum divides it' : ''}.`;
  const overflow = !Number.isFinite(sum.value) || sum.value === 0;
  if (t === 0)
    return `At T = 0 the exponentials are no numbers any more; their limit gives ${names} everything.`;
  if (overflow) {
    return 'The exponentials have left the range of numbers. The shares are right all the same: they come from the package, which never forms them (section 2).';
  }
  return `${best} leads. The bars and the shares come from one call: softmax([${z.value.map(plain).join(', ')}]${t === 1 ? '' : `, { temperature: ${plain(t)} }`}).`;
}
