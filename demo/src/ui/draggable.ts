/** What makes an element a slider of its own shape: dragged by mouse or finger, moved by keys and, once it is in use, by the wheel. */
import type { HTMLAttributes, TargetedPointerEvent } from 'preact';

export interface Draggable {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** What a key or the wheel adds, if not a step. */
  readonly keyStep?: number;
  readonly text: string;
  readonly set: (value: number) => void;
  /** The value at a place in the frame: the closest element around with `data-frame`. */
  readonly at: (x: number, y: number, frame: DOMRect) => number;
}

const KEYS: Record<string, number> = {
  ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 },
  ...{ PageDown: -10, PageUp: 10 },
};

export function draggable({
  label,
  value,
  min,
  max,
  step,
  keyStep = step,
  text,
  set,
  at,
}: Draggable): HTMLAttributes<HTMLDivElement> {
  const put = (next: number): void => {
    const steps = Math.round((Math.max(min, Math.min(next, max)) - min) / step);
    const rounded = Number((min + steps * step).toFixed(6));
    set(Math.min(rounded, max));
  };
  const follow = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    const frame = event.currentTarget.closest('[data-frame]')?.getBoundingClientRect();
    if (frame) put(at(event.clientX - frame.left, event.clientY - frame.top, frame));
  };
  return {
    role: 'slider',
    tabIndex: 0,
    'aria-label': label,
    'aria-valuemin': min,
    'aria-valuemax': max,
    'aria-valuenow': Math.max(min, Math.min(value, max)),
    'aria-valuetext': text,
    onPointerDown(event) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      event.currentTarget.focus({ preventScroll: true });
      event.preventDefault();
      follow(event);
    },
    onPointerMove(event) {
      if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
    },
    onKeyDown(event) {
      const ends: Record<string, number> = { Home: min, End: max };
      const move = KEYS[event.key];
      if (move === undefined && ends[event.key] === undefined) return;
      event.preventDefault();
      put(ends[event.key] ?? value + move * keyStep);
    },
    onWheel(event) {
      // Only what was chosen: else a page that is scrolled would change on the way.
      if (document.activeElement !== event.currentTarget || event.deltaY === 0) return;
      event.preventDefault();
      put(value - Math.sign(event.deltaY) * keyStep);
    },
  };
}
