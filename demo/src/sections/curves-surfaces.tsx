import { computed } from '@preact/signals';
import { fixed } from '../format.ts';
import { kernels } from '../kernels.ts';
import { type SurfaceChoice, softmaxSurface } from '../maths/surfaces.ts';
import { oneOf, remembered, within } from '../state.ts';
import type { SurfaceData } from '../three/surface.ts';
import { digest } from '../training/digest.ts';
import { Choice } from '../ui/choice.tsx';
import { Panel, TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { indexed } from '../ui/subscripts.ts';
import { SurfaceScene } from '../ui/surface-scene.tsx';
import { SigmoidChart } from './curves-sigmoid.tsx';

const RANGE = 5;
const SIDE = 45;
/** Points of a side in the table. */
const TABLE_SIDE = 5;

const classes = remembered('dims', '2', oneOf(['2', '3'] as const));
const output = remembered('of', '1', oneOf(['1', '2', '3'] as const));
/** By which logit to differentiate, if at all. */
const by = remembered('by', '0', oneOf(['0', '1', '2', '3'] as const));
const third = remembered('z3', 0, within(-RANGE, RANGE));

const shown = computed((): SurfaceChoice => {
  const cols = Number(classes.value);
  const i = Math.min(Number(output.value), cols) - 1;
  return { cols, i, j: Math.min(Number(by.value), cols) - 1, third: third.value, range: RANGE };
});

const title = computed(() => {
  const { i, j } = shown.value;
  return j < 0 ? indexed('p', i) : `∂${indexed('p', i)}/∂${indexed('z', j)}`;
});

const surface = computed((): SurfaceData => {
  const { i, j } = shown.value;
  const [low, high] = j < 0 ? [0, 1] : i === j ? [0, 0.25] : [-0.25, 0];
  const ticks = [low, (low + high) / 2, high].map(
    (value) => [value, String(value).replace('-', '−')] as const,
  );
  const sheets = [{ values: softmaxSurface(kernels, shown.value, SIDE), colour: 'ramp' as const }];
  return { sheets, side: SIDE, range: RANGE, low, high, titles: ['z₁', 'z₂', title.value], ticks };
});
const bits = computed(() => digest(surface.value.sheets[0].values));

export function Surfaces() {
  const { cols } = shown.value;
  const each = Array.from({ length: cols }, (_, i) => i);
  return (
    <Panel label="Surfaces over two scores">
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
          label="probability"
          value={output}
          options={each.map((i) => [String(i + 1) as '1', indexed('p', i)] as const)}
        />
        <Choice
          label="show"
          value={by}
          options={[
            ['0', 'itself'] as const,
            ...each.map((j) => [String(j + 1) as '1', `∂/∂${indexed('z', j)}`] as const),
          ]}
        />
      </div>
      <div class="charts" data-test="surface" data-digest={bits.value}>
        <div>
          <SurfaceScene
            title={`${title.value} over z₁ and z₂`}
            description="A surface over a square of two scores from −5 to 5; its height is the value."
            data={surface}
          >
            <SurfaceTable />
          </SurfaceScene>
          {cols === 3 && (
            <Slider
              label={<i>z₃</i>}
              value={third}
              min={-RANGE}
              max={RANGE}
              step={0.1}
              format={(value) => fixed(value, 1)}
            />
          )}
        </div>
        <SigmoidChart />
      </div>
    </Panel>
  );
}

function SurfaceTable() {
  const values = softmaxSurface(kernels, shown.value, TABLE_SIDE);
  const grid = Array.from({ length: TABLE_SIDE }, (_, at) => ((2 * at) / (TABLE_SIDE - 1) - 1) * RANGE);
  return (
    <TableScroll label={`${title.value} in numbers`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{title.value}</th>
            {grid.map((value) => (
              <th scope="col" key={value}>
                z₂ = {fixed(value, 1)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grid.map((value, i) => (
            <tr key={value}>
              <th scope="row">z₁ = {fixed(value, 1)}</th>
              {grid.map((other, j) => (
                <td class="num" key={other}>
                  {fixed(values[i * TABLE_SIDE + j], 4)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
