/** Functions of two numbers as surfaces over them. */
import { Group, Vector3 } from 'three';
import { type Axis, createAxes } from './axes.ts';
import { createSheet } from './sheet.ts';
import { clear, type Place, type View } from './view.ts';

export interface Sheet {
  /** `[side, side]`, the second coordinate changing faster. */
  readonly values: Float32Array;
  /** By height, or one of the classes'. */
  readonly colour: 'ramp' | number;
}

export interface SurfaceData {
  readonly sheets: readonly Sheet[];
  readonly side: number;
  /** Both coordinates go from −range to range. */
  readonly range: number;
  readonly low: number;
  readonly high: number;
  /** What the two coordinates and the height are. */
  readonly titles: readonly [string, string, string];
  readonly ticks: readonly (readonly [number, string])[];
  /** Fades out what is all but flat on the floor. */
  readonly fading?: boolean;
  /** The second coordinate grows away from the reader, as on a map; else towards, so that the slope of p₁ is in view. */
  readonly map?: boolean;
}

export const SURFACE_CENTRE: Place = [0, 0, 0.3];
export const SURFACE_FROM: Place = [1.55, -3.9, 2.65];
const BOX = { min: new Vector3(-1, -1, 0), max: new Vector3(1, 1, 1.1) };

export function createSurface(view: View): (data: SurfaceData) => void {
  const group = new Group();
  const frame = new Group();
  view.scene.add(group, frame);
  let sheets: ReturnType<typeof createSheet>[] = [];
  let framed = '';
  return (data) => {
    if (sheets.length !== data.sheets.length) {
      clear(group);
      sheets = data.sheets.map((_, i) => createSheet(view, data.side, i, BOX.max.z));
      group.add(...sheets.flatMap(({ parts }) => parts));
    }
    data.sheets.forEach((sheet, i) => {
      sheets[i].show(data, sheet);
    });
    const axes = axesOf(data);
    const saying = JSON.stringify([axes, view.colour('--line')]);
    if (framed !== saying) {
      clear(frame);
      frame.add(createAxes(view, BOX, axes));
      framed = saying;
    }
    view.request();
  };
}

function axesOf({ range, low, high, titles, ticks, map }: SurfaceData): readonly [Axis, Axis, Axis] {
  const away = map ? 1 : -1;
  const sides = [-range, 0, range].map((value) => [value, String(value).replace('-', '−')] as const);
  return [
    { title: titles[0], low: -range, high: range, ticks: sides },
    { title: titles[1], low: -away * range, high: away * range, ticks: sides },
    { title: titles[2], low, high, ticks },
  ];
}
