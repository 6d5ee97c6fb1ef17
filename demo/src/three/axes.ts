/** The box around a figure: its edges, and what its three axes measure. */
import {
  BufferGeometry,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  Vector3,
} from 'three';
import type { View } from './view.ts';

export interface Axis {
  readonly title: string;
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly (readonly [number, string])[];
}

/** Where the box lies in the scene. */
interface Box {
  readonly min: Vector3;
  readonly max: Vector3;
}

export function createAxes(view: View, { min, max }: Box, axes: readonly [Axis, Axis, Axis]): Group {
  const group = new Group();
  const corner = (x: number, y: number, z: number): Vector3 =>
    new Vector3(x ? max.x : min.x, y ? max.y : min.y, z ? max.z : min.z);
  // The floor, and three uprights at the back.
  const floor = [corner(0, 0, 0), corner(1, 0, 0), corner(1, 1, 0), corner(0, 1, 0)];
  const uprights = [0, 2, 3].flatMap((i) => [floor[i], floor[i].clone().setZ(max.z)]);
  const edges = [...floor.flatMap((from, i) => [from, floor[(i + 1) % 4]]), ...uprights];
  const geometry = new BufferGeometry();
  geometry.setAttribute(
    'position',
    new Float32BufferAttribute(
      edges.flatMap((p) => p.toArray()),
      3,
    ),
  );
  group.add(
    new LineSegments(
      geometry,
      view.material('axes', () => new LineBasicMaterial(), '--line'),
    ),
  );

  const place = (axis: number, share: number, away: number): Vector3 => {
    const at = [
      new Vector3(min.x + share * (max.x - min.x), min.y - 1.4 * away, min.z),
      new Vector3(max.x + away, min.y + share * (max.y - min.y), min.z),
      new Vector3(min.x - away, min.y - 0.4 * away, min.z + share * (max.z - min.z)),
    ];
    return at[axis];
  };
  axes.forEach(({ title, low, high, ticks }, axis) => {
    for (const [value, text] of ticks) {
      // A little inwards, so that texts do not meet at the corners.
      const share = Math.max(0.08, Math.min((value - low) / (high - low), 0.92));
      group.add(view.label(text, place(axis, share, 0.14), 'tick'));
    }
    group.add(view.label(title, place(axis, axis === 2 ? 1.14 : 0.5, axis === 2 ? 0 : 0.4), 'axis'));
  });
  return group;
}
