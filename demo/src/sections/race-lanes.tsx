/** The lanes of a heat, while it is run and when it is over. */
import { grouped, significant } from '../format.ts';
import { gigaElements, ratioOf } from '../race/card.ts';
import { isNoisy } from '../race/heat.ts';
import type { Heat } from '../race/worker.ts';

interface LanesProps {
  readonly rows: number;
  readonly cols: number;
  readonly names: readonly string[];
  /** How much of the way each has done. */
  readonly shares: readonly number[];
  /** When it is over. */
  readonly heat?: Heat;
}

export function Lanes({ rows, cols, names, shares, heat }: LanesProps) {
  const noisy = heat?.results.some(isNoisy);
  return (
    <div class="race-heat" data-test={heat ? 'heat' : 'running'}>
      <p class="chart-title">
        {grouped(rows)} × {grouped(cols)} {noisy && <span class="noisy">noisy: run again</span>}
      </p>
      <ol class="lanes">
        {names.map((name, i) => {
          const result = heat?.results[i];
          const best = heat && Math.max(...heat.results.map(({ median }) => median)) === result?.median;
          return (
            <li key={name} class={best ? 'best' : undefined}>
              <span class="lane-name">{name}</span>
              <span class="race-lane" aria-hidden="true">
                <span
                  class={i === 0 ? 'race-bar naive' : 'race-bar'}
                  style={{ width: `${100 * shares[i]}%` }}
                />
              </span>
              <span class="lane-ratio">
                {heat && result ? `${significant(ratioOf(heat, result), 2)}×` : ''}
              </span>
              <span class="lane-rate">
                {result && (
                  <>
                    <strong>{gigaElements(result.median)}</strong>{' '}
                    <span class="soft">
                      {gigaElements(result.low)} – {gigaElements(result.high)}
                    </span>
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** A heat that is over: the fastest is at the finish, the others as far as they had come. */
export function FinishedLanes({ heat }: { heat: Heat }) {
  const fastest = Math.max(...heat.results.map(({ median }) => median));
  return (
    <Lanes
      {...{ rows: heat.rows, cols: heat.cols, heat }}
      names={heat.results.map(({ name }) => name)}
      shares={heat.results.map(({ median }) => median / fastest)}
    />
  );
}
