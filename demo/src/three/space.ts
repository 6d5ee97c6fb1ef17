/** The space of scores, or the simplex of probabilities: the same picture of points that are numbers times directions. */
import {
  BufferGeometry,
  CanvasTexture,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  Points,
  PointsMaterial,
  Vector3,
} from 'three';
import { Line2 } from 'three/addons/lines/Line2.js';
import { LineGeometry } from 'three/addons/lines/LineGeometry.js';
import { LineMaterial } from 'three/addons/lines/LineMaterial.js';
import { LineSegments2 } from 'three/addons/lines/LineSegments2.js';
import { LineSegmentsGeometry } from 'three/addons/lines/LineSegmentsGeometry.js';
import type { Vector } from '../maths/space.ts';
import { createKnob } from './knob.ts';
import { clear, type Place, type View } from './view.ts';

/** Points are given by their weights, `[points, classes]`. */
export interface SpacePicture {
  /** The directions in three dimensions. */
  readonly corners: readonly Vector[];
  readonly labels: readonly string[];
  /** Pairs of points. */
  readonly edges: Float32Array;
  readonly grid: Float32Array;
  readonly cloud: Float32Array;
  /** The class that leads at each point of the cloud. */
  readonly leaders: Int32Array;
  /** Four points for each part of the boundary between regions, or for each region of three. */
  readonly quads: Float32Array;
  /** A level of one class: a curve, a surface of so many points a side, or points. */
  readonly level: Float32Array;
  readonly leader: number;
  readonly point: Float32Array;
}

export const SPACE_CENTRE: Place = [0, 0, 0];
/** Beyond it nothing is drawn. */
const HORIZON = 1.12;

export function createSpace(view: View, onMove?: (to: Vector3) => void): (picture: SpacePicture) => void {
  const group = new Group();
  const knob = createKnob(view, onMove ?? (() => {}));
  if (!onMove) knob.element.classList.add('fixed');
  const names = new Group();
  view.scene.add(group, names, knob);
  const round = dot();
  return (picture) => {
    clear(group);
    const { corners, leader, leaders } = picture;
    const classes = corners.length;
    const place = (weights: Float32Array): Vector3[] => combine(weights, corners);
    const ink = (index: number) => view.colour(`--class-${index + 1}`);
    const faint = { transparent: true, depthWrite: false };

    quadMeshes(place(picture.quads), classes, (index) => {
      const colour = classes === 3 ? ink(index) : view.colour('--ink-soft');
      const opacity = classes === 3 ? 0.16 : 0.09;
      return new MeshBasicMaterial({ color: colour, opacity, side: DoubleSide, ...faint });
    }).forEach((mesh) => {
      group.add(mesh);
    });
    const edges = new LineSegmentsGeometry().setPositions(flatten(place(picture.edges)));
    group.add(
      new LineSegments2(edges, new LineMaterial({ color: view.colour('--ink-soft'), linewidth: 1.5 })),
    );
    const thin = new LineBasicMaterial({ color: view.colour('--ink-soft'), opacity: 0.35, ...faint });
    group.add(new LineSegments(geometryOf(within(place(picture.grid))), thin));

    const dots = geometryOf(place(picture.cloud));
    const colours = Array.from(leaders, (index) => ink(index).toArray()).flat();
    dots.setAttribute('color', new Float32BufferAttribute(colours, 3));
    group.add(new Points(dots, new PointsMaterial({ ...round, size: 0.05, vertexColors: true })));

    const level = place(picture.level);
    const bold = { color: ink(leader) };
    if (classes === 3) {
      for (const run of runs(level)) {
        const line = new LineGeometry().setPositions(flatten(run));
        group.add(new Line2(line, new LineMaterial({ ...bold, linewidth: 3 })));
      }
    } else if (classes === 4) {
      const surface = new MeshBasicMaterial({ ...bold, ...faint, opacity: 0.38, side: DoubleSide });
      endAtHorizon(surface);
      group.add(new Mesh(sheetOf(level), surface));
    } else {
      group.add(
        new Points(geometryOf(level.filter(isNear)), new PointsMaterial({ ...bold, ...round, size: 0.022 })),
      );
    }
    if (names.children.length !== classes) {
      clear(names);
      picture.labels.forEach((label, i) => {
        names.add(view.label(label, new Vector3(), 'axis', `var(--class-${i + 1})`));
      });
    }
    corners.forEach((corner, i) => {
      names.children[i].position.copy(toVector(corner).multiplyScalar(1.17));
    });
    knob.position.copy(place(picture.point)[0]);
    knob.element.style.color = `var(--class-${leader + 1})`;
    view.request();
  };
}

function toVector([x, y, z]: Vector): Vector3 {
  return new Vector3(x, y, z);
}

function combine(weights: Float32Array, corners: readonly Vector[]): Vector3[] {
  const along = corners.map(toVector);
  return Array.from({ length: weights.length / along.length }, (_, at) => {
    const point = new Vector3();
    along.forEach((corner, i) => {
      point.addScaledVector(corner, weights[at * along.length + i]);
    });
    return point;
  });
}

function isNear(point: Vector3): boolean {
  return point.length() < HORIZON;
}

/** Pairs of which both are near. */
function within(pairs: readonly Vector3[]): Vector3[] {
  return pairs.filter((_, i) => isNear(pairs[i & ~1]) && isNear(pairs[i | 1]));
}

/** The stretches of a curve that are near. */
function runs(points: readonly Vector3[]): Vector3[][] {
  const found: Vector3[][] = [[]];
  for (const point of points) {
    if (isNear(point)) found[found.length - 1].push(point);
    else if (found[found.length - 1].length > 0) found.push([]);
  }
  return found.filter((run) => run.length > 1);
}

/** A square grid of points as a surface. */
function sheetOf(points: readonly Vector3[]): BufferGeometry {
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
function endAtHorizon(material: MeshBasicMaterial): void {
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
}

/** Points as discs. */
function dot(): { readonly map: CanvasTexture; readonly alphaTest: number } {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [32, 32];
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = 'white';
  context.arc(16, 16, 15, 0, 2 * Math.PI);
  context.fill();
  return { map: new CanvasTexture(canvas), alphaTest: 0.5 };
}

function flatten(points: readonly Vector3[]): number[] {
  return points.flatMap((point) => point.toArray());
}

function quadMeshes(
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

function geometryOf(points: readonly Vector3[]): BufferGeometry {
  return new BufferGeometry().setFromPoints([...points]);
}
