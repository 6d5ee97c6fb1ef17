/** Points of a space, and the curves, surfaces and discs that are made of them, as far as they are near. */
import { BufferGeometry, CanvasTexture, Mesh, type MeshBasicMaterial, Vector3 } from 'three';
import type { Vector } from '../maths/space.ts';

/** Beyond it nothing is drawn. */
const HORIZON = 1.12;

export function toVector([x, y, z]: Vector): Vector3 {
  return new Vector3(x, y, z);
}

export function combine(weights: Float32Array, corners: readonly Vector[]): Vector3[] {
  const along = corners.map(toVector);
  return Array.from({ length: weights.length / along.length }, (_, at) => {
    const point = new Vector3();
    along.forEach((corner, i) => {
      point.addScaledVector(corner, weights[at * along.length + i]);
    });
    return point;
  });
}

export function isNear(point: Vector3): boolean {
  return point.length() < HORIZON;
}

/** Pairs of which both are near. */
export function within(pairs: readonly Vector3[]): Vector3[] {
  return pairs.filter((_, i) => isNear(pairs[i & ~1]) && isNear(pairs[i | 1]));
}

/** The stretches of a curve that are near. */
export function runs(points: readonly Vector3[]): Vector3[][] {
  const found: Vector3[][] = [[]];
  for (const point of points) {
    if (isNear(point)) found[found.length - 1].push(point);
    else if (found[found.length - 1].length > 0) found.push([]);
  }
  return found.filter((run) => run.length > 1);
}

/** A square grid of points as a surface. */
export function sheetOf(points: readonly Vector3[]): BufferGeometry {
  const side = Math.round(Math.sqrt(points.length));
  const faces: number[] = [];
  for (let i = 0; i + 1 < side; i++) {
    for (let j = 0; j + 1 < side; j++) {
      const at = i * side + j;
      faces.push(at, at + side, at + 1, at + 1, at + side, at + side + 1);
    }
  }
  const geometry = geometryOf(points);
  geometry.setIndex(faces);
  return geometry;
}

/** Cuts what lies beyond off, where it is drawn: between its points, too. */
export function endAtHorizon(material: MeshBasicMaterial): MeshBasicMaterial {
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader.replace(
      'void main() {',
      'varying vec3 at;\nvoid main() {\nat = position;',
    );
    shader.fragmentShader = shader.fragmentShader.replace(
      'void main() {',
      `varying vec3 at;\nvoid main() {\nif (length(at) > ${HORIZON}) discard;`,
    );
  };
  return material;
}

/** Points as discs. */
export function dot(): { readonly map: CanvasTexture; readonly alphaTest: number } {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [32, 32];
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = 'white';
  context.arc(16, 16, 15, 0, 2 * Math.PI);
  context.fill();
  return { map: new CanvasTexture(canvas), alphaTest: 0.5 };
}

export function flatten(points: readonly Vector3[]): number[] {
  return points.flatMap((point) => point.toArray());
}

export function quadMeshes(
  points: readonly Vector3[],
  classes: number,
  material: (index: number) => MeshBasicMaterial,
): Mesh[] {
  return Array.from({ length: points.length / 4 }, (_, i) => {
    const geometry = geometryOf(points.slice(4 * i, 4 * i + 4));
    geometry.setIndex([0, 1, 2, 0, 2, 3]);
    return new Mesh(geometry, material(i % classes));
  });
}

export function geometryOf(points: readonly Vector3[]): BufferGeometry {
  return new BufferGeometry().setFromPoints([...points]);
}
