/** Several files as one: their rows one after the other. */
import { InputError } from '../errors.ts';
import { formatShape, type LabelsSource, type LogitsSource } from '../source.ts';

/** One matrix of several, which must have the same columns. */
export function joinLogits(parts: readonly LogitsSource[]): LogitsSource {
  if (parts.length === 1) return parts[0];
  const { cols } = parts[0];
  for (const { path, shape, cols: own } of parts) {
    if (own === cols) continue;
    throw new InputError(
      `${path}: expected ${cols} classes as in ${parts[0].path}, got shape ${formatShape(shape)}`,
    );
  }
  const joined = join(parts.map(({ rows, ...part }) => ({ ...part, length: rows })));
  const identities = parts.map(({ identity }) => identity);
  return {
    ...{ path: joined.path, rereadable: joined.rereadable, files: parts.flatMap(({ files }) => files) },
    ...{ shape: [joined.length, cols], axis: 1, rows: joined.length, cols },
    ...{ slab: Math.max(...parts.map(({ slab }) => slab)), held: heldBy(parts) },
    atOnce: Math.max(...parts.map(({ atOnce }) => atOnce)),
    identity: identities.includes(undefined) ? undefined : JSON.stringify(identities),
    locate(row) {
      const { part, first } = joined.find(row);
      return parts[part].locate(row - first);
    },
    readRows: (start, count, into) =>
      joined.each(start, count, (part, from, n, done) =>
        parts[part].readRows(from, n, into.subarray(done * cols, (done + n) * cols)),
      ),
    close: joined.close,
  };
}

/** Labels one after the other. */
export function joinLabels(parts: readonly LabelsSource[]): LabelsSource {
  if (parts.length === 1) return parts[0];
  const joined = join(parts);
  return {
    ...{ path: joined.path, rereadable: joined.rereadable, files: parts.flatMap(({ files }) => files) },
    ...{ shape: [joined.length], length: joined.length, held: heldBy(parts) },
    readLabels: (start, count, into) =>
      joined.each(start, count, (part, from, n, done) =>
        parts[part].readLabels(from, n, into.subarray(done, done + n)),
      ),
    close: joined.close,
  };
}

/** One part is open at a time. */
function heldBy(parts: readonly { readonly held: number }[]): number {
  return parts.reduce((most, { held }) => Math.max(most, held), 0);
}

interface Part {
  readonly path: string;
  readonly length: number;
  readonly rereadable: boolean;
  close(): Promise<void>;
}

interface Joined extends Part {
  /** The part that a row is in, and that part's first row. */
  find(row: number): { part: number; first: number };
  /** Calls `read` for each part that has some of the rows, with the first and the number of its rows. */
  each(
    start: number,
    count: number,
    read: (part: number, from: number, n: number, done: number) => Promise<void>,
  ): Promise<void>;
}

function join(parts: readonly Part[]): Joined {
  const firsts = [0];
  for (const { length } of parts) firsts.push((firsts.at(-1) as number) + length);
  const find = (row: number): { part: number; first: number } => {
    let [low, high] = [0, parts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (firsts[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return { part: low, first: firsts[low] };
  };
  /** The one part that is open: there may be more of them than a process may open. */
  let open = 0;
  return {
    path: `${parts[0].path} and ${parts.length - 1} more`,
    length: firsts[parts.length],
    rereadable: parts.every(({ rereadable }) => rereadable),
    find,
    async each(start, count, read) {
      for (let done = 0; done < count; ) {
        const { part, first } = find(start + done);
        const n = Math.min(count - done, firsts[part + 1] - start - done);
        if (part !== open) await parts[open].close();
        open = part;
        await read(part, start + done - first, n, done);
        done += n;
      }
    },
    async close() {
      for (const part of parts) await part.close();
    },
  };
}
