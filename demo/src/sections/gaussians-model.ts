/** Section 4's classes, and what of them is shown. */
import { computed } from '@preact/signals';
import { kernels } from '../kernels.ts';
import { densities, type Gaussians, type Grid, posterior, posteriorSlope } from '../maths/gaussians.ts';
import { numbers, oneOf, remembered, within } from '../state.ts';
import type { SurfaceData } from '../three/surface.ts';
import { indexed } from '../ui/subscripts.ts';

export const REACH = 4;
export const GRID: Grid = { side: 49, reach: REACH };
export const [LEAST_SPREAD, MOST_SPREAD] = [0.4, 2.5];

export const classes = remembered('gk', '3', oneOf(['2', '3'] as const));
export const means = remembered('gm', [-1.6, -0.8, 1.6, -0.8, 0, 1.9], numbers(6));
export const spread = remembered('gs', 1, within(LEAST_SPREAD, MOST_SPREAD));
/** The posterior of which class, and by which coordinate it is differentiated. */
export const shown = remembered('gp', 'all', oneOf(['all', '1', '2', '3'] as const));
export const slope = remembered('gd', '0', oneOf(['0', '1', '2'] as const));

export const count = computed(() => Number(classes.value));
export const gaussians = computed(
  (): Gaussians => ({ means: means.value.slice(0, 2 * count.value), spread: spread.value }),
);
export const shares = computed(() => posterior(kernels, gaussians.value, GRID));

const SHARES = { low: 0, high: 1, ticks: [0, 0.5, 1].map((value) => [value, String(value)] as const) };
const PLANE = { side: GRID.side, range: REACH, map: true };

export const bells = computed((): SurfaceData => {
  const all = densities(kernels, gaussians.value, GRID);
  const points = GRID.side ** 2;
  const sheets = Array.from({ length: count.value }, (_, c) => {
    return { values: all.subarray(c * points, (c + 1) * points), colour: c };
  });
  return { ...PLANE, ...SHARES, sheets, ticks: [], titles: ['x₁', 'x₂', 'N'], fading: true };
});

/** The class whose posterior alone is shown, if one is. */
export const single = computed(() =>
  shown.value === 'all' ? undefined : Math.min(Number(shown.value), count.value) - 1,
);

export const posteriorName = computed(() => {
  const c = single.value;
  if (c === undefined) return 'P(class | x)';
  const name = `P(${c + 1} | x)`;
  return slope.value === '0' ? name : `∂${name}/∂${indexed('x', Number(slope.value) - 1)}`;
});

export const posteriors = computed((): SurfaceData => {
  const titles = ['x₁', 'x₂', slope.value === '0' || single.value === undefined ? 'P' : '∂P'] as const;
  const c = single.value;
  const all = shares.value;
  const of = (index: number): Float32Array =>
    Float32Array.from({ length: GRID.side ** 2 }, (_, at) => all[at * count.value + index]);
  if (c === undefined) {
    const sheets = Array.from({ length: count.value }, (_, at) => ({ values: of(at), colour: at }));
    return { ...PLANE, ...SHARES, titles, sheets };
  }
  if (slope.value === '0')
    return { ...PLANE, ...SHARES, titles, sheets: [{ values: of(c), colour: 'ramp' }] };
  const direction = slope.value === '1' ? 0 : 1;
  const values = posteriorSlope(kernels, gaussians.value, GRID, c, direction);
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0.01);
  const ticks = [-most, 0, most].map((value) => [value, value.toFixed(2).replace('-', '−')] as const);
  return { ...PLANE, low: -most, high: most, ticks, titles, sheets: [{ values, colour: 'ramp' }] };
});
