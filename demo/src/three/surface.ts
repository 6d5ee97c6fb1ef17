/** A function of two logits as a surface over them. */
import {
  BufferGeometry,
  type Color,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshLambertMaterial,
  Vector3,
} from 'three';
import { createAxes } from './axes.ts';
import { clear, type View } from './view.ts';

export interface SurfaceData {
  /** `[side, side]`, the second logit changing faster. */
  readonly values: Float32Array;
  readonly side: number;
  /** The logits go from −range to range. */
  readonly range: number;
  readonly low: number;
  readonly high: number;
  readonly title: string;
  readonly ticks: readonly (readonly [number, string])[];
}

export const SURFACE_CENTRE: Vector3 = new Vector3(0, 0, 0.3);
export const SURFACE_FROM: Vector3 = new Vector3(1.7, -4.3, 2.9);
const BOX = { min: new Vector3(-1, -1, 0), max: new Vector3(1, 1, 1.1) };
/** Every so many points a line, so that the shape can be read without its colours. */
const MESH_STEP = 4;

export function createSurface(view: View): (data: SurfaceData) => void {
  const group = new Group();
  view.scene.add(group);
  return (data) => {
    clear(group);
    const { side, values, low, high, range } = data;
    const points: number[] = [];
    const colours: number[] = [];
    const ramp = ['--ramp-low', '--ramp-middle', '--ramp-high'].map(view.colour);
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        const share = (values[i * side + j] - low) / (high - low);
        // The second logit grows towards the reader, so that the slope of p₁ is in view.
        points.push((2 * i) / (side - 1) - 1, 1 - (2 * j) / (side - 1), share * BOX.max.z);
        colours.push(...blend(ramp, share));
      }
    }
    const faces: number[] = [];
    const lines: number[] = [];
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        const at = i * side + j;
        if (i + 1 < side && j + 1 < side) faces.push(at, at + side, at + 1, at + 1, at + side, at + side + 1);
        if (i % MESH_STEP === 0 && j + 1 < side) lines.push(at, at + 1);
        if (j % MESH_STEP === 0 && i + 1 < side) lines.push(at, at + side);
      }
    }
    const positions = new Float32BufferAttribute(points, 3);
    const surface = new BufferGeometry();
    surface.setAttribute('position', positions);
    surface.setAttribute('color', new Float32BufferAttribute(colours, 3));
    surface.setIndex(faces);
    surface.computeVertexNormals();
    const material = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide, polygonOffset: true });
    material.polygonOffsetFactor = 1;
    material.polygonOffsetUnits = 1;
    const mesh = new BufferGeometry();
    mesh.setAttribute('position', positions.clone());
    mesh.setIndex(lines);
    const ink = new LineBasicMaterial({ color: view.colour('--mesh'), transparent: true, opacity: 0.4 });
    const ticks = [-range, 0, range].map((value) => [value, String(value).replace('-', '−')] as const);
    group.add(new Mesh(surface, material), new LineSegments(mesh, ink));
    group.add(
      createAxes(view, BOX, [
        { title: 'z₁', low: -range, high: range, ticks },
        { title: 'z₂', low: range, high: -range, ticks },
        { title: data.title, low, high, ticks: data.ticks },
      ]),
    );
    view.request();
  };
}

function blend([low, middle, high]: readonly Color[], share: number): number[] {
  const colour = share < 0.5 ? low.clone().lerp(middle, 2 * share) : middle.clone().lerp(high, 2 * share - 1);
  return colour.toArray();
}
