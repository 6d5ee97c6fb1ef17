/** Paths of logits through training. */
import {
  BoxGeometry,
  BufferGeometry,
  CircleGeometry,
  ConeGeometry,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  SphereGeometry,
  Vector3,
} from 'three';
import type { TrainingRun } from '../training/train.ts';
import { createAxes } from './axes.ts';
import { clear, type View } from './view.ts';

export const PATHS_CENTRE: Vector3 = new Vector3(0, 0, -0.08);
export const PATHS_FROM: Vector3 = new Vector3(4.7, -2.9, 3.3);
const BOX = { min: new Vector3(-1, -1, -1), max: new Vector3(1, 1, 1) };

/** Call it with a run and the largest logit to be shown, then with each step. */
export function createPaths(view: View): {
  readonly show: (run: TrainingRun, reach: number) => void;
  readonly at: (step: number) => void;
} {
  const group = new Group();
  view.scene.add(group);
  let move: (step: number) => void = () => {};
  return {
    show(run, reach) {
      clear(group);
      const { points, classes, steps, labels, logits } = run;
      const heads: Mesh[] = [];
      const lines: Line[] = [];
      const shapes = [
        new SphereGeometry(0.028, 12, 8),
        new BoxGeometry(0.05, 0.05, 0.05),
        new ConeGeometry(0.034, 0.06, 4),
      ];
      const inks = ['--class-1', '--class-2', '--class-3'].map(view.colour);
      for (let point = 0; point < points; point++) {
        const path = new Float32Array((steps + 1) * 3);
        for (let step = 0; step <= steps; step++) {
          for (let c = 0; c < 3; c++)
            path[step * 3 + c] = logits[(step * points + point) * classes + c] / reach;
        }
        const geometry = new BufferGeometry();
        geometry.setAttribute('position', new Float32BufferAttribute(path, 3));
        const color = inks[labels[point]];
        const line = new Line(geometry, new LineBasicMaterial({ color, transparent: true, opacity: 0.75 }));
        const head = new Mesh(shapes[labels[point]].clone(), new MeshLambertMaterial({ color }));
        lines.push(line);
        heads.push(head);
        group.add(line, head);
      }
      group.add(planeOfZeroSum(view));
      const end = Math.floor(reach);
      const ticks = [-end, 0, end].map((value) => [value, String(value).replace('-', '−')] as const);
      const axis = (title: string) => ({ title, low: -reach, high: reach, ticks });
      group.add(createAxes(view, BOX, [axis('z₁'), axis('z₂'), axis('z₃')]));
      move = (step) => {
        lines.forEach((line, i) => {
          line.geometry.setDrawRange(0, step + 1);
          heads[i].position.fromBufferAttribute(line.geometry.getAttribute('position'), step);
        });
        view.request();
      };
    },
    at: (step) => move(step),
  };
}

/** Where logits lie whose sum is 0, as a disc. */
function planeOfZeroSum(view: View): Mesh {
  const material = new MeshBasicMaterial({
    color: view.colour('--ink-soft'),
    transparent: true,
    opacity: 0.13,
  });
  material.side = DoubleSide;
  material.depthWrite = false;
  const disc = new Mesh(new CircleGeometry(1.15, 48), material);
  disc.lookAt(new Vector3(1, 1, 1));
  return disc;
}
