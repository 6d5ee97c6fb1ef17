/** 9. Race. */
import { loadSync } from 'softmax-simd';
import { grouped } from '../format.ts';
import { CopyText } from '../ui/copy-text.tsx';
import { Panel, Section, Split } from '../ui/section.tsx';
import { FinishedLanes, Lanes } from './race-lanes.tsx';
import {
  busy,
  card,
  chosen,
  contenders,
  cores,
  heats,
  outcome,
  packed,
  running,
  SHAPES,
  shapes,
  start,
  stop,
  threadChoices,
  threadCount,
  threads,
} from './race-run.ts';

const fastest = loadSync();

export function Race() {
  return (
    <Section id="race" number={9} title="A race on this device">
      <Split
        figure={
          <Panel label="Race">
            <Settings />
            <p class="note" role="status">
              {busy.value ? 'The race is on.' : outcome.value || 'A heat takes two or three seconds.'}
            </p>
            <Heats />
          </Panel>
        }
      >
        <p>
          The package computes in WebAssembly, four numbers at a time. How much that gains over plain
          JavaScript depends on the device, the browser and the shape of the data, so here is the measurement
          rather than a claim.
        </p>
        <p>
          The contenders take turns of equal time until the first is at the finish; the others then stand
          where they have come to. Every result is checked against 64-bit arithmetic first. Numbers are 10⁹
          elements per second, the median of the turns and its quartiles, and how many times as fast as plain
          JavaScript.
        </p>
        <p data-test="host">{hostText()}</p>
      </Split>
    </Section>
  );
}

function hostText(): string {
  const isolated = crossOriginIsolated
    ? `This page is cross-origin isolated, so memory can be shared and up to ${cores} threads can work on it.`
    : 'This page is not cross-origin isolated (its server does not send the COOP and COEP headers), so memory cannot be shared: everything runs on one thread.';
  const reason = fastest.reason ? ` (${fastest.reason})` : '';
  return `The fastest backend here is ${fastest.backend}${reason}. ${isolated}`;
}

function Settings() {
  return (
    <>
      <fieldset class="shapes">
        <legend>rows × columns</legend>
        {SHAPES.map(({ rows, cols, what }, i) => (
          <label class="check" key={what}>
            <input
              type="checkbox"
              checked={chosen.value.includes(i)}
              disabled={busy.value}
              onChange={(event) => {
                const without = chosen.value.filter((at) => at !== i);
                chosen.value = event.currentTarget.checked ? [...without, i].sort() : without;
              }}
            />
            <span class="nowrap">
              {grouped(rows)} × {grouped(cols)}
            </span>{' '}
            <span class="soft">{what}</span>
          </label>
        ))}
      </fieldset>
      <div class="controls row">
        {busy.value ? (
          <button type="button" class="primary" onClick={() => stop('Stopped.')}>
            Stop
          </button>
        ) : (
          <button type="button" class="primary" disabled={shapes.value.length === 0} onClick={start}>
            Start the race
          </button>
        )}
        <label class="inline">
          threads{' '}
          <select
            disabled={busy.value || threadChoices.length === 1}
            onChange={(event) => {
              threads.value = Number(event.currentTarget.value);
            }}
          >
            {threadChoices.map((count) => (
              <option key={count} value={count} selected={threadCount.value === count}>
                {count}
              </option>
            ))}
          </select>
        </label>
      </div>
    </>
  );
}

function Heats() {
  const over = card.value?.heats ?? heats.value;
  const now = running.value;
  const names = contenders.value.filter(({ runs }) => runs).map(({ name }) => name);
  return (
    <>
      {over.map((heat) => (
        <FinishedLanes key={`${heat.rows} ${heat.cols}`} heat={heat} />
      ))}
      {now && <Lanes {...now.running} {...{ names, shares: now.shares }} />}
      {contenders.value
        .filter(({ runs }) => !runs)
        .map(({ name, reason }) => (
          <p class="note" key={name}>
            {name} does not run here: {reason}
          </p>
        ))}
      {card.value && (
        <div class="card" data-test="card">
          <p class="note">
            Measured by {card.value.device}
            {heats.value.length === 0 && ', where this link comes from. Start the race to compare'}.
          </p>
          <button type="button" onClick={save}>
            Save as a picture
          </button>
          <CopyText label="Link with these numbers" text={cardLink()} />
        </div>
      )}
    </>
  );
}

function cardLink(): string {
  // The address follows the state a little later: put together here, it is never late.
  const query = new URLSearchParams({ card: packed.value });
  return `${location.origin}${location.pathname}#race?${query}`;
}

async function save(): Promise<void> {
  const shown = card.value;
  if (!shown) return;
  const { saveCard } = await import('../race/picture.ts');
  saveCard(shown);
}
