/** What section 10 says of files: figures, the most probable classes, reliability. */
import type { Figures, FilesResult } from '../files/worker.ts';
import { fixed, grouped, percent } from '../format.ts';
import { remembered, whole } from '../state.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import { Reliability } from './reliability.tsx';
import { classNames } from './your-logits-run.ts';

const ROWS_SHOWN = 5;

const firstRow = remembered('row', 0, whole(0, 199));

export function Results({ names, rows, classes, backend, top, evaluation, calibration }: FilesResult) {
  const before = calibration && 'before' in calibration ? calibration.before : undefined;
  const after = calibration && 'after' in calibration ? calibration.after : undefined;
  return (
    <>
      <p data-test="file">
        <strong>{names.logits}</strong>: {grouped(rows)} rows of {grouped(classes)} classes
        {names.labels && `, labels from ${names.labels}`}. Computed by <code>{backend}</code>.
      </p>
      {evaluation && (
        <dl class="figures" data-test="evaluation">
          <Figure name="accuracy" value={percent(evaluation.accuracy, 3)} />
          <Figure name="loss, nats" value={fixed(evaluation.nll, 6)} />
          <Figure name="perplexity" value={fixed(evaluation.perplexity, 6)} />
          <Figure name="rows counted" value={grouped(evaluation.rows)} />
          {evaluation.ignored > 0 && <Figure name="ignored" value={grouped(evaluation.ignored)} />}
          {after && <Figure name="fitted temperature" value={fixed(after.temperature, 6)} />}
        </dl>
      )}
      {calibration && 'refused' in calibration && <p class="note">No calibration: {calibration.refused}</p>}
      {before && after && (
        <div class="charts">
          <Reliability figures={before} title="Reliability as it is, T = 1" />
          <Reliability
            figures={after}
            title={`Reliability at the fitted T = ${fixed(after.temperature, 3)}`}
          />
        </div>
      )}
      <div class="charts lopsided">
        {before && after && <CalibrationTable {...{ before, after }} />}
        <TopTable top={top} names={classNames.value.length === classes ? classNames.value : undefined} />
      </div>
      {evaluation && (
        <CopyText
          label="All figures as JSON"
          text={JSON.stringify({ classes, backend, evaluation, calibration }, null, 1)}
        />
      )}
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function TopTable({ top, names }: Pick<FilesResult, 'top'> & { names: readonly string[] | undefined }) {
  const nameOf = (id: number): string => names?.[id] ?? String(id);
  if (top.length === 0) return null;
  const last = Math.max(0, top.length - ROWS_SHOWN);
  const first = Math.min(firstRow.value, last);
  return (
    <div>
      {last > 0 && (
        <Slider
          label="rows from"
          value={{
            get value() {
              return first;
            },
            set value(next) {
              firstRow.value = next;
            },
          }}
          min={0}
          max={last}
          step={1}
          format={(value) =>
            `${value} to ${value + ROWS_SHOWN - 1}${top.length === 200 ? ' of the first 200' : ''}`
          }
        />
      )}
      <TableScroll label="The most probable classes of each row">
        <table data-test="top">
          <caption>The most probable classes of each row; ✓ marks the label</caption>
          <thead>
            <tr>
              <th scope="col">row</th>
              {top[0].ids.map((_, i) => (
                <th scope="col" key={String(i)}>
                  {i + 1}
                </th>
              ))}
              {top[0].label !== undefined && <th scope="col">label</th>}
            </tr>
          </thead>
          <tbody>
            {top.slice(first, first + ROWS_SHOWN).map(({ ids, probabilities, label }, i) => (
              <tr key={first + i}>
                <th scope="row">{first + i}</th>
                {ids.map((id, at) => (
                  <td class={id === label ? 'num strong' : 'num'} key={String(at)}>
                    <span class="soft">
                      {id === label && '✓ '}
                      {nameOf(id)}
                    </span>{' '}
                    {percent(probabilities[at], 1)}
                  </td>
                ))}
                {label !== undefined && <td class="num">{nameOf(label)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </div>
  );
}

function CalibrationTable({ before, after }: { before: Figures; after: Figures }) {
  const rows = [
    ['temperature', 'temperature'],
    ['loss, nats', 'nll'],
    ['expected calibration error', 'ece'],
    ['maximum calibration error', 'mce'],
    ['Brier score', 'brier'],
    ['accuracy', 'accuracy'],
  ] as const;
  return (
    <TableScroll label="Calibration before and after">
      <table data-test="calibration">
        <thead>
          <tr>
            <td />
            <th scope="col">as it is</th>
            <th scope="col">fitted</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, key]) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              <td class="num">{fixed(before[key], 6)}</td>
              <td class="num">{fixed(after[key], 6)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
