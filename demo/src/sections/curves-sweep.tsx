import { computed } from '@preact/signals';
import { percent, significant } from '../format.ts';
import { kernels } from '../kernels.ts';
import { numbers, remembered, within } from '../state.ts';
import { digest } from '../training/digest.ts';
import { Chart } from '../ui/chart.tsx';
import { CLASS_COLOURS, CLASS_MARKS, ClassMark } from '../ui/class-mark.tsx';
import { NumberCell } from '../ui/number-cell.tsx';
import { Panel } from '../ui/section.tsx';
import { indexed } from '../ui/subscripts.ts';

const CLASSES = 4;
const RANGE = 6;
const SAMPLES = 121;

const moving = remembered('sweep', 1.8, within(-RANGE, RANGE));
const others = remembered('others', [1, 0, -1.5], numbers(CLASSES - 1));

/** The probabilities along the sweep, `[SAMPLES, CLASSES]`, in one call. */
const sweep = computed(() => {
  const x = new Float32Array(SAMPLES * CLASSES);
  for (let i = 0; i < SAMPLES; i++) x.set([at(i), ...others.value], i * CLASSES);
  return kernels.softmax(x, { cols: CLASSES });
});
const bits = computed(() => digest(sweep.value));
const current = computed(() => kernels.softmax([moving.value, ...others.value]));

function at(sample: number): number {
  return ((2 * sample) / (SAMPLES - 1) - 1) * RANGE;
}

export function Sweep() {
  return (
    <Panel label="Four probabilities as one score moves">
      <Chart
        title="Probability of each of four classes as z₁ moves"
        description="Four curves over z₁ from −6 to 6: p₁ rises from 0 to 1 in an S, the others fall from their shares to 0."
        height={300}
        draw={(plot) => {
          const p = sweep.value;
          const points = Array.from(p, (share, i) => ({
            x: at(Math.floor(i / CLASSES)),
            p: share,
            c: i % CLASSES,
          }));
          const now = Array.from(current.value, (share, c) => ({ x: moving.value, p: share, c }));
          const names = Array.from({ length: CLASSES }, (_, c) => {
            // p₁ is named where it is high, the others where they are apart.
            const sample = c === 0 ? SAMPLES - 12 : 6;
            return { x: at(sample), p: p[sample * CLASSES + c], c };
          });
          return {
            x: { label: 'score z₁', domain: [-RANGE, RANGE] },
            y: {
              label: 'probability',
              domain: [0, 1],
              percent: false,
              tickFormat: (v: number) => `${Math.round(v * 100)} %`,
              grid: true,
            },
            marks: [
              plot.ruleY([0]),
              plot.ruleX([moving.value], { stroke: 'var(--ink-soft)', strokeDasharray: '3 4' }),
              plot.line(points, {
                x: 'x',
                y: 'p',
                z: 'c',
                stroke: ({ c }) => CLASS_COLOURS[c],
                strokeWidth: 2,
              }),
              plot.text(names, {
                x: 'x',
                y: 'p',
                dy: -9,
                fill: ({ c }) => CLASS_COLOURS[c],
                text: ({ c }) => `${CLASS_MARKS[c]} ${indexed('p', c)}`,
                fontWeight: 600,
              }),
              plot.text(now, {
                x: 'x',
                y: 'p',
                fill: ({ c }) => CLASS_COLOURS[c],
                text: ({ c }) => CLASS_MARKS[c],
                fontSize: 14,
              }),
            ],
          };
        }}
        handle={{
          label: 'score z₁',
          value: moving,
          ...{ min: -RANGE, max: RANGE, step: 0.1 },
          at: () => ({ x: moving.value, y: current.value[0] }),
          text: (value) => `${significant(value)}, p₁ = ${percent(current.value[0], 1)}`,
        }}
      />
      <div class="readout" data-test="sweep" data-digest={bits.value}>
        {Array.from(current.value, (share, c) => (
          <div class="readout-item" key={String(c)}>
            <ClassMark index={c} />
            <label class="inline">
              {indexed('z', c)}{' '}
              <NumberCell
                live
                label={`score ${indexed('z', c)} of the sweep`}
                text={significant(c === 0 ? moving.value : others.value[c - 1])}
                onCommit={(value) => {
                  if (Math.abs(value) > (c === 0 ? RANGE : 1000))
                    return `from −${c === 0 ? RANGE : 1000} to ${c === 0 ? RANGE : 1000}`;
                  if (c === 0) moving.value = value;
                  else others.value = others.value.map((old, i) => (i === c - 1 ? value : old));
                }}
              />
            </label>
            <span>
              {indexed('p', c)} = {percent(share, 1)}
            </span>
          </div>
        ))}
      </div>
      <p class="hint">Drag the ring on the curve of p₁, or move it with the arrow keys.</p>
    </Panel>
  );
}
