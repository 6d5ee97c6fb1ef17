/** Section 5's point, and the two pictures of it. */
import { computed, signal } from '@preact/signals';
import { kernels } from '../kernels.ts';
import {
  cloud,
  directions,
  levelScores,
  project,
  ratioLines,
  scaleOf,
  toScores,
  toSpace,
  unproject,
  type Vector,
} from '../maths/space.ts';
import { numbers, oneOf, remembered, within } from '../state.ts';
import type { SpacePicture } from '../three/space.ts';
import type { Place } from '../three/view.ts';
import { CLASS_MARKS } from '../ui/class-mark.tsx';
import { indexed } from '../ui/subscripts.ts';

/** Scores that a slider reaches. */
export const REACH = 4;
/** Levels drawn through a point are kept within these: at 0 and 1 they would lie at infinity. */
const LEVELS = [0.02, 0.98];
/** Further levels of each of three classes. */
const CONTOURS = [0.5, 0.8, 0.95];

export const kind = remembered('corners', '3', oneOf(['3', '4', '5'] as const));
export const temperature = remembered('st', 1, within(0.1, 10));
export const degrees = remembered('turn', 25, within(0, 360));
/** Of which the first three, four or five are taken. */
const scores = remembered('sz5', [1.6, 0.7, -0.6, -0.9, -0.4], numbers(5));

export const classes = computed(() => Number(kind.value));
export const turn = computed(() => (classes.value === 5 ? (degrees.value * Math.PI) / 180 : 0));
/** From where the plane of three classes is seen, and where more dimensions are. */
export const VIEWPOINTS: Readonly<Record<'flat' | 'deep', Place>> = {
  flat: [0, -4.6, 0],
  deep: [2.4, -3.6, 1.6],
};
/** From where both pictures are seen. */
export const viewpoint = signal<Place>(VIEWPOINTS.flat);

export const z = computed((): readonly number[] => scores.value.slice(0, classes.value));
/** Less their mean: softmax cannot tell. */
export const centred = computed(() => {
  const mean = z.value.reduce((a, b) => a + b, 0) / classes.value;
  return z.value.map((score) => score - mean);
});
export const p = computed(() => kernels.softmax([...z.value], { temperature: temperature.value }));
export const leader = computed(() => kernels.argmax([...z.value])[0]);

export function setScore(index: number, value: number): void {
  scores.value = scores.value.map((old, i) => (i === index ? value : old));
}

/** Puts the point where a picture of the scores was dragged to. */
export function moveTo(place: Vector): void {
  const along = directions(classes.value);
  const x = unproject(place, toSpace(centred.value, along), turn.value);
  const next = toScores(x, along).map((score) => Number(Math.max(-REACH, Math.min(score, REACH)).toFixed(2)));
  scores.value = scores.value.map((old, i) => next[i] ?? old);
}

/** What both pictures show, as scores. */
const shown = computed(() => {
  const n = classes.value;
  const level = Math.max(LEVELS[0], Math.min(p.value[leader.value], LEVELS[1]));
  return {
    cloud: n === 3 ? new Float32Array() : cloud(n),
    grid: n === 3 ? ratioLines() : new Float32Array(),
    level: levelScores(kernels, n, leader.value, level, temperature.value),
    contours:
      n === 3
        ? each(3).flatMap((index) =>
            CONTOURS.map((share) => {
              return { index, points: levelScores(kernels, n, index, share, temperature.value) };
            }),
          )
        : [],
  };
});

const common = computed(() => {
  const corners = directions(classes.value).map((vector) => project(vector, turn.value));
  const { cloud: points } = shown.value;
  const leaders = points.length > 0 ? kernels.argmax(points, { cols: classes.value }) : new Int32Array();
  return { corners, leaders, leader: leader.value };
});

export const inputs = computed((): SpacePicture => {
  const n = classes.value;
  const scale = scaleOf(n);
  const scaled = (values: Float32Array): Float32Array => values.map((value) => scale * value);
  const rays = each(n).flatMap((i) => [...Array(n).fill(0), ...unit(n, i)]);
  return {
    ...common.value,
    labels: each(n).map((i) => `${CLASS_MARKS[i]} ${indexed('z', i)}`),
    edges: Float32Array.from(rays),
    grid: scaled(shown.value.grid),
    cloud: scaled(shown.value.cloud),
    level: scaled(shown.value.level),
    contours: shown.value.contours.map(({ index, points }) => ({ index, points: scaled(points) })),
    quads: Float32Array.from(inputQuads(n)),
    point: Float32Array.from(centred.value, (score) => scale * score),
  };
});

export const outputs = computed((): SpacePicture => {
  const n = classes.value;
  const mapped = (values: Float32Array): Float32Array =>
    values.length === 0 ? values : kernels.softmax(values, { cols: n, temperature: temperature.value });
  const edges = each(n).flatMap((i) => each(i).flatMap((j) => [...unit(n, i), ...unit(n, j)]));
  return {
    ...common.value,
    labels: each(n).map((i) => `${CLASS_MARKS[i]} ${indexed('p', i)}`),
    edges: Float32Array.from(edges),
    grid: mapped(shown.value.grid),
    cloud: mapped(shown.value.cloud),
    level: mapped(shown.value.level),
    contours: shown.value.contours.map(({ index, points }) => ({ index, points: mapped(points) })),
    quads: Float32Array.from(outputQuads(n)),
    point: p.value,
  };
});

function each(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function unit(n: number, ...at: number[]): number[] {
  return each(n).map((i) => (at.includes(i) ? 1 / at.length : 0));
}

/** Of three classes where each leads; of four where two lead together: the boundaries, which meet in the middle. */
function inputQuads(n: number): number[] {
  const away = (i: number): number[] => unit(n, i).map((value) => -value);
  if (n === 3) {
    return each(3).flatMap((i) => {
      const [j, k] = each(3).filter((other) => other !== i);
      return [0, 0, 0, ...away(j), ...unit(3, i), ...away(k)];
    });
  }
  return pairs(n).flatMap(([i, j]) => {
    const [k, l] = each(4).filter((other) => other !== i && other !== j);
    return [0, 0, 0, 0, ...away(k), ...unit(4, i, j).map((value) => 1.73 * value), ...away(l)];
  });
}

function outputQuads(n: number): number[] {
  const middle = unit(n, ...each(n));
  if (n === 3) {
    return each(3).flatMap((i) => {
      const [j, k] = each(3).filter((other) => other !== i);
      return [...middle, ...unit(3, i, k), ...unit(3, i), ...unit(3, i, j)];
    });
  }
  return pairs(n).flatMap(([i, j]) => {
    const [k, l] = each(4).filter((other) => other !== i && other !== j);
    return [...middle, ...unit(4, i, j, l), ...unit(4, i, j), ...unit(4, i, j, k)];
  });
}

/** Of four; of five the boundaries have three dimensions, and are not drawn. */
function pairs(n: number): (readonly [number, number])[] {
  return n === 4 ? each(4).flatMap((i) => each(i).map((j) => [j, i] as const)) : [];
}
