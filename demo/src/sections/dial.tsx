/** The temperature as a dial: from the hard maximum on its left end to uniform on its right. */
import { significant } from '../format.ts';
import { draggable } from '../ui/draggable.ts';
import { LOG_STEPS, stepOf } from '../ui/log-scale.ts';
import { temperature } from './scores-model.ts';

const SIZE = 240;
const CENTRE = SIZE / 2;
const RADIUS = 96;
/** Degrees to each side of the top. */
const SWING = 135;
const TICKS = 45;

const step = stepOf(temperature);

export function Dial() {
  const t = temperature.value;
  const angle = angleOf(step.value);
  const knob = place(angle, RADIUS);
  const text = dialText(t);
  const props = draggable({
    ...{ label: 'Temperature T', value: step.value, min: -LOG_STEPS, max: LOG_STEPS, step: 1, text },
    set: (value) => {
      step.value = value;
    },
    at: (x, y, { width, height }) => stepAt(x - width / 2, y - height / 2),
  });
  return (
    <div class="dial" data-frame {...props} data-test="dial">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} aria-hidden="true">
        {Array.from({ length: TICKS }, (_, i) => {
          const at = ((2 * i) / (TICKS - 1) - 1) * SWING;
          const [a, b] = [place(at, RADIUS - 11), place(at, RADIUS + 11)];
          const heat = `${Math.round((100 * i) / (TICKS - 1))}%`;
          return (
            <line
              key={i}
              {...{ x1: a.x, y1: a.y, x2: b.x, y2: b.y }}
              class={at <= angle ? 'dial-tick passed' : 'dial-tick'}
              style={{ '--heat-share': heat }}
            />
          );
        })}
        <circle class="dial-knob" cx={knob.x} cy={knob.y} r="17" />
        <circle class="dial-dot" cx={knob.x} cy={knob.y} r="5" />
        <text class="dial-name" x={CENTRE} y="86">
          temperature
        </text>
        <text class="dial-value" x={CENTRE} y="132">
          {significant(t)}
        </text>
        <text class="dial-name" x={CENTRE} y="157">
          β = 1/T = {significant(1 / t)}
        </text>
        <text class="dial-end" x="40" y="228">
          hard max
        </text>
        <text class="dial-end" x="200" y="228">
          uniform
        </text>
      </svg>
      <div class="dial-core" onPointerDown={(event) => event.stopPropagation()} />
    </div>
  );
}

function dialText(t: number): string {
  const note = t === 0 ? ', hard maximum' : t === Number.POSITIVE_INFINITY ? ', uniform' : '';
  return `${significant(t)}${note}`;
}

function angleOf(value: number): number {
  return (value / LOG_STEPS) * SWING;
}

/** A point at an angle from the top, clockwise. */
function place(degrees: number, radius: number): { x: number; y: number } {
  const angle = (degrees * Math.PI) / 180;
  return { x: CENTRE + radius * Math.sin(angle), y: CENTRE - radius * Math.cos(angle) };
}

/** The step towards which a point lies, seen from the centre; the gap at the bottom belongs to the nearer end. */
function stepAt(x: number, y: number): number {
  const degrees = (Math.atan2(x, -y) * 180) / Math.PI;
  return (Math.max(-SWING, Math.min(degrees, SWING)) / SWING) * LOG_STEPS;
}
