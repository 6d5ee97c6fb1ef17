/** Kernels that divide their work among threads, behind the interface of those that do not. */

import type { Host } from '../memory/host.ts';
import type { RawKernels } from '../raw/index.ts';
import { BLOCK_COLS } from '../raw/sizes.ts';
import type { ElementSplit, Split } from '../raw/split.ts';
import { SPLITS } from '../raw/splits.ts';
import { BY_COLUMNS } from './by-columns.ts';
import { type Kernel, MAX_CHUNKS } from './job.ts';
import type { Team } from './team.ts';

/** Rows in a chunk of short ones: a multiple, so that threads seldom write to the same cache line. */
const ROWS_STEP = 16;

export const DIVISIBLE: readonly (keyof RawKernels)[] = (Object.keys(SPLITS) as (keyof RawKernels)[]).filter(
  (name) => SPLITS[name] !== undefined,
);

/**
 * The kernels of `local`, whose scratch nobody else may use, run by all of a team where the work has `manyElements`.
 * Results have the same bits as those of `local`: rows do not depend on each other, and parts of a row are cut where
 * kernels cut them.
 */
export function divide(local: Host, team: Team): RawKernels {
  const { manyElements } = local;
  const raw = { ...local.raw };
  const host: Host = { ...local, raw };
  const kernels = raw as unknown as Record<string, Kernel>;
  for (const [index, name] of DIVISIBLE.entries()) {
    const plan = planOf(SPLITS[name] as Split);
    const run = local.raw[name] as unknown as Kernel;
    const byColumns = BY_COLUMNS[name];
    const { countAt, colsAt } = plan;
    const divided = (args: readonly number[]): number | undefined => {
      const total = args[countAt];
      const cols = colsAt < 0 ? 1 : args[colsAt];
      const { threads } = team;
      if (threads === 1) return run(...args);
      // Rows that would leave threads idle are done by all of them, one row at a time, if they are worth a job for
      // each pass.
      const isLong = byColumns !== undefined && cols >= 2 * manyElements && plan.isRowMajor(args);
      const long = isLong ? total % threads : 0;
      const whole = total - long;
      if (byColumns && long > 0) {
        const named = plan.name(args);
        for (let row = whole; row < total; row++) byColumns(host, named, row);
      }
      if (whole === 0) return undefined;
      const chunk = chunkOf(plan, whole, cols, manyElements, threads);
      if (chunk < whole) return runChunks(team, index, plan, args, whole, chunk);
      return run(...args.with(countAt, whole));
    };
    // In few words: engines put it in the place of the call, so that small work is nearly as fast as ever.
    kernels[name] =
      colsAt < 0
        ? (...args) => (args[countAt] < manyElements ? run(...args) : divided(args))
        : (...args) => (args[countAt] * args[colsAt] < manyElements ? run(...args) : divided(args));
  }
  return raw;
}

/** Where the arguments of a kernel are that divide, and what becomes of them. */
interface Plan {
  /** Index of the argument that counts what is divided. */
  readonly countAt: number;
  /** Index of the argument that counts the elements in each, or −1. */
  readonly colsAt: number;
  /** By how much each argument grows with every one counted; trailing zeros are left out. */
  readonly steps: (args: readonly number[]) => readonly number[];
  readonly merge: ElementSplit['merge'];
  /** Whether rows lie one behind the other, not side by side. */
  readonly isRowMajor: (args: readonly number[]) => boolean;
  /** The arguments by name. */
  readonly name: (args: readonly number[]) => Record<string, number>;
}

function planOf(split: Split): Plan {
  if ('elements' in split) {
    const bytes = Object.values(split.elements);
    const steps = split.skips ? [...bytes, 0, -1] : bytes;
    const { merge } = split;
    return {
      countAt: bytes.length,
      colsAt: -1,
      steps: () => steps,
      merge,
      isRowMajor: () => true,
      name: () => ({}),
    };
  }
  const rowBytes = Object.values(split.rows);
  const colsAt = rowBytes.length + 1;
  const steps = (args: readonly number[]) => {
    const rest = args.slice(colsAt + 1);
    const bytes = rowBytes.map((of) => of(args[colsAt], rest));
    // Neither rows, nor cols, nor inner grow, but from does.
    return split.lanes ? [...bytes, 0, 0, 0, 1] : bytes;
  };
  const counts = split.lanes ? ['rows', 'cols', 'inner', 'from'] : ['rows', 'cols'];
  const names = [...Object.keys(split.rows), ...counts, ...(split.numbers ?? [])];
  const name = (args: readonly number[]) => Object.fromEntries(names.map((key, i) => [key, args[i]]));
  const isRowMajor = (args: readonly number[]) => !split.lanes || args[colsAt + 1] === 1;
  return { countAt: rowBytes.length, colsAt, steps, merge: undefined, isRowMajor, name };
}

/** Chunks for each thread, if there is work enough: to share it out evenly, but not to claim all the time. */
const CHUNKS = 16;

/** Of how many rows or elements a chunk consists: at least half of what is worth a job. */
function chunkOf(
  { colsAt }: Plan,
  total: number,
  cols: number,
  manyElements: number,
  threads: number,
): number {
  const wanted = Math.max(
    1,
    Math.floor(manyElements / 2 / cols),
    Math.floor(total / threads / CHUNKS),
    Math.ceil(total / MAX_CHUNKS),
  );
  const unit = colsAt < 0 ? BLOCK_COLS : wanted < ROWS_STEP ? 1 : ROWS_STEP;
  return Math.ceil(wanted / unit) * unit;
}

/** The first `total` rows or elements, in chunks. */
function runChunks(
  team: Team,
  kernel: number,
  { countAt, steps, merge }: Plan,
  args: readonly number[],
  total: number,
  chunk: number,
): number | undefined {
  team.run({ kernel, args, steps: steps(args), countAt, count: total, chunk });
  if (merge === undefined) return undefined;
  let result = merge === 'max' ? -Infinity : -1;
  for (let i = 0; i * chunk < total; i++) {
    const part = team.result(i);
    if (merge === 'max') result = Math.max(result, part);
    else if (result < 0 && part >= 0) result = part + i * chunk;
  }
  return result;
}
