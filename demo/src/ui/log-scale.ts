/** Sliders over powers of ten, whose ends are 0 and infinity themselves. */
import type { Signal } from '@preact/signals';

/** Steps to each side of 1. */
export const LOG_STEPS = 61;
const PER_DECADE = 30;

/** From 0 over 0.01 and 1 to 100 and infinity. */
function fromStep(step: number): number {
  if (step <= -LOG_STEPS) return 0;
  if (step >= LOG_STEPS) return Number.POSITIVE_INFINITY;
  return Number((10 ** (step / PER_DECADE)).toPrecision(3));
}

function toStep(value: number): number {
  if (value === 0) return -LOG_STEPS;
  if (value === Number.POSITIVE_INFINITY) return LOG_STEPS;
  const step = Math.round(Math.log10(value) * PER_DECADE);
  return Math.max(1 - LOG_STEPS, Math.min(step, LOG_STEPS - 1));
}

/** The position of a slider that sets `value`, or one that sets its inverse. */
export function stepOf(value: Signal<number>, inverse = false): { value: number } {
  const sign = inverse ? -1 : 1;
  return {
    get value() {
      return sign * toStep(value.value);
    },
    set value(step) {
      value.value = fromStep(sign * step);
    },
  };
}
