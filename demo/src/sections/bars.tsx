/** The scores and shares of the first screen: a lane and a bar for each class, both to be dragged. */
import { fixed, percent, plain, wholePercent } from '../format.ts';
import { CLASS_COLOURS, ClassMark } from '../ui/class-mark.tsx';
import { draggable } from '../ui/draggable.ts';
import { NumberCell } from '../ui/number-cell.tsx';
import { NAMES, probabilities, setScore, setShare, span, z } from './scores-model.ts';

/** Shares that a bar can be dragged to: at 0 and 1 no score is large enough. */
const [LEAST, MOST] = [0.001, 0.999];

export function Bars() {
  return (
    <div class="bars">
      <p class="bars-head" aria-hidden="true">
        <span>
          score <i>z</i>
        </span>
        <span>probability</span>
      </p>
      {NAMES.map((name, i) => (
        <div class="bars-row" key={name} style={{ '--ink-class': CLASS_COLOURS[i] }}>
          <span class="bars-name">
            <ClassMark index={i} /> {name}
          </span>
          <NumberCell
            live
            label={`score of ${name}`}
            step={0.1}
            text={scoreText(z.value[i])}
            onCommit={(value) => setScore(i, value)}
          />
          <Lane index={i} />
          <ShareBar index={i} />
        </div>
      ))}
    </div>
  );
}

export function scoreText(value: number): string {
  return Number.isInteger(value) ? fixed(value, 1) : plain(value);
}

function Lane({ index }: { index: number }) {
  const [low, high] = span.value;
  const value = z.value[index];
  const share = (x: number): string => `${(100 * (x - low)) / (high - low)}%`;
  const props = draggable({
    ...{ label: `score of ${NAMES[index]}, to be dragged`, value, text: plain(value) },
    ...{ min: low, max: high, step: high - low > 30 ? (high - low) / 200 : 0.1 },
    set: (next) => setScore(index, next),
    at: (x, _, { width }) => low + (x / width) * (high - low),
  });
  return (
    <div class="lane" data-frame {...props}>
      {low < 0 && high > 0 && <span class="lane-zero" style={{ left: share(0) }} />}
      <span class="lane-knob" style={{ left: share(value) }} />
    </div>
  );
}

function ShareBar({ index }: { index: number }) {
  const share = probabilities.value[index];
  const props = draggable({
    ...{ label: `probability of ${NAMES[index]}`, value: share, text: percent(share, 1) },
    ...{ min: LEAST, max: MOST, step: 0.001, keyStep: 0.01 },
    set: (next) => setShare(index, next),
    at: (x, _, { width }) => x / width,
  });
  return (
    <div class="share">
      <div class="share-track" data-frame {...props}>
        <div class="share-bar" style={{ width: `${100 * share}%` }} />
        <div class="share-grip" style={{ left: `${100 * share}%` }} />
      </div>
      <output class="share-text" data-value={share} data-test={`share-${index}`}>
        {wholePercent(share)}
      </output>
    </div>
  );
}
