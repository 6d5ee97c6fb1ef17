/** 4. Gaussians: where softmax comes from. */
import { computed } from '@preact/signals';
import { fixed, percent } from '../format.ts';
import { kernels } from '../kernels.ts';
import { posterior } from '../maths/gaussians.ts';
import { digest } from '../training/digest.ts';
import { Choice } from '../ui/choice.tsx';
import { ClassMark } from '../ui/class-mark.tsx';
import { Panel, Section, TableScroll } from '../ui/section.tsx';
import { SurfaceScene } from '../ui/surface-scene.tsx';
import {
  bells,
  classes,
  count,
  gaussians,
  means,
  posteriorName,
  posteriors,
  shares,
  shown,
  single,
  slope,
} from './gaussians-model.ts';
import { Plan } from './gaussians-plan.tsx';

const bits = computed(() => digest(shares.value));

export function Gaussians() {
  return (
    <Section id="gaussians" number={4} title="Where softmax comes from">
      <div class="columns">
        <p>
          Softmax is not only convenient: for some data it is the truth. Let each class be a cloud, a{' '}
          <dfn>Gaussian</dfn> around its own centre μ, all of the same spread σ and equally frequent. How
          probable is a class, given a point x? By Bayes’ rule its density there, divided by the sum of all.
        </p>
        <p>
          In the logarithm of a density the part <span class="nowrap">−|x|²/2σ²</span> is the same for every
          class and cancels. What is left is linear in x. So the posterior is exactly the softmax of linear
          scores, for two classes the sigmoid, the boundaries are straight, and the temperature is the
          variance (Bridle <a href="#sources">1990</a>).
        </p>
      </div>
      <Panel label="Gaussians and their posterior">
        <p class="formula">
          P(i | x) = softmax(z)<sub>i</sub>{' '}
          <span class="nowrap">
            with z<sub>i</sub> = μ<sub>i</sub>·x − |μ<sub>i</sub>|²/2
          </span>{' '}
          <span class="nowrap">and T = σ²</span>
        </p>
        <div class="controls row">
          <Choice
            label="classes"
            value={classes}
            options={[
              ['2', 'two'],
              ['3', 'three'],
            ]}
          />
          <Choice
            label="posterior of"
            value={shown}
            options={[
              ['all', 'all'],
              ['1', '● 1'],
              ['2', '■ 2'],
              ...(count.value === 3 ? [['3', '▲ 3'] as const] : []),
            ]}
          />
          {single.value !== undefined && (
            <Choice
              label="show"
              value={slope}
              options={[
                ['0', 'itself'],
                ['1', '∂/∂x₁'],
                ['2', '∂/∂x₂'],
              ]}
            />
          )}
        </div>
        <div class="trio" data-test="gaussians" data-digest={bits.value}>
          <Plan />
          <SurfaceScene
            title="Densities"
            description="A bell over the plane for each class, all of the same width."
            data={bells}
          />
          <SurfaceScene
            title={posteriorName.value}
            description="The probability of the classes over the plane: sheets that cross where two are equally probable."
            data={posteriors}
          >
            <Centres />
          </SurfaceScene>
        </div>
      </Panel>
    </Section>
  );
}

/** What the figure says at the centres of the classes. */
function Centres() {
  const each = Array.from({ length: count.value }, (_, c) => c);
  return (
    <TableScroll label="The posterior at the centres">
      <table>
        <thead>
          <tr>
            <th scope="col">at the centre of</th>
            {each.map((c) => (
              <th scope="col" key={String(c)}>
                P({c + 1} | x)
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {each.map((c) => {
            const [x, y] = [means.value[2 * c], means.value[2 * c + 1]];
            const p = at(x, y);
            return (
              <tr key={String(c)}>
                <th scope="row">
                  <ClassMark index={c} /> {c + 1} ({fixed(x, 1)}, {fixed(y, 1)})
                </th>
                {each.map((other) => (
                  <td class="num" key={String(other)}>
                    {percent(p[other], 1)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableScroll>
  );
}

/** The posterior at one point, which is moved to the origin. */
function at(x: number, y: number): Float32Array {
  const { means: all, spread } = gaussians.value;
  const moved = all.map((value, i) => value - (i % 2 === 0 ? x : y));
  return posterior(kernels, { means: moved, spread }, { side: 1, reach: 0 });
}
