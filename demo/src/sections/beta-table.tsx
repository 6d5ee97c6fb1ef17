/** One table of scores, powers and shares, all of which can be written into. */
import type { Signal } from '@preact/signals';
import { percent, plain, significant } from '../format.ts';
import { exponentials, kernels } from '../kernels.ts';
import { NumberCell } from '../ui/number-cell.tsx';
import { TableScroll } from '../ui/section.tsx';
import { indexed } from '../ui/subscripts.ts';

export const MAX_BETA = 1e6;

export interface BetaTable {
  readonly z: Signal<readonly number[]>;
  readonly beta: Signal<number>;
}

export function Table({ z, beta, name }: BetaTable & { name: string }) {
  const scores = z.value;
  const b = beta.value;
  const p = kernels.softmax([...scores], { beta: b });
  const hot = kernels.hardmax([...scores]);
  const powers = exponentials(scores.map((value) => b * value));
  const sum = powers.reduce((a, c) => a + c, 0);
  const naive = naiveFloat32(scores, b);
  const set = (next: readonly number[]): string | undefined => {
    if (!next.every((value) => Math.abs(value) <= 1e6)) return 'no score up to a million gives that';
    z.value = next.map((value) => Number(value.toPrecision(9)));
    return undefined;
  };
  const replace = (i: number, value: number) => set(scores.map((old, at) => (at === i ? value : old)));
  const shift = (by: number) => set(scores.map((old) => old + by));
  /** Moves all scores so that a power, whose logarithm is given, becomes `next`. */
  const shiftPowers = (next: number, logarithm: number): string | undefined =>
    next > 0 && b > 0 ? shift((Math.log(next) - logarithm) / b) : 'a positive number, with β above 0';
  const betaId = `beta-${name}`;
  return (
    <div class="beta-table">
      <p class="beta-line">
        <span id={betaId}>
          <i>β</i> =
        </span>{' '}
        <NumberCell
          live
          label={`β of table ${name}`}
          text={plain(b)}
          onCommit={(value) => {
            if (!(value >= 0 && value <= MAX_BETA)) return 'from 0 to a million';
            beta.value = value;
          }}
        />
      </p>
      <TableScroll label={`Scores, powers and shares with β = ${plain(b)}`}>
        <table data-test={`beta-${name}`}>
          <thead>
            <tr class="groups">
              <td />
              <th colSpan={4} scope="colgroup">
                this package
              </th>
              <th colSpan={2} scope="colgroup">
                naive, 32-bit
              </th>
            </tr>
            <tr>
              <td />
              <th scope="col">
                <i>z</i>
              </th>
              <th scope="col">
                <i>e</i>
                <sup>βz</sup>
              </th>
              <th scope="col">share</th>
              <th scope="col">argmax</th>
              <th scope="col">
                <i>e</i>
                <sup>βz</sup>
              </th>
              <th scope="col">share</th>
            </tr>
          </thead>
          <tbody>
            {scores.map((value, i) => (
              <tr key={String(i)}>
                <th scope="row">{indexed('z', i)}</th>
                <td>
                  <NumberCell
                    live
                    label={`${indexed('z', i)} of table ${name}`}
                    text={plain(value)}
                    onCommit={(next) => replace(i, next)}
                  />
                </td>
                <td>
                  <NumberCell
                    label={`power of ${indexed('z', i)}, table ${name}`}
                    text={significant(powers[i])}
                    onCommit={(next) =>
                      next > 0 && b > 0 ? replace(i, Math.log(next) / b) : 'a positive number, with β above 0'
                    }
                  />
                </td>
                <td class="strong">
                  <NumberCell
                    label={`share of ${indexed('z', i)} in percent, table ${name}`}
                    text={percent(p[i])}
                    onCommit={(next) => {
                      const share = next / 100;
                      if (!(share > 0 && share < 1 && b > 0)) return 'between 0 and 100 %, with β above 0';
                      const others = kernels.logSumExp(
                        scores.filter((_, at) => at !== i),
                        { beta: b },
                      )[0];
                      return replace(i, (others + Math.log(share / (1 - share))) / b);
                    }}
                  />
                </td>
                <td>
                  <NumberCell
                    label={`one-hot of ${indexed('z', i)}, table ${name}`}
                    width={3}
                    text={plain(hot[i])}
                    onCommit={(next) => {
                      if (next !== 1) return 'a 1 makes this score the largest';
                      return hot[i] === 1 ? undefined : replace(i, Math.max(...scores) + 0.01);
                    }}
                  />
                </td>
                <td class={naive.powers[i] === Infinity ? 'num wrong' : 'num'}>
                  {significant(naive.powers[i])}
                </td>
                <td class={Number.isNaN(naive.shares[i]) ? 'num wrong' : 'num'}>
                  {percent(naive.shares[i])}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">sum</th>
              <td>
                <NumberCell
                  label={`sum of the scores, table ${name}`}
                  text={significant(scores.reduce((a, c) => a + c, 0))}
                  onCommit={(next) => shift((next - scores.reduce((a, c) => a + c, 0)) / scores.length)}
                />
              </td>
              <td>
                <NumberCell
                  label={`sum of the powers, table ${name}`}
                  text={significant(sum)}
                  onCommit={(next) => shiftPowers(next, kernels.logSumExp([...scores], { beta: b })[0])}
                />
              </td>
              <td class="num">{percent(p.reduce((a, c) => a + c, 0))}</td>
              <td class="num">{plain(hot.reduce((a, c) => a + c, 0))}</td>
              <td class={naive.sum === Infinity ? 'num wrong' : 'num'}>{significant(naive.sum)}</td>
              <td class={Number.isNaN(naive.total) ? 'num wrong' : 'num'}>{percent(naive.total)}</td>
            </tr>
            <tr>
              <th scope="row">max</th>
              <td>
                <NumberCell
                  label={`maximum of the scores, table ${name}`}
                  text={plain(Math.max(...scores))}
                  onCommit={(next) => shift(next - Math.max(...scores))}
                />
              </td>
              <td>
                <NumberCell
                  label={`maximum of the powers, table ${name}`}
                  text={significant(Math.max(...powers))}
                  onCommit={(next) => shiftPowers(next, b * Math.max(...scores))}
                />
              </td>
              <td class="num">{percent(Math.max(...p))}</td>
              <td class="num">1</td>
              <td class={naive.sum === Infinity ? 'num wrong' : 'num'}>
                {significant(Math.max(...naive.powers))}
              </td>
              <td class={Number.isNaN(naive.total) ? 'num wrong' : 'num'}>
                {percent(Math.max(...naive.shares))}
              </td>
            </tr>
          </tfoot>
        </table>
      </TableScroll>
      <p class="note" role="status">
        {naive.sum === Infinity ? (
          <>
            <strong>Naive 32-bit arithmetic overflows:</strong>{' '}
            {naive.powers.filter((x) => x === Infinity).length} of 3 powers are ∞. The package’s shares add up
            to {percent(p.reduce((a, c) => a + c, 0))}.
          </>
        ) : (
          <>Here even the naive way holds: the largest power is {significant(Math.max(...naive.powers))}.</>
        )}
      </p>
    </div>
  );
}

/** As the formula stands, each step rounded to float32: not from the package, to show why it does not do so. */
function naiveFloat32(z: readonly number[], beta: number) {
  const powers = z.map((value) => Math.fround(Math.exp(Math.fround(Math.fround(beta) * Math.fround(value)))));
  const sum = powers.reduce((a, b) => Math.fround(a + b), 0);
  const shares = powers.map((power) => Math.fround(power / sum));
  return { powers, sum, shares, total: shares.reduce((a, b) => Math.fround(a + b), 0) };
}
