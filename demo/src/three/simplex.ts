/** The simplex: where all probabilities of 3, 4 or 5 classes lie. */
import {
  BufferGeometry,
  Float32BufferAttribute,
  Group,
  Line,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  Points,
  PointsMaterial,
  SphereGeometry,
  Vector3,
} from 'three';
import { clear, type View } from './view.ts';

export interface SimplexData {
  readonly classes: number;
  /** A cloud of probabilities, `[points, classes]`. */
  readonly cloud: Float32Array;
  /** One prediction from β = 0 to β = ∞, `[points, classes]`. */
  readonly curve: Float32Array;
  /** Where it is now, `[classes]`. */
  readonly point: Float32Array;
  /** Five classes take four dimensions: the angle by which they are turned before one is left out. */
  readonly turn: number;
}

export const SIMPLEX_CENTRE: Vector3 = new Vector3(0, 0, 0.18);
export const SIMPLEX_FROM: Vector3 = new Vector3(3.5, -1.6, 1.2);

export function createSimplex(view: View): (data: SimplexData) => void {
  const group = new Group();
  view.scene.add(group);
  return ({ classes, cloud, curve, point, turn }) => {
    clear(group);
    const corners = cornersOf(classes, turn);
    const edges = corners.flatMap((a, i) => corners.slice(i + 1).flatMap((b) => [a, b]));
    group.add(
      new LineSegments(geometryOf(edges), new LineBasicMaterial({ color: view.colour('--ink-soft') })),
    );
    const dots = new PointsMaterial({ color: view.colour('--class-1'), size: 0.042 });
    group.add(new Points(geometryOf(mix(cloud, corners)), dots));
    const path = new LineBasicMaterial({ color: view.colour('--class-2') });
    group.add(new Line(geometryOf(mix(curve, corners)), path));
    const ball = new Mesh(
      new SphereGeometry(0.045, 20, 14),
      new MeshBasicMaterial({ color: view.colour('--class-2') }),
    );
    ball.position.copy(mix(point, corners)[0]);
    group.add(ball);
    corners.forEach((corner, i) => {
      group.add(view.label(`class ${i + 1}`, corner.clone().multiplyScalar(1.16), 'axis'));
    });
    view.request();
  };
}

/** The corners, each as far from the others as from the next: exactly for 3 and 4, before projection for 5. */
function cornersOf(classes: number, turn: number): Vector3[] {
  if (classes === 3) {
    return [90, 210, 330].map((degrees) => {
      const angle = (degrees * Math.PI) / 180;
      // Upright, facing the camera.
      return new Vector3(0.42 * Math.cos(angle), 0.91 * Math.cos(angle), Math.sin(angle));
    });
  }
  if (classes === 4) {
    const low = -1 / 3;
    const out = Math.sqrt(8) / 3;
    return [
      new Vector3(0, 0, 1),
      ...[0, 120, 240].map((degrees) => {
        const angle = (degrees * Math.PI) / 180;
        return new Vector3(out * Math.cos(angle), out * Math.sin(angle), low);
      }),
    ];
  }
  return Array.from({ length: 5 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 5;
    const half = Math.SQRT1_2;
    const [x, y, z, w] = [Math.cos(angle), Math.sin(angle), Math.cos(2 * angle), Math.sin(2 * angle)].map(
      (c) => c * half,
    );
    // Turned in the plane of the third and the fourth dimension; then the fourth is left out.
    return new Vector3(x, y, z * Math.cos(turn) - w * Math.sin(turn)).multiplyScalar(1.35);
  });
}

/** Probabilities as points: the mean of the corners that they weigh. */
function mix(p: Float32Array, corners: readonly Vector3[]): Vector3[] {
  const points: Vector3[] = [];
  for (let at = 0; at < p.length; at += corners.length) {
    const point = new Vector3();
    corners.forEach((corner, i) => {
      point.addScaledVector(corner, p[at + i]);
    });
    points.push(point);
  }
  return points;
}

function geometryOf(points: readonly Vector3[]): BufferGeometry {
  const geometry = new BufferGeometry();
  geometry.setAttribute(
    'position',
    new Float32BufferAttribute(
      points.flatMap((p) => p.toArray()),
      3,
    ),
  );
  return geometry;
}
