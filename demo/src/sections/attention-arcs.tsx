/** Words in a row, and arcs from the one that asks to those that it gives weight to. */
import { percent } from '../format.ts';
import { asking, hidden, N, TOKENS, weights } from './attention-model.ts';

const STEP = 150;
const HEIGHT = 190;
const WIDEST = 26;

export function Arcs() {
  const from = asking.value;
  const weight = (key: number): number => weights.value[from * N + key];
  return (
    <div class="arcs">
      <svg viewBox={`0 0 ${N * STEP} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {TOKENS.map((token, key) =>
          hidden(from, key) ? null : (
            <path
              key={`${token} ${key}`}
              d={arc(from, key)}
              style={{ strokeWidth: Math.max(1, WIDEST * weight(key)), opacity: 0.25 + 0.75 * weight(key) }}
            >
              <title>{`${TOKENS[from]} → ${token}: ${percent(weight(key), 0)}`}</title>
            </path>
          ),
        )}
      </svg>
      <div class="arcs-words" role="radiogroup" aria-label="The word that asks">
        {TOKENS.map((token, key) => (
          <label
            key={`${token} ${key}`}
            class={key === from ? 'asking' : ''}
            onPointerEnter={(event) => {
              if (event.pointerType === 'mouse') asking.value = key;
            }}
          >
            <input
              type="radio"
              name="asking"
              checked={key === from}
              onChange={() => {
                asking.value = key;
              }}
            />
            <span class="arcs-word">{token}</span>
            <span class="arcs-weight" data-test={`weight-${key}`} data-value={weight(key)}>
              {hidden(from, key) ? <span class="soft">masked</span> : percent(weight(key), 0)}
            </span>
          </label>
        ))}
      </div>
    </div>
  );
}

/** From a word to another, the higher the farther; to itself a loop. */
function arc(from: number, to: number): string {
  const x = (at: number): number => (at + 0.5) * STEP;
  if (from === to) {
    const [left, right] = [x(from) - 34, x(from) + 34];
    return `M${x(from)} ${HEIGHT}C${left - 16} ${HEIGHT - 74} ${right + 16} ${HEIGHT - 74} ${x(from)} ${HEIGHT}`;
  }
  const top = HEIGHT - 40 - (Math.abs(from - to) / (N - 1)) * (HEIGHT + 20);
  return `M${x(from)} ${HEIGHT}C${x(from)} ${top} ${x(to)} ${top} ${x(to)} ${HEIGHT}`;
}
