/** Functions of two numbers as surfaces over them. */
import {
  BufferGeometry,
  type Color,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  MathUtils,
  Mesh,
  MeshLambertMaterial,
  Vector3,
} from 'three';
import { createAxes } from './axes.ts';
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
/** Every so many points a line, so that the shape can be read without its colours. */
const MESH_STEP = 4;
/** Below the first of these heights nothing is seen, above the second everything. */
const FADE = [0.006, 0.05];

export function createSurface(view: View): (data: SurfaceData) => void {
  const group = new Group();
  view.scene.add(group);
  return (data) => {
    clear(group);
    data.sheets.forEach((sheet, i) => {
      group.add(...drawSheet(view, data, sheet, i));
    });
    const { range, low, high, titles, ticks, map } = data;
    const away = map ? 1 : -1;
    const sides = [-range, 0, range].map((value) => [value, String(value).replace('-', '−')] as const);
    group.add(
      createAxes(view, BOX, [
        { title: titles[0], low: -range, high: range, ticks: sides },
        { title: titles[1], low: -away * range, high: away * range, ticks: sides },
        { title: titles[2], low, high, ticks },
      ]),
    );
    view.request();
  };
}

function drawSheet(view: View, data: SurfaceData, { values, colour }: Sheet, order: number) {
  const { side, low, high, fading, map } = data;
  const points: number[] = [];
  const colours: number[] = [];
  const ramp = ['--ramp-low', '--ramp-middle', '--ramp-high'].map(view.colour);
  const plain = typeof colour === 'number' ? view.colour(`--class-${colour + 1}`) : undefined;
  const share = (at: number): number => (values[at] - low) / (high - low);
  const opacity = (at: number): number => (fading ? MathUtils.smoothstep(share(at), FADE[0], FADE[1]) : 1);
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const at = i * side + j;
      const y = (2 * j) / (side - 1) - 1;
      points.push((2 * i) / (side - 1) - 1, map ? y : -y, share(at) * BOX.max.z);
      colours.push(...(plain?.toArray() ?? blend(ramp, share(at))), opacity(at));
    }
  }
  const faces: number[] = [];
  const lines: number[] = [];
  const seen = (...corners: number[]): boolean => corners.some((at) => opacity(at) > 0);
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const at = i * side + j;
      if (i + 1 < side && j + 1 < side && seen(at, at + 1, at + side, at + side + 1))
        faces.push(at, at + side, at + 1, at + 1, at + side, at + side + 1);
      if (i % MESH_STEP === 0 && j + 1 < side && seen(at, at + 1)) lines.push(at, at + 1);
      if (j % MESH_STEP === 0 && i + 1 < side && seen(at, at + side)) lines.push(at, at + side);
    }
  }
  const positions = new Float32BufferAttribute(points, 3);
  const surface = new BufferGeometry();
  surface.setAttribute('position', positions);
  surface.setAttribute('color', new Float32BufferAttribute(colours, 4));
  surface.setIndex(faces);
  surface.computeVertexNormals();
  const material = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide, polygonOffset: true });
  material.transparent = fading === true;
  // Behind its lines; and where sheets touch, one behind the other.
  material.polygonOffsetFactor = 1 + order;
  material.polygonOffsetUnits = 1 + 8 * order;
  const mesh = new BufferGeometry();
  mesh.setAttribute('position', positions.clone());
  const dark = view.colour('--mesh').toArray();
  const inks = Array.from(values, (_, at) => [...dark, opacity(at)]).flat();
  mesh.setAttribute('color', new Float32BufferAttribute(inks, 4));
  mesh.setIndex(lines);
  const ink = new LineBasicMaterial({ vertexColors: true, transparent: true, opacity: 0.4 });
  return [new Mesh(surface, material), new LineSegments(mesh, ink)];
}

function blend([low, middle, high]: readonly Color[], share: number): number[] {
  const colour = share < 0.5 ? low.clone().lerp(middle, 2 * share) : middle.clone().lerp(high, 2 * share - 1);
  return colour.toArray();
}
