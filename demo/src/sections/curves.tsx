/** 3. Curves and surfaces. */
import { Section, Split } from '../ui/section.tsx';
import { Surfaces } from './curves-surfaces.tsx';
import { Sweep } from './curves-sweep.tsx';

export function Curves() {
  return (
    <Section id="curves" number={3} title="Curves and surfaces">
      <Split figure={<Sweep />}>
        <p>
          Probabilities share a sum, so no class moves alone: what one gains the others lose, each in
          proportion to what it has. Here one of four scores moves from left to right and the other three stay
          where they are.
        </p>
      </Split>
      <h3>Two classes, three classes, and their slopes</h3>
      <div class="columns">
        <p>
          With two classes only the difference of the scores counts, and softmax is the <dfn>sigmoid</dfn>: p
          <sub>1</sub> = σ(z<sub>1</sub> − z<sub>2</sub>). The surface is that curve, drawn out along the line
          on which both scores grow alike.
        </p>
        <p>
          The derivative of one probability by one score is{' '}
          <span class="nowrap">
            ∂p<sub>i</sub>/∂z<sub>j</sub> = p<sub>i</sub>(δ<sub>ij</sub> − p<sub>j</sub>)
          </span>
          : positive for a class’s own score, negative for every other, nowhere above ¼, and next to nothing
          where the answer is already clear (Goodfellow et al. <a href="#sources">2016, §6.2.2</a>).
        </p>
      </div>
      <Surfaces />
    </Section>
  );
}
