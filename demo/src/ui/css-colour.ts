/** Colours of the style sheet's, for what cannot follow them by CSS. */
import { effect } from '@preact/signals';
import { colourChanges } from '../theme.ts';

type Rgb = readonly [number, number, number];

/** To ask the browser makes it compute styles: once for each set of colours will do. */
const known = new Map<string, Rgb>();
effect(() => {
  colourChanges.value;
  known.clear();
});
let probe: HTMLElement | undefined;

/** By the name of a custom property, as red, green and blue from 0 to 255. */
export function cssColour(property: string): Rgb {
  const old = known.get(property);
  if (old) return old;
  if (!probe) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${property})`;
  const [red, green, blue] = getComputedStyle(probe)
    .color.match(/[\d.]+/g)
    ?.map(Number) ?? [0, 0, 0];
  const colour: Rgb = [red, green, blue];
  known.set(property, colour);
  return colour;
}
