/** The losses of rows of logits, block by block or, where a row does not fit into the scratch, part by part. */
import { longLoss } from '../../long/losses.ts';
import type { Operand } from '../../memory/blocks.ts';
import { FEW_ELEMENTS } from '../../memory/elements.ts';
import type { Host } from '../../memory/host.ts';
import { type LanesKernel, type Layout, putRow, rowOf, runLanes } from '../../memory/lanes.ts';
import { type Constant, placeConstant } from '../../memory/per-column.ts';
import type { FloatView, OutView } from '../../memory/view.ts';
import { LANE_COLS } from '../../raw/sizes.ts';
import type { LossScalars } from '../../raw/spread-loss.ts';

/** What the losses of rows are made of, all of it checked. */
export interface Losses {
  readonly x: FloatView;
  readonly layout: Layout;
  /** Labels, unless there are probabilities. */
  readonly labels?: Int32Array;
  readonly probabilities?: FloatView;
  readonly weight?: Float32Array;
  readonly gradient?: OutView;
  readonly scalars: LossScalars;
}

/** Gets the losses of `n` rows from `first` on: `values[from]` and those that follow, 0 for ignored rows. */
type UseLosses = (values: Float64Array, from: number, n: number, first: number) => void;

/** The sum of the losses of all rows, in order; the gradient, if wanted, is written. */
export function sumLosses(host: Host, losses: Losses): number {
  let total = 0;
  forLosses(host, losses, (values, from, n) => {
    total = addLosses(total, values, from, n);
  });
  return total;
}

export function addLosses(sum: number, values: Float64Array, from: number, n: number): number {
  for (let i = 0; i < n; i++) sum += values[from + i];
  return sum;
}

/** Calls `use` with the losses of all rows, block by block, in order; the gradient, if wanted, is written. */
export function forLosses(host: Host, losses: Losses, use: UseLosses): void {
  const { x, layout, labels, weight, gradient, scalars } = losses;
  const isPlain = gradient === undefined || gradient instanceof Float32Array;
  if (labels !== undefined && weight === undefined && isPlain && isFew(x, layout)) {
    use(host.arena.f64, fewLosses(host, x, labels, gradient, layout, scalars), layout.rows, 0);
    return;
  }
  const constant = placeConstant(host, weight);
  if (constant !== undefined && inBlocks(constant, losses, use)) return;
  for (let row = 0; row < layout.rows; row++) {
    const take = <V extends FloatView>(view: V) => rowOf(view, layout, row, layout.cols);
    const target = labels ? labels[row] : take(losses.probabilities as FloatView);
    const rowGradient = gradient && take(gradient);
    const loss = longLoss(host, take(x), target, weight, rowGradient, scalars);
    if (gradient && rowGradient) putRow(gradient, layout, row, rowGradient);
    use(Float64Array.of(loss), 0, 1, row);
  }
}

/** False, and nothing done, if a row does not fit into the scratch. */
function inBlocks({ host, address }: Constant, losses: Losses, use: UseLosses): boolean {
  const { x, layout, labels, probabilities, gradient, scalars } = losses;
  const { cols } = layout;
  const { beta, ignoreIndex, scale, smoothing, zLoss } = scalars;
  const { arena } = host;
  const raw = x.length < host.manyElements ? host.alone : host.raw;
  const target: Operand = { view: labels ?? probabilities, rowBytes: labels ? 4 : cols * 4, write: false };
  const operands: Operand[] = [
    { view: x, rowBytes: cols * 4, write: false },
    target,
    { view: undefined, rowBytes: 8, write: true },
  ];
  if (gradient) operands.push({ view: gradient, rowBytes: cols * 4, write: true, over: 0 });
  const isPlain = labels !== undefined && smoothing === 0 && zLoss === 0;
  const run: LanesKernel = (addresses, n, inner, from, first) => {
    const [xAt, targetAt, lossesAt, gradientAt = 0] = addresses;
    raw.crossEntropyF32(
      xAt,
      labels ? targetAt : 0,
      labels ? 0 : targetAt,
      address,
      lossesAt,
      gradientAt,
      n,
      cols,
      inner,
      from,
      beta,
      ignoreIndex,
      scale,
      smoothing,
      zLoss,
    );
    use(arena.f64, lossesAt / 8, n, first);
  };
  return runLanes(host, layout, operands, run, isPlain ? LANE_COLS : 0);
}

/** So few elements that loops copy them quickest, without garbage. */
export function isFew(x: FloatView, { inner }: Layout): x is Float32Array {
  return x.length <= FEW_ELEMENTS && x.length > 0 && inner === 1 && x instanceof Float32Array;
}

/** The losses of few elements, copied wherever they lie; where in the memory's float64 they are. */
export function fewLosses(
  host: Host,
  x: Float32Array,
  labels: Int32Array,
  gradient: Float32Array | undefined,
  { rows, cols }: Layout,
  { beta, ignoreIndex, scale, smoothing, zLoss }: LossScalars,
): number {
  const { start } = host.scratch;
  const { f32, i32 } = host.arena;
  const xAt = start / 4;
  const labelsAt = xAt + FEW_ELEMENTS;
  const lossesAt = start / 8 + FEW_ELEMENTS;
  for (let i = 0; i < x.length; i++) f32[xAt + i] = x[i];
  for (let row = 0; row < rows; row++) i32[labelsAt + row] = labels[row];
  const to = gradient === undefined ? 0 : start;
  const raw = host.alone;
  const at = lossesAt * 8;
  raw.crossEntropyF32(
    start,
    labelsAt * 4,
    0,
    0,
    at,
    to,
    rows,
    cols,
    1,
    0,
    beta,
    ignoreIndex,
    scale,
    smoothing,
    zLoss,
  );
  if (gradient !== undefined) for (let i = 0; i < x.length; i++) gradient[i] = f32[xAt + i];
  return lossesAt;
}
