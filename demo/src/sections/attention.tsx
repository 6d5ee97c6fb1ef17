/** 6. Attention. */
import { computed } from '@preact/signals';
import { fixed, percent, significant } from '../format.ts';
import { kernels } from '../kernels.ts';
import { flag, numbers, remembered, whole } from '../state.ts';
import { NumberCell } from '../ui/number-cell.tsx';
import { Panel, Section, TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';

const TOKENS = ['the', 'cat', 'sat', 'on', 'the', 'mat'];
const N = TOKENS.length;
/** Query · key, made up to look like something: verbs look for their subject, words for themselves. */
const SCORES = [
  ...[9, 4, 0, 1, 6, 3],
  ...[12, 17, 2, 0, 4, 7],
  ...[1, 22, 11, 6, 0, 9],
  ...[0, 3, 14, 10, 5, 12],
  ...[6, 2, 1, 8, 9, 14],
  ...[3, 10, 7, 15, 11, 16],
];

const scores = remembered('scores', SCORES, numbers(N * N));
const features = remembered('dk', 6, whole(0, 10));
const causal = remembered('causal', true, flag);

const mask = Uint8Array.from(SCORES, (_, i) => Number(i % N <= Math.floor(i / N)));
const beta = computed(() => 1 / Math.sqrt(2 ** features.value));
const weights = computed(() =>
  kernels.softmax([...scores.value], { cols: N, beta: beta.value, mask: causal.value ? mask : undefined }),
);

export function Attention() {
  return (
    <Section id="attention" number={6} title="Softmax as a spotlight">
      <p>
        In a transformer, every word asks every other how relevant it is: query times key gives a score, and
        softmax turns each row of scores into weights by which the words are mixed (Vaswani et al.{' '}
        <a href="#sources">2017</a>
        ). Products of long vectors are large, and large scores would leave all the weight on one word; so
        they are first divided by √d<sub>k</sub>, the root of the vectors’ length. That is a temperature.
      </p>
      <p>
        A model that writes from left to right must not look ahead. The causal mask takes the words to come
        out of each row before the softmax: their weight is exactly 0, and the others still add up to one.
      </p>
      <Panel label="Attention over six words">
        <div class="pair">
          <Slider
            label={
              <>
                length of the vectors, d<sub>k</sub>
              </>
            }
            value={features}
            min={0}
            max={10}
            step={1}
            format={(value) => `${2 ** value}, β = ${significant(beta.value)}`}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={causal.value}
              onChange={(event) => {
                causal.value = event.currentTarget.checked;
              }}
            />
            causal mask: no looking ahead
          </label>
        </div>
        <div class="charts">
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
                <td key={String(j)} class="heat" style={{ '--weight': `${100 * weight}%` }}>
                  {fixed(weight, 2)}
                </td>
              );
            }}
          </Matrix>
        </div>
        <p class="note" role="status">
          {strongest()}
        </p>
      </Panel>
    </Section>
  );
}

function hidden(i: number, j: number): boolean {
  return causal.value && j > i;
}

function strongest(): string {
  const row = weights.value.subarray(2 * N, 3 * N);
  const j = kernels.argmax(row)[0];
  return `“${TOKENS[2]}” gives most of its weight, ${percent(row[j], 0)}, to “${TOKENS[j]}”.`;
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
            <tr key={String(i)}>
              <th scope="row">{token}</th>
              {TOKENS.map((_, j) => children(i, j))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
