/** The plane from above: where each class is likely, its centre and its spread to be dragged. */
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { fixed } from '../format.ts';
import { colourChanges } from '../theme.ts';
import { CLASS_COLOURS, CLASS_MARKS } from '../ui/class-mark.tsx';
import { cssColour } from '../ui/css-colour.ts';
import { draggable } from '../ui/draggable.ts';
import { draggablePoint } from '../ui/draggable-point.ts';
import { count, GRID, LEAST_SPREAD, MOST_SPREAD, means, REACH, shares, spread } from './gaussians-model.ts';

/** How much of the paper shines through the classes' colours. */
const WASH = 0.45;

export function Plan() {
  const at = (x: number, y: number): { left: string; top: string } => ({
    left: `${(50 * (x + REACH)) / REACH}%`,
    top: `${(50 * (REACH - y)) / REACH}%`,
  });
  const each = Array.from({ length: count.value }, (_, c) => c);
  const [x, y] = means.value;
  const grip = draggable({
    ...{ label: 'spread σ', value: spread.value, text: fixed(spread.value) },
    ...{ min: LEAST_SPREAD, max: MOST_SPREAD, step: 0.01, keyStep: 0.1 },
    set: (value) => {
      spread.value = value;
    },
    at: (px, py, { width, height }) =>
      Math.hypot((px / width) * 2 * REACH - REACH - x, REACH - (py / height) * 2 * REACH - y),
  });
  // Towards the middle of the plane, where the grip is always in view.
  const angle = Math.atan2(-y, -x || 1);
  return (
    <figure class="plan-figure">
      <figcaption class="chart-title">The plane from above</figcaption>
      <div class="plan" data-frame>
        <Wash />
        <svg viewBox={`${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`} aria-hidden="true">
          {each.map((c) =>
            [1, 2].map((times) => (
              <circle
                key={`${c} ${times}`}
                cx={means.value[2 * c]}
                cy={-means.value[2 * c + 1]}
                r={times * spread.value}
                class={times === 1 ? 'plan-ring' : 'plan-ring outer'}
                style={{ stroke: CLASS_COLOURS[c] }}
              />
            )),
          )}
        </svg>
        {each.map((c) => {
          const [mx, my] = [means.value[2 * c], means.value[2 * c + 1]];
          const props = draggablePoint({
            ...{ label: `centre of class ${c + 1}`, x: mx, y: my, reach: REACH, step: 0.1 },
            text: `${fixed(mx, 1)}, ${fixed(my, 1)}`,
            set: (nx, ny) => {
              means.value = means.value.map((old, i) => (i === 2 * c ? nx : i === 2 * c + 1 ? ny : old));
            },
          });
          return (
            <div
              key={String(c)}
              class="plan-knob"
              style={{ ...at(mx, my), '--ink-class': CLASS_COLOURS[c] }}
              {...props}
            >
              {CLASS_MARKS[c]}
            </div>
          );
        })}
        <div
          class="plan-knob grip"
          style={{
            ...at(x + spread.value * Math.cos(angle), y + spread.value * Math.sin(angle)),
            rotate: `${-angle}rad`,
          }}
          {...grip}
        >
          ↔
        </div>
      </div>
      <p class="hint">
        Drag the centres, or the ring for the spread: σ = {fixed(spread.value)}, T = σ² ={' '}
        {fixed(spread.value ** 2)}.
      </p>
    </figure>
  );
}

/** The posterior as a mixture of the classes' colours. */
function Wash() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(
    () =>
      effect(() => {
        colourChanges.value;
        const context = canvas.current?.getContext('2d');
        if (!context) return;
        const { side } = GRID;
        const inks = Array.from({ length: count.value }, (_, c) => cssColour(`--class-${c + 1}`));
        const paper = cssColour('--panel');
        const image = context.createImageData(side, side);
        for (let i = 0; i < side; i++) {
          for (let j = 0; j < side; j++) {
            // Rows of an image go down, the second coordinate up.
            const pixel = 4 * ((side - 1 - j) * side + i);
            for (let rgb = 0; rgb < 3; rgb++) {
              let ink = 0;
              for (let c = 0; c < inks.length; c++)
                ink += shares.value[(i * side + j) * inks.length + c] * inks[c][rgb];
              image.data[pixel + rgb] = WASH * ink + (1 - WASH) * paper[rgb];
            }
            image.data[pixel + 3] = 255;
          }
        }
        context.putImageData(image, 0, 0);
      }),
    [],
  );
  return <canvas ref={canvas} width={GRID.side} height={GRID.side} />;
}
