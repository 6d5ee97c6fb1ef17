/** A colour of the style sheet's, by the name of its custom property, as red, green and blue from 0 to 255. */
let probe: HTMLElement | undefined;

export function cssColour(property: string): readonly [number, number, number] {
  if (!probe) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${property})`;
  const [red, green, blue] = getComputedStyle(probe)
    .color.match(/[\d.]+/g)
    ?.map(Number) ?? [0, 0, 0];
  return [red, green, blue];
}
