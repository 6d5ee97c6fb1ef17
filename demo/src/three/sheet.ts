/** One surface over a square grid, with lines on it so that its shape can be read without its colours. */
import {
  BufferAttribute,
  BufferGeometry,
  type Color,
  DoubleSide,
  LineBasicMaterial,
  LineSegments,
  MathUtils,
  Mesh,
  MeshLambertMaterial,
  type Object3D,
} from 'three';
import type { Sheet, SurfaceData } from './surface.ts';
import type { View } from './view.ts';

/** Every so many points a line. */
const LINE_STEP = 4;
/** Below the first of these heights what fades is not seen, above the second it is as it is. */
const FADE = [0.006, 0.05];

/**
 * Made once for a number of points a side; then only its numbers change.
 *
 * @param order of several sheets: where they touch, one is to lie behind the other
 * @param top the height in the scene of a value of `high`
 */
export function createSheet(view: View, side: number, order: number, top: number) {
  const points = side * side;
  const attribute = (size: number) => new BufferAttribute(new Float32Array(points * size), size);
  const [positions, colours, inks] = [attribute(3), attribute(4), attribute(4)];
  const { faces, lines } = gridOf(side);
  const surface = new BufferGeometry();
  surface.setAttribute('position', positions);
  surface.setAttribute('color', colours);
  surface.setIndex(faces);
  const mesh = new BufferGeometry();
  mesh.setAttribute('position', positions);
  mesh.setAttribute('color', inks);
  mesh.setIndex(lines);
  const faceted = new Mesh<BufferGeometry, MeshLambertMaterial>(surface);
  const lined = new LineSegments<BufferGeometry, LineBasicMaterial>(mesh);
  const parts: readonly Object3D[] = [faceted, lined];
  for (const part of parts) part.frustumCulled = false;

  const show = ({ low, high, fading = false, map }: SurfaceData, { values, colour }: Sheet): void => {
    faceted.material = view.material(`sheet ${order} ${fading}`, () => sheetMaterial(order, fading));
    lined.material = view.material('sheet lines', lineMaterial);
    const ramp = ['--ramp-low', '--ramp-middle', '--ramp-high'].map(view.colour);
    const dark = view.colour('--mesh');
    const plain = typeof colour === 'number' ? view.colour(`--class-${colour + 1}`) : undefined;
    for (let at = 0; at < points; at++) {
      const height = (values[at] - low) / (high - low);
      const [x, y] = [Math.floor(at / side), at % side].map((i) => (2 * i) / (side - 1) - 1);
      positions.setXYZ(at, x, map ? y : -y, height * top);
      const { r, g, b } = plain ?? blend(ramp, height);
      const opacity = fading ? MathUtils.smoothstep(height, FADE[0], FADE[1]) : 1;
      colours.setXYZW(at, r, g, b, opacity);
      inks.setXYZW(at, dark.r, dark.g, dark.b, opacity);
    }
    for (const changed of [positions, colours, inks]) changed.needsUpdate = true;
    surface.computeVertexNormals();
  };
  return { parts, show };
}

function gridOf(side: number): { faces: number[]; lines: number[] } {
  const faces: number[] = [];
  const lines: number[] = [];
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const at = i * side + j;
      if (i + 1 < side && j + 1 < side) faces.push(at, at + side, at + 1, at + 1, at + side, at + side + 1);
      if (i % LINE_STEP === 0 && j + 1 < side) lines.push(at, at + 1);
      if (j % LINE_STEP === 0 && i + 1 < side) lines.push(at, at + side);
    }
  }
  return { faces, lines };
}

function sheetMaterial(order: number, fading: boolean): MeshLambertMaterial {
  const material = new MeshLambertMaterial({ vertexColors: true, side: DoubleSide, polygonOffset: true });
  material.transparent = fading;
  // What is not seen is not to hide what lies behind it.
  material.alphaTest = fading ? 0.01 : 0;
  // Behind its lines.
  material.polygonOffsetFactor = 1 + order;
  material.polygonOffsetUnits = 1 + 8 * order;
  return material;
}

function lineMaterial(): LineBasicMaterial {
  return new LineBasicMaterial({ vertexColors: true, transparent: true, opacity: 0.4 });
}

function blend([low, middle, high]: readonly Color[], share: number): Color {
  return share < 0.5 ? low.clone().lerp(middle, 2 * share) : middle.clone().lerp(high, 2 * share - 1);
}
