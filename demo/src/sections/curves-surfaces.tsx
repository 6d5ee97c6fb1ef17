import { computed, effect } from '@preact/signals';
import { fixed } from '../format.ts';
import { kernels } from '../kernels.ts';
import { oneOf, remembered, within } from '../state.ts';
import { colourChanges } from '../theme.ts';
import type { SurfaceData } from '../three/surface.ts';
import { Choice } from '../ui/choice.tsx';
import { Scene } from '../ui/scene.tsx';
import { Panel, TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { indexed } from '../ui/subscripts.ts';

const RANGE = 5;
const SIDE = 45;
/** Points of a side in the table. */
const TABLE_SIDE = 5;

const classes = remembered('dims', '2', oneOf(['2', '3'] as const));
const output = remembered('of', '1', oneOf(['1', '2', '3'] as const));
/** By which logit to differentiate, if at all. */
const by = remembered('by', '0', oneOf(['0', '1', '2', '3'] as const));
const third = remembered('z3', 0, within(-RANGE, RANGE));

const shown = computed(() => {
  const cols = Number(classes.value);
  const i = Math.min(Number(output.value), cols) - 1;
  return { cols, i, j: Math.min(Number(by.value), cols) - 1 };
});

/** The chosen function over a grid of z₁ and z₂, `[side, side]`. */
function evaluate(side: number): Float32Array {
  const { cols, i, j } = shown.value;
  const grid = (at: number): number => ((2 * at) / (side - 1) - 1) * RANGE;
  const x = new Float32Array(side * side * cols);
  for (let at = 0; at < side * side; at++) {
    x.set([grid(Math.floor(at / side)), grid(at % side), third.value].slice(0, cols), at * cols);
  }
  const p = kernels.softmax(x, { cols });
  const pick = (values: Float32Array, column: number): Float32Array =>
    Float32Array.from({ length: side * side }, (_, at) => values[at * cols + column]);
  if (j < 0) return pick(p, i);
  // The gradient of p_i: the vector-Jacobian product with 1 at class i.
  const one = Float32Array.from(p, (_, at) => Number(at % cols === i));
  return pick(kernels.softmaxGradient(p, one, { cols }), j);
}

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
  return { values: evaluate(SIDE), side: SIDE, range: RANGE, low, high, title: title.value, ticks };
});

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
      <Scene
        title={`${title.value} over z₁ and z₂${cols === 3 ? `, with z₃ = ${fixed(third.value, 1)}` : ''}`}
        description="A surface over a square of two scores from −5 to 5; its height is the value."
        load={async () => {
          const { createSurface, SURFACE_CENTRE, SURFACE_FROM } = await import('../three/surface.ts');
          return {
            from: SURFACE_FROM,
            centre: SURFACE_CENTRE,
            start: (view) => {
              const show = createSurface(view);
              return effect(() => {
                colourChanges.value;
                show(surface.value);
              });
            },
          };
        }}
      >
        <SurfaceTable />
      </Scene>
      {cols === 2 && <SigmoidNote />}
    </Panel>
  );
}

function SurfaceTable() {
  const values = evaluate(TABLE_SIDE);
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

/** That the two agree is computed, not claimed. */
function SigmoidNote() {
  const differences = Float32Array.from({ length: 201 }, (_, i) => (i - 100) / 10);
  const pairs = Float32Array.from({ length: 402 }, (_, i) => (i % 2 === 0 ? differences[i >> 1] : 0));
  const p = kernels.softmax(pairs, { cols: 2 });
  const sigmoid = kernels.sigmoid(differences);
  const most = sigmoid.reduce((worst, value, i) => Math.max(worst, Math.abs(value - p[2 * i]) / value), 0);
  return (
    <p class="note">
      softmax([z, 0])₁ and sigmoid(z), computed at 201 places from z = −10 to 10,{' '}
      {most === 0
        ? 'are the same in every bit'
        : `differ by at most ${fixed(most / 2 ** -23, 1)} units in the last place`}
      .
    </p>
  );
}
