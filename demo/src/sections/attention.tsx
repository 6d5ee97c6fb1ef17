/** 8. Attention. */
import { percent, significant } from '../format.ts';
import { Panel, Section } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { Arcs } from './attention-arcs.tsx';
import { ScoreMatrix, WeightMatrix } from './attention-matrices.tsx';
import { asking, beta, causal, features, strongest, TOKENS } from './attention-model.ts';

export function Attention() {
  const { index, weight } = strongest.value;
  return (
    <Section id="attention" number={8} title="Softmax as a spotlight">
      <div class="columns">
        <p>
          In a transformer, every word asks every other how relevant it is: query times key gives a score, and
          softmax turns each row of scores into weights by which the words are mixed (Vaswani et al.{' '}
          <a href="#sources">2017</a>). Products of long vectors are large, and large scores would leave all
          the weight on one word; so they are first divided by √d<sub>k</sub>, the root of the vectors’
          length. That is a temperature.
        </p>
        <p>
          A model that writes from left to right must not look ahead. The causal mask takes the words to come
          out of each row before the softmax: their weight is exactly 0, and the others still add up to one.
        </p>
      </div>
      <Panel label="Attention over six words">
        <div class="controls row">
          <Slider
            label={
              <>
                length of the vectors, d<sub>k</sub>
              </>
            }
            value={features}
            min={0}
            max={10}
            step={1}
            format={(value) => `${2 ** value}, β = ${significant(beta.value)}`}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={causal.value}
              onChange={(event) => {
                causal.value = event.currentTarget.checked;
              }}
            />
            causal mask: no looking ahead
          </label>
        </div>
        <Arcs />
        <p class="note" role="status">
          “{TOKENS[asking.value]}” gives most of its weight, {percent(weight, 0)}, to “{TOKENS[index]}”.
        </p>
        <div class="charts">
          <ScoreMatrix />
          <WeightMatrix />
        </div>
      </Panel>
    </Section>
  );
}
