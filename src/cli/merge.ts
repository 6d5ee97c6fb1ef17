import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { InputError, pathError } from './errors.ts';
import { type EvalSettings, figuresOf, formatFigures } from './figures.ts';
import type { CommonOptions } from './options.ts';
import { print } from './output/stdout.ts';
import { readShard, type ShardInput } from './shard.ts';
import { addSums, type EvalSums, emptySums } from './sums.ts';

/** A shard, but for its sums, and the file it was read from. */
interface Read {
  readonly path: string;
  readonly input: ShardInput;
  readonly settings: EvalSettings & { readonly bins: number };
}

/** Prints for shards what `eval` prints for all of their rows in one run. */
export async function merge(
  names: readonly string[],
  options: CommonOptions & { list?: string; json?: boolean },
): Promise<void> {
  const paths = options.list === undefined ? names : [...names, ...(await readList(options.list))];
  if (paths.length === 0) throw new InputError('merge: expected files written by eval --partial, got none');
  const shards: Read[] = [];
  let total: EvalSums | undefined;
  for (const path of paths) {
    const { input, settings, sums } = await readShard(path);
    const bins = sums.calibration?.bins.length ?? 0;
    shards.push({ path, input, settings: { ...settings, bins } });
    checkSettings(shards[0], shards[shards.length - 1]);
    total ??= emptySums(bins);
    addSums(total, sums);
  }
  checkRows(shards);
  await print(formatFigures(options.json === true, figuresOf(total as EvalSums, shards[0].settings)));
}

/** Names, one a line: there may be more than a command line takes. */
async function readList(path: string): Promise<string[]> {
  try {
    const text = await (path === '-' ? textOf(process.stdin) : readFile(path, 'utf8'));
    return text.split('\n').filter((line) => line !== '');
  } catch (error) {
    throw pathError(path, 'a list of files written by eval --partial', error);
  }
}

/** @throws InputError if sums of these shards do not add up */
function checkSettings(first: Read, other: Read): void {
  const own: Record<string, unknown> = { ...other.settings };
  for (const [name, value] of Object.entries(first.settings)) {
    if (own[name] === value) continue;
    throw new Error(`${other.path}: expected ${name} ${value} as in ${first.path}, got ${own[name]}`);
  }
}

/** @throws Error if a row is in two shards, a file is there in part, or was written anew between two shards */
function checkRows(shards: readonly Read[]): void {
  const files = new Map<string, Read[]>();
  for (const shard of shards) {
    const { id } = shard.input;
    const others = files.get(id);
    if (others) others.push(shard);
    else files.set(id, [shard]);
  }
  const missing = [...files.values()].flatMap(distinguish).flatMap(checkFile);
  if (missing.length > 0) throw new Error(`missing: ${missing.join('; ')}`);
}

/**
 * Shards of files that are the same as far as `identityOf` looks: those of one file, or of several of which each has
 * one shard of all rows. Ranges of rows tell nothing of the others: of a file, all were read in one version of it.
 */
function distinguish(shards: readonly Read[]): (readonly Read[])[] {
  const areWhole = shards.every(({ input }) => input.count === input.rows);
  const paths = new Set(shards.map(({ input }) => input.logits));
  if (areWhole && paths.size === shards.length) {
    const byDigest = new Map<string, Read[]>();
    for (const shard of shards) {
      const { digest } = shard.input;
      byDigest.set(digest, [...(byDigest.get(digest) ?? []), shard]);
    }
    return [...byDigest.values()];
  }
  const [first] = shards;
  const other = shards.find(({ input }) => input.version !== first.input.version);
  if (other === undefined) return [shards];
  throw new Error(
    `${other.path}: expected ${other.input.logits} as it was for ${first.path}, got it written anew since: ` +
      'evaluate its shards again',
  );
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
