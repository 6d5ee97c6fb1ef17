/** Paths of logits through training. */
import {
  BoxGeometry,
  BufferGeometry,
  CircleGeometry,
  ConeGeometry,
  DoubleSide,
  Float32BufferAttribute,
  Group,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  MeshLambertMaterial,
  ShaderMaterial,
  SphereGeometry,
  Vector3,
} from 'three';
import type { TrainingRun } from '../training/train.ts';
import { createAxes } from './axes.ts';
import { clear, type Place, type View } from './view.ts';

export const PATHS_CENTRE: Place = [0, 0, -0.08];
export const PATHS_FROM: Place = [5, -3.1, 3.4];
const BOX = { min: new Vector3(-1, -1, -1), max: new Vector3(1, 1, 1) };
/** After so many steps a trail has lost most of what it loses. */
const TRAIL_STEPS = 45;
/** What is left of its colour in the end. */
const FAINTEST = 0.16;

/** A cube of logits. */
export interface Bounds {
  readonly centre: Place;
  readonly half: number;
}

/** Call it with a run and the logits to be shown, then with each step. */
export function createPaths(view: View): {
  readonly show: (run: TrainingRun, bounds: Bounds) => void;
  readonly at: (step: number) => void;
} {
  const group = new Group();
  view.scene.add(group);
  let move: (step: number) => void = () => {};
  return {
    show(run, { centre, half }) {
      clear(group);
      const place = (step: number, point: number): Vector3 => {
        const at = (step * run.points + point) * run.classes;
        const [x, y, z] = centre.map((middle, c) => (run.logits[at + c] - middle) / half);
        return new Vector3(x, y, z);
      };
      const inks = ['--class-1', '--class-2', '--class-3'].map(view.colour);
      const trails = trailsOf(view, run, place, (label) => inks[label].toArray());
      const shapes = [
        new SphereGeometry(0.034, 14, 10),
        new BoxGeometry(0.058, 0.058, 0.058),
        new ConeGeometry(0.042, 0.072, 4),
      ];
      const heads = Array.from(run.labels, (label) => {
        return new Mesh(
          shapes[label].clone(),
          view.material('head', () => new MeshLambertMaterial(), `--class-${label + 1}`),
        );
      });
      group.add(trails, ...heads, planeOfZeroSum(view, centre, half));
      const axis = (title: string, middle: number) => {
        const [low, high] = [middle - half, middle + half];
        const ticks = [Math.ceil(low), 0, Math.floor(high)];
        const shown = ticks.map((value) => [value, String(value).replace('-', '−')] as const);
        return { title, low, high, ticks: shown };
      };
      const [first, second, third] = centre;
      group.add(createAxes(view, BOX, [axis('z₁', first), axis('z₂', second), axis('z₃', third)]));
      move = (step) => {
        trails.material.uniforms.now.value = step;
        heads.forEach((head, point) => {
          head.position.copy(place(step, point));
        });
        view.request();
      };
    },
    at: (step) => move(step),
  };
}

/** All paths as one: what is to come is not drawn, and what is past fades. */
function trailsOf(
  view: View,
  { points, steps, labels }: TrainingRun,
  place: (step: number, point: number) => Vector3,
  ink: (label: number) => number[],
): LineSegments<BufferGeometry, ShaderMaterial> {
  const [positions, colours, times]: number[][] = [[], [], []];
  for (let point = 0; point < points; point++) {
    for (let step = 0; step < steps; step++) {
      for (const at of [step, step + 1]) {
        positions.push(...place(at, point).toArray());
        colours.push(...ink(labels[point]));
        times.push(at);
      }
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new Float32BufferAttribute(positions, 3));
  geometry.setAttribute('ink', new Float32BufferAttribute(colours, 3));
  geometry.setAttribute('time', new Float32BufferAttribute(times, 1));
  return new LineSegments(geometry, view.material('trail', trailMaterial));
}

function trailMaterial(): ShaderMaterial {
  return new ShaderMaterial({
    transparent: true,
    depthWrite: false,
    uniforms: { now: { value: 0 } },
    vertexShader: `
      attribute vec3 ink;
      attribute float time;
      varying vec3 colour;
      varying float when;
      void main() {
        colour = ink;
        when = time;
        gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
      }`,
    fragmentShader: `
      uniform float now;
      varying vec3 colour;
      varying float when;
      void main() {
        if (when > now) discard;
        float age = exp((when - now) / ${TRAIL_STEPS.toFixed(1)});
        gl_FragColor = vec4(colour, mix(${FAINTEST}, 1.0, age));
        #include <colorspace_fragment>
      }`,
  });
}

/** Where logits lie whose sum is 0, as a disc. */
function planeOfZeroSum(view: View, centre: Place, half: number): Mesh {
  const glass = { transparent: true, opacity: 0.13, side: DoubleSide, depthWrite: false };
  const material = view.material('plane', () => new MeshBasicMaterial(glass), '--ink-soft');
  const disc = new Mesh(new CircleGeometry(1.25, 64), material);
  // The point of the plane that is nearest to the middle of the box.
  const above = centre.reduce((a, b) => a + b, 0) / 3;
  disc.position.setScalar(-above / half);
  disc.lookAt(disc.position.clone().addScalar(1));
  return disc;
}
