/** What dividing scores by their total would give. */
import { fixed, percent } from '../format.ts';
import { ClassMark } from '../ui/class-mark.tsx';
import { Split, TableScroll } from '../ui/section.tsx';

interface PlainTotalProps {
  readonly names: readonly string[];
  readonly scores: readonly number[];
}

export function PlainTotal({ names, scores }: PlainTotalProps) {
  const columns = [scores, scores.map((value, i) => (i === 2 ? -1.5 : value))];
  return (
    <>
      <h3>Why not simply divide by the total?</h3>
      <Split
        figure={
          <div class="panel" role="group" aria-label="Scores divided by their total">
            <TableScroll label="Scores divided by their total">
              <table class="steps" data-test="plain-total">
                <thead>
                  <tr>
                    <th scope="col">class</th>
                    {columns.map((column, i) => (
                      <th scope="col" key={String(i)}>
                        {i === 0 ? (
                          <>
                            <i>z</i> ∕ Σ<i>z</i>
                          </>
                        ) : (
                          <>the same, were bird {fixed(column[2], 1)}</>
                        )}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {names.map((name, i) => (
                    <tr key={name}>
                      <th scope="row">
                        <ClassMark index={i} /> {name}
                      </th>
                      {columns.map((column, c) => (
                        <PlainShare key={String(c)} share={column[i] / column.reduce((a, b) => a + b, 0)} />
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableScroll>
          </div>
        }
      >
        <p>
          With positive scores that looks harmless. With one below zero the “probabilities” are negative or
          above 100 %, and where the total is 0 there are none. It also depends on where zero lies: add 10 to
          every score and the shares drift together, while those of softmax stay.
        </p>
      </Split>
    </>
  );
}

function PlainShare({ share }: { share: number }) {
  const wrong = !(share >= 0 && share <= 1);
  const why = share < 0 ? 'negative' : share > 1 ? 'above 100 %' : 'no number';
  return (
    <td class={wrong ? 'num wrong' : 'num'}>
      {percent(share, 0)}
      {wrong && <span class="why"> {why}</span>}
    </td>
  );
}
