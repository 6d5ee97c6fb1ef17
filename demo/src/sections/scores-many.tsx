/** A thousand classes: too many for a table, so a picture of all, the largest, and the rest. */
import { fixed, percent } from '../format.ts';
import { kernels } from '../kernels.ts';
import { TableScroll } from '../ui/section.tsx';
import { manyLogits, probabilities } from './scores-model.ts';

const SHOWN = 6;
const WIDTH = 1000;
const HEIGHT = 160;

export function ManyBars() {
  const p = probabilities.value;
  const tallest = p.reduce((a, b) => Math.max(a, b), 0);
  return (
    <figure class="many">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label="One bar for each class"
      >
        <path d={outline(p, tallest)} />
      </svg>
      <figcaption>
        {p.length} classes, from the highest score to the lowest; the tallest bar is {percent(tallest)}
      </figcaption>
    </figure>
  );
}

/** Bars as one path, scaled to the tallest. */
function outline(p: Float32Array, tallest: number): string {
  const step = WIDTH / p.length;
  let path = `M0 ${HEIGHT}`;
  for (const share of p) {
    path += `V${(HEIGHT - Math.max(0.6, (HEIGHT * share) / tallest)).toFixed(1)}h${step}`;
  }
  return `${path}V${HEIGHT}z`;
}

export function LargestOfMany() {
  const { values, indices } = kernels.topK(probabilities.value, SHOWN);
  const rest = Math.max(0, 1 - values.reduce((a, b) => a + b, 0));
  return (
    <TableScroll label="The largest shares">
      <table data-test="many">
        <thead>
          <tr>
            <th scope="col">rank</th>
            <th scope="col">
              score <i>z</i>
            </th>
            <th scope="col">share</th>
          </tr>
        </thead>
        <tbody>
          {Array.from(values, (value, i) => (
            <tr key={String(i)}>
              <th scope="row">{i + 1}</th>
              <td class="num">{fixed(manyLogits[indices[i]])}</td>
              <td class="num strong" data-value={value}>
                {percent(value)}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              the other {manyLogits.length - SHOWN} together
            </th>
            <td class="num">{percent(rest)}</td>
          </tr>
        </tfoot>
      </table>
    </TableScroll>
  );
}
