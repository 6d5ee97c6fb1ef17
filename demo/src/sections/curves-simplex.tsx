import { computed, effect } from '@preact/signals';
import { fixed, percent, significant } from '../format.ts';
import { kernels } from '../kernels.ts';
import { createNormal, createRandom } from '../random.ts';
import { oneOf, remembered, within } from '../state.ts';
import { colourChanges } from '../theme.ts';
import type { SimplexData } from '../three/simplex.ts';
import { Choice } from '../ui/choice.tsx';
import { LOG_STEPS, stepOf } from '../ui/log-scale.ts';
import { Scene } from '../ui/scene.tsx';
import { Panel, TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';

const CLOUD = 400;
const PREDICTION = [1.2, 0.9, 0.2, -0.4, -0.8];
/** β of the points of the curve: 0, a hundredth to a hundred, infinity. */
const BETAS = [0, ...Array.from({ length: 81 }, (_, i) => 10 ** ((i - 40) / 20)), Number.POSITIVE_INFINITY];

const corners = remembered('corners', '4', oneOf(['3', '4', '5'] as const));
const beta = remembered('sb', 1, within(0, Number.POSITIVE_INFINITY));
const degrees = remembered('turn', 25, within(0, 180));

const normal = createNormal(createRandom(3));
const noise = Float32Array.from({ length: CLOUD * 5 }, normal);

const simplex = computed((): SimplexData => {
  const classes = Number(corners.value);
  const prediction = PREDICTION.slice(0, classes);
  const cloud = kernels.softmax(noise.subarray(0, CLOUD * classes), { cols: classes, beta: beta.value });
  const curve = new Float32Array(BETAS.length * classes);
  BETAS.forEach((b, i) => {
    curve.set(kernels.softmax(prediction, { beta: b }), i * classes);
  });
  const point = kernels.softmax(prediction, { beta: beta.value });
  return { classes, cloud, curve, point, turn: (degrees.value * Math.PI) / 180 };
});

export function Simplex() {
  const { classes, point } = simplex.value;
  const prediction = PREDICTION.slice(0, classes);
  return (
    <Panel label="The simplex">
      <div class="controls row">
        <Choice
          label="classes"
          value={corners}
          options={[
            ['3', 'three'],
            ['4', 'four'],
            ['5', 'five'],
          ]}
        />
      </div>
      <div class="pair">
        <Slider
          label={<i>β</i>}
          value={stepOf(beta)}
          min={-LOG_STEPS}
          max={LOG_STEPS}
          step={1}
          format={() => significant(beta.value)}
          ends={['uniform', 'hard maximum']}
        />
        {classes === 5 && (
          <Slider
            label="turned through the fourth dimension"
            value={degrees}
            min={0}
            max={180}
            step={1}
            format={(value) => `${value}°`}
          />
        )}
      </div>
      <Scene
        title={`${CLOUD} random predictions of ${classes} classes, and the way of one from β = 0 to ∞`}
        description="A cloud of points inside the simplex that moves from its middle to its corners as β grows, and a curve from the middle to one corner."
        load={async () => {
          const { createSimplex, SIMPLEX_CENTRE, SIMPLEX_FROM } = await import('../three/simplex.ts');
          return {
            from: SIMPLEX_FROM,
            centre: SIMPLEX_CENTRE,
            start: (view) => {
              const show = createSimplex(view);
              return effect(() => {
                colourChanges.value;
                show(simplex.value);
              });
            },
          };
        }}
      >
        <TableScroll label="The prediction on the curve">
          <table>
            <thead>
              <tr>
                <th scope="col">class</th>
                <th scope="col">
                  <i>z</i>
                </th>
                <th scope="col">share at β = {significant(beta.value)}</th>
              </tr>
            </thead>
            <tbody>
              {prediction.map((z, i) => (
                <tr key={String(i)}>
                  <th scope="row">{i + 1}</th>
                  <td class="num">{fixed(z, 1)}</td>
                  <td class="num">{percent(point[i])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
      </Scene>
    </Panel>
  );
}
