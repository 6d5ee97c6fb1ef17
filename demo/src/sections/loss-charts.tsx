/** Section 6's charts of the loss, each with a ring to be dragged. */
import { fixed, percent } from '../format.ts';
import { kernels } from '../kernels.ts';
import { Chart } from '../ui/chart.tsx';
import { label, lead, result, trueShare, truth, z } from './loss-model.ts';

/** The loss of two classes whose scores differ by so much: −ln p over p. */
const curve = (() => {
  const rows = Float32Array.from({ length: 402 }, (_, i) => (i % 2 === 0 ? (i - 200) / 33 : 0));
  const losses = kernels.crossEntropy(rows, new Int32Array(201), { cols: 2, reduction: 'none' });
  const p = kernels.softmax(rows, { cols: 2 });
  return Array.from(losses, (loss, i) => ({ p: p[2 * i], loss }));
})();
const MOST = 5.4;

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
          y: { label: 'loss, nats', domain: [0, MOST], grid: true },
          marks: [
            plot.ruleY([0]),
            plot.line(curve, { x: 'p', y: 'loss', stroke: 'var(--accent)', strokeWidth: 2, clip: true }),
            plot.text([{ p, loss: Math.min(result.value.plain, MOST) }], {
              ...{
                x: 'p',
                y: 'loss',
                dx: p > 0.6 ? -11 : 11,
                dy: -11,
                textAnchor: p > 0.6 ? 'end' : 'start',
                fontWeight: 600,
              },
              text: () => `${fixed(result.value.plain, 2)}${result.value.plain > MOST ? ' ↑' : ''}`,
            }),
          ],
        };
      }}
      handle={{
        label: `probability of ${truth.value}, the true class`,
        value: trueShare,
        ...{ min: 0.005, max: 0.995, step: 0.005 },
        at: () => ({ x: trueShare.value, y: Math.min(result.value.plain, MOST) }),
        text: (value) => `${percent(value, 1)}, loss ${fixed(result.value.plain, 3)} nats`,
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
              y: 3,
              textAnchor: 'end',
              dy: -6,
              text: () => 'sure and right',
              fill: 'var(--ink-soft)',
            }),
          ],
        };
      }}
      handle={{
        label: `lead of ${truth.value}, the true class`,
        value: lead,
        ...{ min: -16, max: 6, step: 0.1 },
        at: () => ({ x: lead.value, y: result.value.plain }),
        text: (value) => `${fixed(value, 1)}, loss ${fixed(result.value.plain, 3)} nats`,
      }}
    />
  );
}
