/** A text letter by letter: how probable each was, what else might have stood there, and the text drawn anew. */
import { useEffect, useRef } from 'preact/hooks';
import { fixed, percent } from '../format.ts';
import { useReached } from '../ui/reached.ts';
import { Panel, Split } from '../ui/section.tsx';
import { Slider } from '../ui/slider.tsx';
import {
  alternatives,
  BYTES,
  data,
  drawn,
  fault,
  LENGTH,
  loadText,
  minP,
  probabilities,
  seed,
  selected,
  temperature,
  topK,
  topP,
  visible,
} from './letters-model.ts';

export function Letters() {
  const frame = useRef<HTMLDivElement>(null);
  const reached = useReached(frame);
  useEffect(() => {
    if (reached) void loadText();
  }, [reached]);
  return (
    <div ref={frame}>
      <h3>A text, letter by letter</h3>
      <Split
        figure={
          <Panel label="Letters and their alternatives">
            <Settings />
            {data.value ? <Texts /> : <p class="note">{fault.value || 'Loading …'}</p>}
          </Panel>
        }
      >
        <p>
          A small language model read a licence and said before each letter what it expected: a softmax over
          256 bytes. The deeper the colour of a letter, the more it was expected. Look at one, with the mouse,
          a finger or the arrow keys, for what else might have stood there.
        </p>
        <p>
          Below, a letter is drawn anew at each place, after the true ones before it. At a low temperature the
          likeliest win, at a high one anything goes; filters keep only the k likeliest (top-k), the fewest
          that hold a share p (top-p), or those not far below the likeliest (min-p).
        </p>
      </Split>
    </div>
  );
}

function Settings() {
  return (
    <div class="letters-settings">
      <Slider
        label="temperature"
        value={temperature}
        min={0}
        max={3}
        step={0.05}
        format={(value) => fixed(value)}
      />
      <Slider
        label="top-k"
        value={topK}
        min={0}
        max={40}
        step={1}
        format={(value) => (value === 0 ? 'off' : String(value))}
      />
      <Slider
        label="top-p"
        value={topP}
        min={0.05}
        max={1}
        step={0.05}
        format={(value) => (value === 1 ? 'off' : fixed(value))}
      />
      <Slider
        label="min-p"
        value={minP}
        min={0}
        max={0.5}
        step={0.01}
        format={(value) => (value === 0 ? 'off' : fixed(value))}
      />
      <button
        type="button"
        onClick={() => {
          seed.value = (seed.value + 1) % 1e6;
        }}
      >
        Draw again
      </button>
    </div>
  );
}

function Texts() {
  const truth = data.value?.truth ?? new Int32Array();
  const p = probabilities.value ?? new Float32Array();
  const ids = drawn.value ?? new Int32Array();
  const at = selected.value;
  const same = ids.reduce((count, byte, i) => count + Number(byte === truth[i]), 0);
  const share = (i: number): number => p[i * BYTES + truth[i]];
  const look = (event: Event): void => {
    const index = (event.target as HTMLElement).closest<HTMLElement>('[data-at]')?.dataset.at;
    if (index) selected.value = Number(index);
  };
  return (
    <div onPointerOver={look} onPointerDown={look}>
      <p class="chart-title">As it stands</p>
      <div
        class="letters"
        role="slider"
        tabIndex={0}
        aria-label="letter that is looked at"
        aria-valuemin={0}
        aria-valuemax={LENGTH - 1}
        aria-valuenow={at}
        aria-valuetext={`${at + 1}: ${visible(truth[at])}, ${percent(share(at), 1)}`}
        onKeyDown={(event) => {
          const moves: Record<string, number> = {
            ArrowLeft: at - 1,
            ArrowRight: at + 1,
            Home: 0,
            End: LENGTH - 1,
          };
          const next = moves[event.key];
          if (next === undefined) return;
          event.preventDefault();
          selected.value = Math.max(0, Math.min(next, LENGTH - 1));
        }}
      >
        {Array.from(truth, (byte, i) => (
          <Letter
            key={String(i)}
            {...{ byte, index: i }}
            style={{ '--sure': `${Math.round(100 * share(i))}%` }}
          />
        ))}
      </div>
      <Alternatives truth={truth[at]} drawn={ids[at]} />
      <p class="chart-title">
        Drawn anew{' '}
        <span class="soft">
          {same} of {LENGTH} are as they stood; the others are marked
        </span>
      </p>
      <div class="letters drawn" data-test="drawn" data-value={ids.join(' ')}>
        {Array.from(ids, (byte, i) => (
          <Letter key={String(i)} {...{ byte, index: i }} other={byte !== truth[i]} />
        ))}
      </div>
    </div>
  );
}

interface LetterProps {
  readonly byte: number;
  readonly index: number;
  readonly other?: boolean;
  readonly style?: Record<string, string>;
}

function Letter({ byte, index, other, style }: LetterProps) {
  const kinds = [selected.value === index && 'selected', other && 'other'].filter(Boolean);
  return (
    <span data-at={index} class={kinds.join(' ') || undefined} style={style}>
      {byte === 32 ? ' ' : visible(byte)}
      {byte === 10 && <br />}
    </span>
  );
}

function Alternatives({ truth, drawn: here }: { truth: number; drawn: number }) {
  return (
    <ol class="alternatives" aria-label="The likeliest letters there" data-test="alternatives">
      {alternatives.value.map(({ byte, share }) => (
        <li key={byte} data-value={share} class={byte === truth ? 'true' : undefined}>
          <span class="alternatives-letter">{visible(byte)}</span>
          <span class="alternatives-bar" aria-hidden="true">
            <span style={{ width: `${100 * share}%` }} />
          </span>
          <span class="alternatives-share">{percent(share, 1)}</span>
          <span class="soft">
            {byte === truth && 'stood here'}
            {byte === truth && byte === here && ', '}
            {byte === here && 'drawn'}
          </span>
        </li>
      ))}
    </ol>
  );
}
