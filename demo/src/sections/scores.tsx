/** 1. From scores to probabilities. */
import { fixed, percent, significant, wholePercent } from '../format.ts';
import { ClassMark } from '../ui/class-mark.tsx';
import { Section, Split, TableScroll } from '../ui/section.tsx';
import { scoreText } from './bars.tsx';
import { LargestOfMany } from './scores-many.tsx';
import { kind, NAMES, powers, probabilities, sum, temperature, z } from './scores-model.ts';
import { PlainTotal } from './scores-total.tsx';

export function Scores() {
  return (
    <Section id="scores" number={1} title="From scores to probabilities">
      <Split
        figure={
          <div class="panel" role="group" aria-label="The steps of softmax">
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
            {kind.value === 'three' ? <Steps /> : <LargestOfMany />}
          </div>
        }
      >
        <p>
          A classifier looks at a picture and gives each class a score: cat 2.0, dog 1.0, bird 0.1. Such
          scores are called <dfn>logits</dfn>. They may be any numbers; only their differences will matter. To
          read them as probabilities they must become positive and add up to one, and a higher score must stay
          a higher probability.
        </p>
        <p>
          <dfn>Softmax</dfn> does it in three steps: raise <i>e</i> to each score, add up, divide. The
          exponential turns a difference of scores into a ratio of probabilities: one point more is 2.72 times
          as likely. The name, and its use as the output of a classifier, are from Bridle{' '}
          <a href="#sources">(1990)</a>.
        </p>
        <p>
          The <dfn>temperature</dfn> T divides the scores first; its inverse is called β. Towards T = 0 the
          largest score takes all, and equal scores share equally. Towards T = ∞ every class gets the same. In
          between, T changes how sure the answer sounds and never which class comes first.
        </p>
      </Split>
      <PlainTotal names={NAMES} scores={z.value} />
    </Section>
  );
}

function Steps() {
  const p = probabilities.value;
  return (
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
              <sup>{temperature.value === 1 ? 'z' : 'z/T'}</sup>
            </th>
            <th scope="col">share of the sum</th>
          </tr>
        </thead>
        <tbody>
          {NAMES.map((name, i) => (
            <tr key={name}>
              <th scope="row">
                <ClassMark index={i} /> {name}
              </th>
              <td class="num">{scoreText(z.value[i])}</td>
              <td class="num">{significant(powers.value[i])}</td>
              <td class="num strong">{wholePercent(p[i])}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">sum</th>
            <td class="num">
              {fixed(
                z.value.reduce((a, b) => a + b, 0),
                1,
              )}
            </td>
            <td class="num">{significant(sum.value)}</td>
            <td class="num">
              {percent(
                p.reduce((a, b) => a + b, 0),
                0,
              )}
            </td>
          </tr>
        </tfoot>
      </table>
    </TableScroll>
  );
}
