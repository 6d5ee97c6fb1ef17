/** Section 5 in two dimensions: the losses, and how far the logits' sums have drifted. */
import { significant } from '../format.ts';
import type { OptimizerName } from '../training/optimizers.ts';
import { Chart } from '../ui/chart.tsx';
import { TableScroll } from '../ui/section.tsx';
import { OPTIMIZER_NAMES, OPTIMIZERS, runs, STEPS, step } from './paths-run.ts';

export function LossChart() {
  return (
    <Chart
      title="Loss over the steps"
      description="Two falling curves, one for SGD and one for Adam, and a line at the present step."
      height={190}
      draw={(plot) => {
        const all = runs.value;
        const points = OPTIMIZERS.flatMap((optimizer) =>
          Array.from(all?.[optimizer].losses ?? [], (loss, i) => ({ i, loss, optimizer })),
        );
        // Where the curves are apart: Adam's on its way down, SGD's when it has fallen behind.
        const names = OPTIMIZERS.flatMap((optimizer) => {
          const at = optimizer === 'sgd' ? 200 : 12;
          const losses = all?.[optimizer].losses;
          return losses ? [{ i: at, loss: losses[at], optimizer }] : [];
        });
        return {
          x: { label: 'step', domain: [0, STEPS] },
          y: { label: 'loss, nats', domain: [0, 1.2], grid: true, ticks: 4 },
          marks: [
            plot.ruleY([0]),
            plot.ruleX([step.value], { stroke: 'var(--ink-soft)', strokeDasharray: '3 4' }),
            plot.line(points, {
              x: 'i',
              y: 'loss',
              z: 'optimizer',
              clip: true,
              strokeWidth: 2,
              strokeDasharray: undefined,
              stroke: ({ optimizer }) => (optimizer === 'sgd' ? 'var(--class-1)' : 'var(--class-2)'),
            }),
            plot.text(names, {
              x: 'i',
              y: 'loss',
              dx: 7,
              dy: -8,
              textAnchor: 'start',
              fontWeight: 600,
              text: ({ optimizer }) => OPTIMIZER_NAMES[optimizer as OptimizerName],
              fill: ({ optimizer }) => (optimizer === 'sgd' ? 'var(--class-1)' : 'var(--class-2)'),
            }),
          ],
        };
      }}
    />
  );
}

export function Drift() {
  const all = runs.value;
  const cells = OPTIMIZERS.map((optimizer) => {
    const run = all?.[optimizer];
    if (!run) return { optimizer, loss: Number.NaN, drift: Number.NaN };
    const now = run.logits.subarray(step.value * run.points * 3, (step.value + 1) * run.points * 3);
    let drift = 0;
    for (let i = 0; i < now.length; i += 3)
      drift = Math.max(drift, Math.abs(now[i] + now[i + 1] + now[i + 2]));
    return { optimizer, loss: run.losses[step.value], drift };
  });
  if (!all) return null;
  return (
    <TableScroll label="Both optimizers at this step">
      <table data-test="drift">
        <thead>
          <tr>
            <th scope="col">at step {step.value}</th>
            <th scope="col">loss, nats</th>
            <th scope="col">
              largest |Σ<i>z</i>|
            </th>
          </tr>
        </thead>
        <tbody>
          {cells.map(({ optimizer, loss, drift }) => (
            <tr key={optimizer}>
              <th scope="row">{OPTIMIZER_NAMES[optimizer]}</th>
              <td class="num">{significant(loss)}</td>
              <td class="num">{significant(drift, 2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
