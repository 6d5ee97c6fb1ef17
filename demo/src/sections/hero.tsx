/** The first screen: three bars, a dial, and what one call made of them. */
import { plain } from '../format.ts';
import { Bars } from './bars.tsx';
import { Dial } from './dial.tsx';
import { ManyBars } from './scores-many.tsx';
import {
  choose,
  kind,
  MANY,
  NAMES,
  PRESETS,
  powers,
  probabilities,
  sum,
  temperature,
  z,
} from './scores-model.ts';

export function Hero() {
  const many = kind.value === 'many';
  return (
    <header class="hero" data-test="hero">
      <div class="hero-title">
        <h1>Softmax</h1>
        <p class="lead">turns scores into probabilities. Drag a score, a bar, or the dial.</p>
      </div>
      <div class="hero-play">
        {many ? <ManyBars /> : <Bars />}
        <Dial />
      </div>
      <div class="presets" role="group" aria-label="Examples">
        {PRESETS.map((preset) => (
          <button
            type="button"
            key={preset.title}
            aria-pressed={!many && String(z.value) === String(preset.z)}
            onClick={() => choose(preset)}
          >
            {preset.title}
          </button>
        ))}
        <button type="button" aria-pressed={many} onClick={() => choose('many')}>
          {MANY} classes
        </button>
      </div>
      <p class="note hero-note" role="status">
        {many ? `One call divides 1 among ${MANY} classes with random scores.` : summary()}
      </p>
    </header>
  );
}

function summary(): string {
  const p = probabilities.value;
  const t = temperature.value;
  const most = Math.max(...p);
  const leaders = NAMES.filter((_, i) => p[i] === most);
  const names = leaders.join(' and ');
  const best = names[0].toUpperCase() + names.slice(1);
  if (t === Number.POSITIVE_INFINITY)
    return 'At T = ∞ the scores no longer matter: every class has the same share.';
  if (leaders.length > 1)
    return `${best} are tied and have the same share${t === 0 ? ': the hard maximum divides it' : ''}.`;
  if (t === 0) return `At T = 0 the largest score takes all: ${names}.`;
  if (!Number.isFinite(sum.value) || powers.value.some((power) => power === 0)) {
    return 'The exponentials have left the range of numbers. The shares are right all the same: they come from the package, which never forms them (section 2).';
  }
  return `${best} leads: softmax([${z.value.map(plain).join(', ')}]${t === 1 ? '' : `, { temperature: ${plain(t)} }`})`;
}
