/** Section 8's scores and weights as tables. */
import { fixed } from '../format.ts';
import { NumberCell } from '../ui/number-cell.tsx';
import { TableScroll } from '../ui/section.tsx';
import { asking, hidden, N, scores, TOKENS, weights } from './attention-model.ts';

export function ScoreMatrix() {
  return (
    <Matrix title="Scores, query · key">
      {(i, j) => (
        <td key={String(j)} class={hidden(i, j) ? 'masked' : ''}>
          <NumberCell
            live
            width={4}
            label={`score of ${TOKENS[i]} (${i + 1}) for ${TOKENS[j]} (${j + 1})`}
            text={String(scores.value[i * N + j])}
            onCommit={(value) => {
              if (Math.abs(value) > 1e6) return 'up to a million';
              scores.value = scores.value.map((old, at) => (at === i * N + j ? value : old));
            }}
          />
        </td>
      )}
    </Matrix>
  );
}

export function WeightMatrix() {
  return (
    <Matrix title="Weights, each row a softmax" test="weights">
      {(i, j) => {
        const weight = weights.value[i * N + j];
        if (hidden(i, j)) {
          return (
            <td key={String(j)} class="heat masked">
              <span class="sr">masked, </span>0
            </td>
          );
        }
        return (
          <td key={String(j)} class="heat" style={{ '--weight': `${100 * weight}%` }} data-value={weight}>
            {fixed(weight, 2)}
          </td>
        );
      }}
    </Matrix>
  );
}

interface MatrixProps {
  readonly title: string;
  readonly test?: string;
  readonly children: (i: number, j: number) => preact.VNode;
}

function Matrix({ title, test, children }: MatrixProps) {
  return (
    <TableScroll label={title}>
      <table class="matrix" data-test={test}>
        <caption>{title}</caption>
        <thead>
          <tr>
            <td />
            {TOKENS.map((token, j) => (
              <th scope="col" key={String(j)}>
                {token}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {TOKENS.map((token, i) => (
            <tr key={String(i)} class={asking.value === i ? 'asking' : undefined}>
              <th scope="row">{token}</th>
              {TOKENS.map((_, j) => children(i, j))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
