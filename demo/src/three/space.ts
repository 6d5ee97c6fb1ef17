/** The space of scores, or the simplex of probabilities: the same picture of points that are numbers times directions. */
import {
  DoubleSide,
  Float32BufferAttribute,
  Group,
  Line,
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
import {
  combine,
  dot,
  endAtHorizon,
  flatten,
  geometryOf,
  isNear,
  quadMeshes,
  runs,
  sheetOf,
  toVector,
  within,
} from './space-geometry.ts';
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
  /** More levels, as curves, each of a class. */
  readonly contours: readonly { readonly index: number; readonly points: Float32Array }[];
  readonly point: Float32Array;
}

export const SPACE_CENTRE: Place = [0, 0, 0];

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
    const ink = (index: number): string => `--class-${index + 1}`;
    const faint = { transparent: true, depthWrite: false };

    quadMeshes(place(picture.quads), classes, (index) => {
      const opacity = classes === 3 ? 0.16 : 0.09;
      const glass = () => new MeshBasicMaterial({ opacity, side: DoubleSide, ...faint });
      return view.material('region', glass, classes === 3 ? ink(index) : '--ink-soft');
    }).forEach((mesh) => {
      group.add(mesh);
    });
    const edges = new LineSegmentsGeometry().setPositions(flatten(place(picture.edges)));
    const edge = view.material('edge', () => new LineMaterial({ linewidth: 1.5 }), '--ink-soft');
    group.add(new LineSegments2(edges, edge));
    const thin = view.material(
      'grid',
      () => new LineBasicMaterial({ opacity: 0.35, ...faint }),
      '--ink-soft',
    );
    group.add(new LineSegments(geometryOf(within(place(picture.grid))), thin));

    const dots = geometryOf(place(picture.cloud));
    const inks = corners.map((_, index) => view.colour(ink(index)).toArray());
    const colours = Array.from(leaders, (index) => inks[index]).flat();
    dots.setAttribute('color', new Float32BufferAttribute(colours, 3));
    const many = () => new PointsMaterial({ ...round, size: 0.05, vertexColors: true });
    group.add(new Points(dots, view.material('cloud', many)));

    for (const { index, points } of picture.contours) {
      for (const run of runs(place(points))) {
        const pale = () => new LineBasicMaterial({ opacity: 0.75, ...faint });
        group.add(new Line(geometryOf(run), view.material('contour', pale, ink(index))));
      }
    }
    const level = place(picture.level);
    if (classes === 3) {
      for (const run of runs(level)) {
        const line = new LineGeometry().setPositions(flatten(run));
        const bold = () => new LineMaterial({ linewidth: 3 });
        group.add(new Line2(line, view.material('curve', bold, ink(leader))));
      }
    } else if (classes === 4) {
      const glass = () => endAtHorizon(new MeshBasicMaterial({ ...faint, opacity: 0.38, side: DoubleSide }));
      group.add(new Mesh(sheetOf(level), view.material('surface', glass, ink(leader))));
    } else {
      const small = () => new PointsMaterial({ ...round, size: 0.022 });
      group.add(new Points(geometryOf(level.filter(isNear)), view.material('level', small, ink(leader))));
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
