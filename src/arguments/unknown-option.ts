/** What is said of options that an operation does not have. */
import { typeError } from './errors.ts';

/** What other libraries call them. */
const SYNONYMS: Readonly<Record<string, string>> = {
  dim: 'axis',
  dims: 'shape',
  columns: 'cols',
  classes: 'cols',
  numclasses: 'cols',
  t: 'temperature',
  tau: 'temperature',
  inversetemperature: 'beta',
  dst: 'out',
  output: 'out',
};

/** For options that are no object. */
export function wrongOptions(
  op: string,
  options: unknown,
  names: readonly string[],
  own: readonly string[],
): TypeError {
  const { message } = typeError(op, 'options', 'an object', options);
  if (typeof options === 'number' && names.includes('cols')) {
    return new TypeError(`${message}: give { cols: ${options} }`);
  }
  const isOut = ArrayBuffer.isView(options) && [...names, ...own].includes('out');
  return new TypeError(isOut ? `${message}: give { out: it }` : message);
}

/** Throws, unless the option has no value: then somebody may well pass on what he was not given. */
export function refuseUnknown(
  op: string,
  options: object,
  name: string,
  names: readonly string[],
  own: readonly string[],
): void {
  if (ArrayBuffer.isView(options) || Array.isArray(options)) throw wrongOptions(op, options, names, own);
  if ((options as Record<string, unknown>)[name] === undefined) return;
  const all = [...names, ...own];
  const near = nearest(name, all);
  throw new TypeError(
    near === undefined
      ? `${op}: option '${name}' has no effect here; the options are ${all.join(', ')}`
      : `${op}: unknown option '${name}', did you mean '${near}'?`,
  );
}

/** The name that a caller may have meant. */
function nearest(name: string, names: readonly string[]): string | undefined {
  const plain = simplify(name);
  if (plain === '') return undefined;
  const synonym = names.find((known) => known === SYNONYMS[plain]);
  if (synonym !== undefined) return synonym;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(plain.length / 3));
  for (const known of names) {
    const to = simplify(known);
    const isPart = plain.length >= 3 && to.includes(plain);
    const edits = isPart ? 0 : editsBetween(plain, to);
    if (edits > least || (edits === least && best !== undefined)) continue;
    best = known;
    least = edits;
  }
  return best;
}

/** `top_k`, `top-k` and `TopK` are one. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Letters to insert, to leave out, to change, or to exchange with the next. */
function editsBetween(a: string, b: string): number {
  // The last two rows of the table of edits between beginnings.
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(row[j - 1] + 1, last[j] + 1, last[j - 1] + Number(a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[b.length];
}
