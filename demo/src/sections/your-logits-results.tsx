/** What section 8 says of files: figures, the most probable classes, reliability. */
import type { Figures, FilesResult } from '../files/worker.ts';
import { fixed, grouped, percent } from '../format.ts';
import { remembered, whole } from '../state.ts';
import { Chart } from '../ui/chart.tsx';
import { CopyText } from '../ui/copy-text.tsx';
import { TableScroll } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';

const ROWS_SHOWN = 5;

const firstRow = remembered('row', 0, whole(0, 199));

interface ResultsProps extends FilesResult {
  /** The names of the files. */
  readonly names: { readonly logits: string; readonly labels: string | undefined };
}

export function Results({ names, rows, classes, backend, top, evaluation, calibration }: ResultsProps) {
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
      <TopTable top={top} />
      {calibration && 'refused' in calibration && <p class="note">No calibration: {calibration.refused}</p>}
      {before && after && (
        <>
          <div class="charts">
            <Reliability figures={before} title="Reliability as it is, T = 1" />
            <Reliability
              figures={after}
              title={`Reliability at the fitted T = ${fixed(after.temperature, 3)}`}
            />
          </div>
          <CalibrationTable {...{ before, after }} />
        </>
      )}
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

function TopTable({ top }: Pick<FilesResult, 'top'>) {
  if (top.length === 0) return null;
  const last = Math.max(0, top.length - ROWS_SHOWN);
  const first = Math.min(firstRow.value, last);
  return (
    <>
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
                      {id}
                    </span>{' '}
                    {percent(probabilities[at], 1)}
                  </td>
                ))}
                {label !== undefined && <td class="num">{label}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}

function Reliability({ figures, title }: { figures: Figures; title: string }) {
  return (
    <Chart
      key={title}
      title={title}
      description={`Accuracy over confidence in ${figures.bins.length} bins; the dashed diagonal is perfect calibration.`}
      height={300}
      draw={(plot) => {
        const bins = figures.bins.filter(({ count }) => count > 0);
        return {
          x: { label: 'confidence', domain: [0, 1] },
          y: { label: 'accuracy', domain: [0, 1], grid: true },
          marks: [
            plot.rect(bins, {
              x1: 'low',
              x2: 'high',
              y1: 0,
              y2: 'accuracy',
              fill: 'var(--class-1)',
              fillOpacity: 0.6,
              inset: 0.5,
            }),
            plot.link([{}], { x1: 0, y1: 0, x2: 1, y2: 1, strokeDasharray: '4 4', stroke: 'currentColor' }),
            plot.ruleX(bins, {
              x: 'confidence',
              y1: 'accuracy',
              y2: 'confidence',
              stroke: 'var(--class-2)',
              strokeWidth: 2,
            }),
            plot.dot(bins, { x: 'confidence', y: 'confidence', r: 2.5, fill: 'var(--class-2)' }),
            plot.ruleY([0]),
          ],
        };
      }}
    />
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
