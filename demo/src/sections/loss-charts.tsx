/** Section 4's pictures. */
import { fixed, significant } from '../format.ts';
import { kernels } from '../kernels.ts';
import { Chart } from '../ui/chart.tsx';
import { CLASS_COLOURS, CLASS_MARKS, ClassMark } from '../ui/class-mark.tsx';
import { TableScroll } from '../ui/section.tsx';
import { label, lead, NAMES, result, truth, z } from './loss-model.ts';

/** −ln p over p, from the package: the loss of two classes whose scores are ln p and ln(1 − p). */
const curve = (() => {
  const p = Float32Array.from({ length: 200 }, (_, i) => (i + 1) / 201);
  const pairs = Float32Array.from({ length: 400 }, (_, i) =>
    Math.log(i % 2 === 0 ? p[i >> 1] : 1 - p[i >> 1]),
  );
  const losses = kernels.crossEntropy(pairs, new Int32Array(200), { cols: 2, reduction: 'none' });
  return Array.from(losses, (loss, i) => ({ p: p[i], loss }));
})();

export function CostChart() {
  return (
    <Chart
      title="Loss over the probability of the true class"
      description="The curve −ln p falls steeply from infinity at p = 0 to 0 at p = 1; a ring marks the present prediction."
      height={260}
      draw={(plot) => {
        const p = result.value.p[label.value];
        return {
          x: { label: `p(${truth.value})`, domain: [0, 1] },
          y: { label: 'loss, nats', domain: [0, 5.4], grid: true },
          marks: [
            plot.ruleY([0]),
            plot.line(curve, { x: 'p', y: 'loss', stroke: 'var(--accent)', strokeWidth: 2, clip: true }),
            plot.dot([{ p, loss: Math.min(result.value.plain, 5.4) }], {
              x: 'p',
              y: 'loss',
              r: 6,
              stroke: 'currentColor',
              strokeWidth: 2,
              fill: 'var(--paper)',
            }),
            plot.text([{ p, loss: Math.min(result.value.plain, 5.4) }], {
              ...{
                x: 'p',
                y: 'loss',
                dx: p > 0.6 ? -11 : 11,
                dy: -11,
                textAnchor: p > 0.6 ? 'end' : 'start',
                fontWeight: 600,
              },
              text: () => `${fixed(result.value.plain, 2)}${result.value.plain > 5.4 ? ' ↑' : ''}`,
            }),
          ],
        };
      }}
    />
  );
}

const SWEEP = Array.from({ length: 81 }, (_, i) => (i - 60) / 3);

export function GrowthChart() {
  return (
    <Chart
      title="Loss over the lead of the true class"
      description="Left of 0, where another class leads, the loss grows in a straight line without end; right of 0 it falls to 0."
      height={260}
      draw={(plot) => {
        const rivals = z.value.filter((_, i) => i !== label.value);
        const best = Math.max(...rivals);
        const rows = Float32Array.from(SWEEP.flatMap((by) => [best + by, ...rivals]));
        const losses = kernels.crossEntropy(rows, new Int32Array(SWEEP.length), {
          cols: 3,
          reduction: 'none',
        });
        const points = Array.from(losses, (loss, i) => ({ lead: SWEEP[i], loss }));
        return {
          x: {
            label: `score of ${truth.value} less the best other`,
            domain: [SWEEP[0], SWEEP[SWEEP.length - 1]],
          },
          y: { label: 'loss, nats', domain: [0, 21], grid: true },
          marks: [
            plot.ruleY([0]),
            plot.ruleX([0], { stroke: 'var(--line)' }),
            plot.line(points, { x: 'lead', y: 'loss', stroke: 'var(--accent)', strokeWidth: 2 }),
            plot.dot([{ lead: lead.value, loss: result.value.plain }], {
              x: 'lead',
              y: 'loss',
              r: 6,
              stroke: 'currentColor',
              strokeWidth: 2,
              fill: 'var(--paper)',
            }),
            plot.text([{}], {
              x: -19,
              y: 17,
              textAnchor: 'start',
              text: () => 'sure and wrong',
              fill: 'var(--ink-soft)',
              dx: 66,
              dy: -16,
            }),
            plot.text([{}], {
              x: 6.4,
              y: 4,
              textAnchor: 'end',
              text: () => 'sure and right',
              fill: 'var(--ink-soft)',
            }),
          ],
        };
      }}
    />
  );
}

export function GradientBars() {
  const { p, y, gradient } = result.value;
  return (
    <>
      <Chart
        title="What was said, what was true, and the push on each score"
        description="Bars for the probabilities of three classes, a line for each target, and an arrow from each bar to its target."
        height={240}
        draw={(plot) => {
          const rows = NAMES.map((name, i) => ({
            name: `${CLASS_MARKS[i]} ${name}`,
            ...{ i, p: result.value.p[i], y: result.value.y[i] },
          }));
          const pushed = rows.filter((row) => Math.abs(row.p - row.y) > 0.015);
          return {
            marginLeft: 64,
            marginTop: 12,
            x: { label: 'probability', domain: [0, 1], grid: true },
            y: { label: null, domain: rows.map((row) => row.name), tickSize: 0, padding: 0.35 },
            marks: [
              plot.barX(rows, { x: 'p', y: 'name', fill: ({ i }) => CLASS_COLOURS[i], fillOpacity: 0.45 }),
              plot.tickX(rows, { x: 'y', y: 'name', stroke: 'currentColor', strokeWidth: 3 }),
              plot.arrow(pushed, {
                x1: 'p',
                x2: 'y',
                y1: 'name',
                y2: 'name',
                stroke: 'currentColor',
                strokeWidth: 2,
                headLength: 9,
                insetEnd: 4,
              }),
              plot.ruleX([0]),
            ],
          };
        }}
      />
      <TableScroll label="The gradient">
        <table data-test="gradient">
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">said, p</th>
              <th scope="col">true, y</th>
              <th scope="col">gradient p − y</th>
              <th scope="col">so its score should</th>
            </tr>
          </thead>
          <tbody>
            {NAMES.map((name, i) => (
              <tr key={name}>
                <th scope="row">
                  <ClassMark index={i} /> {name}
                </th>
                <td class="num">{fixed(p[i], 3)}</td>
                <td class="num">{fixed(y[i], 3)}</td>
                <td class="num strong">{fixed(gradient[i], 3)}</td>
                <td>{Math.abs(gradient[i]) < 0.0005 ? 'stay' : gradient[i] < 0 ? 'rise ↑' : 'fall ↓'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <p class="note">
        The gradient is {significant(Math.hypot(...gradient), 2)} long; its parts add up to 0.
      </p>
    </>
  );
}
