import { fixed, percent } from '../format.ts';
import { kernels } from '../kernels.ts';
import { TableScroll } from '../ui/section.tsx';
import { result, trueShare, truth } from './loss-model.ts';

const SHARES = [0.99, 0.9, 0.5, 0.1, 0.01, 0.001];
const losses = kernels.nllLoss(
  Float32Array.from(SHARES.flatMap((share) => [Math.log(share), Math.log(1 - share)])),
  new Int32Array(SHARES.length),
  { cols: 2, reduction: 'none' },
);

/** What some probabilities cost; the present one among them. */
export function LossTable() {
  const rows = SHARES.map((share, i) => ({ share, loss: losses[i], now: false }));
  rows.push({ share: trueShare.value, loss: result.value.plain, now: true });
  rows.sort((a, b) => b.share - a.share);
  return (
    <TableScroll label="Losses">
      <table class="loss-table" data-test="losses">
        <caption class="chart-title">What it costs</caption>
        <thead>
          <tr>
            <th scope="col">p of the truth</th>
            <th scope="col">loss, nats</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ share, loss, now }) => (
            <tr key={now ? 'now' : share} class={now ? 'now' : undefined}>
              <th scope="row">
                {percent(share, share < 0.01 || now ? 1 : 0)}
                {now && <span class="soft"> {truth.value}, now</span>}
              </th>
              <td class="num" data-value={now ? loss : undefined}>
                {fixed(loss, 3)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
