/** The shares of a thousand classes: too many for a table, so the largest, the rest, and a picture of all. */
import type { ReadonlySignal } from '@preact/signals';
import { fixed, percent } from '../format.ts';
import { kernels } from '../kernels.ts';
import { TableScroll } from '../ui/section.tsx';

const SHOWN = 6;
const WIDTH = 1000;
const HEIGHT = 160;

interface SharesProps {
  readonly probabilities: ReadonlySignal<Float32Array>;
  /** In descending order. */
  readonly logits: Float32Array;
}

export function SharesOfMany({ probabilities, logits }: SharesProps) {
  const p = probabilities.value;
  const { values, indices } = kernels.topK(p, SHOWN);
  const rest = Math.max(0, 1 - values.reduce((a, b) => a + b, 0));
  return (
    <>
      <figure class="many">
        <figcaption>
          Shares of {logits.length} classes with random scores, from the highest score to the lowest; the
          tallest bar is {percent(values[0])}
        </figcaption>
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label="One bar for each class"
        >
          <path d={bars(p)} />
        </svg>
      </figure>
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
                <td class="num">{fixed(logits[indices[i]])}</td>
                <td class="num strong">{percent(value)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                the other {logits.length - SHOWN} together
              </th>
              <td class="num">{percent(rest)}</td>
            </tr>
          </tfoot>
        </table>
      </TableScroll>
    </>
  );
}

/** Bars as one path, scaled to the tallest. */
function bars(p: Float32Array): string {
  const step = WIDTH / p.length;
  const tallest = p.reduce((a, b) => Math.max(a, b), 0);
  let path = '';
  for (let i = 0; i < p.length; i++) {
    const height = Math.max(0.6, (HEIGHT * p[i]) / tallest);
    path += `M${(i * step).toFixed(1)} ${HEIGHT}v${(-height).toFixed(1)}h${step.toFixed(1)}v${height.toFixed(1)}z`;
  }
  return path;
}
