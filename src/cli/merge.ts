import { type EvalSettings, figuresOf, printFigures } from './figures.ts';
import type { CommonOptions } from './options.ts';
import { readShard, type Shard } from './shard.ts';
import { addSums, emptySums } from './sums.ts';

/** A shard and the file it was read from. */
interface Read extends Shard {
  readonly path: string;
}

/** Prints for shards what `eval` prints for all of their rows in one run. */
export async function merge(
  paths: readonly string[],
  options: CommonOptions & { json?: boolean },
): Promise<void> {
  const shards: Read[] = [];
  for (const path of paths) shards.push({ path, ...(await readShard(path)) });
  checkSettings(shards);
  checkRows(shards);
  const sums = emptySums(binsOf(shards[0]));
  for (const shard of shards) addSums(sums, shard.sums);
  printFigures(options.json === true, figuresOf(sums, shards[0].settings));
}

function binsOf({ sums }: Shard): number {
  return sums.calibration?.bins.length ?? 0;
}

/** @throws Error if sums of these shards do not add up */
function checkSettings([first, ...others]: readonly Read[]): void {
  const settingsOf = (shard: Read): EvalSettings & { bins: number } => ({
    ...shard.settings,
    bins: binsOf(shard),
  });
  const expected = Object.entries(settingsOf(first));
  for (const other of others) {
    const own: Record<string, unknown> = { ...settingsOf(other) };
    for (const [name, value] of expected) {
      if (own[name] === value) continue;
      throw new Error(`${other.path}: expected ${name} ${value} as in ${first.path}, got ${own[name]}`);
    }
  }
}

/** @throws Error if a row is in two shards, or a file is there in part */
function checkRows(shards: readonly Read[]): void {
  const files = new Map<string, Read[]>();
  for (const shard of shards) {
    const { id } = shard.input;
    files.set(id, [...(files.get(id) ?? []), shard]);
  }
  const missing = [...files.values()].flatMap(checkFile);
  if (missing.length > 0) throw new Error(`missing: ${missing.join('; ')}`);
}

/** The rows of one file that no shard covers, in words. */
function checkFile(shards: readonly Read[]): string[] {
  const { logits, rows } = shards[0].input;
  const sorted = shards.toSorted((a, b) => a.input.first - b.input.first || a.input.count - b.input.count);
  const missing: string[] = [];
  let done = 0;
  let last: Read | undefined;
  for (const shard of sorted) {
    const { first, count } = shard.input;
    if (shard.input.rows !== rows) {
      throw new Error(
        `${shard.path}: expected ${rows} rows in ${logits}, as in ${shards[0].path}, got ${shard.input.rows}`,
      );
    }
    if (count === 0) continue;
    if (last && first < done) {
      const same =
        shard.input.logits === last.input.logits ? '' : `, which holds the same as ${last.input.logits}`;
      const end = Math.min(done, first + count);
      throw new Error(
        `${shard.path}: ${rangeText(first, end)} of ${shard.input.logits}${same} are in ${last.path} as well`,
      );
    }
    if (first > done) missing.push(`${rangeText(done, first)} of ${logits}`);
    done = first + count;
    last = shard;
  }
  if (done < rows) missing.push(`${rangeText(done, rows)} of ${logits}`);
  return missing;
}

function rangeText(first: number, end: number): string {
  return end - first === 1 ? `row ${first}` : `rows ${first} to ${end - 1}`;
}
