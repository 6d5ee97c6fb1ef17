/** Section 6's gradient: what was said, what was true, and the push from one to the other. */
import { fixed, significant } from '../format.ts';
import { Chart } from '../ui/chart.tsx';
import { CLASS_COLOURS, CLASS_MARKS, ClassMark } from '../ui/class-mark.tsx';
import { TableScroll } from '../ui/section.tsx';
import { NAMES, result } from './loss-model.ts';

export function GradientBars() {
  const { p, y, gradient } = result.value;
  return (
    <div class="charts">
      <Chart
        title="What was said, what was true, and the push on each score"
        description="Bars for the probabilities of three classes, a line for each target, and an arrow from each bar to its target."
        height={220}
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
      <div>
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
                  <td class="num strong" data-value={gradient[i]}>
                    {fixed(gradient[i], 3)}
                  </td>
                  <td>{Math.abs(gradient[i]) < 0.0005 ? 'stay' : gradient[i] < 0 ? 'rise ↑' : 'fall ↓'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableScroll>
        <p class="note">
          The gradient is {significant(Math.hypot(...gradient), 2)} long; its parts add up to 0.
        </p>
      </div>
    </div>
  );
}
