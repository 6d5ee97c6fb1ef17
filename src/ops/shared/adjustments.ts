/** What changes logits before a token is chosen: bias, penalties for what was said before, and what is allowed. */

import { checkAttached, type Floats, toFloats } from '../../arguments/arrays.ts';
import { checkNested } from '../../arguments/check.ts';
import { rangeError, refuseValues, typeError } from '../../arguments/errors.ts';
import type { Dtype } from '../../arguments/floats.ts';
import { type Labels, toIntegers } from '../../arguments/labels.ts';
import type { DtypeOptions, Names } from '../../arguments/options.ts';
import { toFloat32 } from '../../memory/elements.ts';
import { type Layout, rowOf, takeRow } from '../../memory/lanes.ts';
import type { FloatView } from '../../memory/view.ts';
import { type Bias, type Penalties, Touched } from './touched.ts';

/** Added to the logits of some tokens, in every row. */
export interface BiasOptions {
  /** Tokens, from 0 to cols − 1; of one that is there twice both values are added. */
  ids: Labels;
  /** One for each of `ids`; −Infinity forbids the token. */
  values: Floats;
}

/**
 * Makes what was said before less likely. Of each distinct token of the history, which is there c times, the logit z
 * becomes `z > 0 ? z/repetition : z·repetition`, and then `z − c·frequency − presence`.
 */
export interface PenaltyOptions {
  /**
   * Tokens so far: of all rows, or one array for each row. What is below 0 is ignored, as padding or a place for an
   * image is; what is not below `cols` is a RangeError.
   */
  history: Labels | readonly Labels[];
  /** Above 0; below 1 it makes repetitions more likely. Default 1. */
  repetition?: number;
  /** Default 0. */
  frequency?: number;
  /** Default 0. */
  presence?: number;
}

/** How logits are adjusted, in this order: `bias`, `penalties`, `allowed`. */
export interface AdjustmentOptions {
  /** What is added to the logits of some tokens. */
  bias?: BiasOptions;
  /** Penalties for what is in the history. */
  penalties?: PenaltyOptions;
  /**
   * One bit a token, the least significant first, `[rows, ceil(cols/32)]`, or `[ceil(cols/32)]` for all rows, as
   * grammar engines make it: a token whose bit is 0 becomes −Infinity, whatever it was. Bits beyond `cols` are ignored.
   */
  allowed?: Uint32Array | Int32Array;
}

/** No bias, no penalties; made when it is first needed. */
let nothing: Touched | undefined;

const BIAS_NAMES: Names<BiasOptions> = ['ids', 'values'];
const PENALTY_NAMES: Names<PenaltyOptions> = ['history', 'repetition', 'frequency', 'presence'];

/** The adjustments checked, as they are applied. */
export interface Adjustments {
  readonly touched: Touched;
  /** The bits of `allowed`, if any; `isWhole`: of each row, not of all rows alike. */
  readonly bits: Int32Array | undefined;
  readonly isWhole: boolean;
  /** Words of bits in a row. */
  readonly words: number;
  /** Names of the options that are there, for errors. */
  readonly names: () => string;
  /** The caller's arrays that are read while rows are adjusted, by name. */
  readonly views: readonly (readonly [string, Int32Array])[];
}

/**
 * The adjustments of `[rows, cols]` logits; `undefined` if there are none. With a `draft`, the history of row i is followed
 * by its first i tokens.
 */
export function toAdjustments(
  op: string,
  options: AdjustmentOptions & DtypeOptions,
  { rows, cols }: Layout,
  draft?: Int32Array,
): Adjustments | undefined {
  const { bias, penalties, allowed } = options;
  if (bias === undefined && penalties === undefined && allowed === undefined) return undefined;
  const biases = toBias(op, bias, cols, options.dtype);
  const penalized = toPenalties(op, penalties, rows, cols, draft);
  nothing ??= new Touched(undefined, undefined);
  const touched = biases || penalized ? new Touched(biases, penalized) : nothing;
  const words = Math.ceil(cols / 32);
  const bits = allowed === undefined ? undefined : toBits(op, allowed, rows, words);
  // Nobody asks for them but an error.
  const names = (): string =>
    Object.entries({ bias, penalties, allowed })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name)
      .join(', ');
  const views: [string, Int32Array][] = [];
  if (biases) views.push(['bias.ids', biases.ids]);
  for (const history of penalized?.histories ?? []) views.push(['penalties.history', history]);
  if (bits) views.push(['allowed', bits]);
  return { touched, bits, isWhole: bits !== undefined && bits.length !== words, words, names, views };
}

function toBias(
  op: string,
  value: BiasOptions | undefined,
  cols: number,
  dtype: Dtype | undefined,
): Bias | undefined {
  if (value === undefined) return undefined;
  const given = checkNested(op, 'bias', value, BIAS_NAMES);
  const ids = toTokens(op, 'bias.ids', given.ids, cols);
  // Numbers keep the digits that float32 has not. They are read once: what a getter gives may change.
  const numbers = Array.isArray(given.values) ? Array.from(given.values) : undefined;
  const floats = toFloats(op, 'bias.values', numbers ?? given.values, dtype);
  const exact = numbers ?? (floats instanceof Float64Array ? floats : toFloat32(floats));
  const values = Float64Array.from(exact);
  if (values.length !== ids.length) {
    throw new RangeError(
      `${op}: bias.values must have one element for each of bias.ids, ${ids.length}, but has ${values.length}`,
    );
  }
  for (let i = 0; i < ids.length; i++) {
    if (!(values[i] < Infinity)) {
      throw rangeError(op, `bias.values[${i}]`, 'a number below Infinity', values[i]);
    }
  }
  return { ids, values };
}

/** Tokens of a vocabulary. */
export function toTokens(op: string, name: string, value: Labels, cols: number): Int32Array {
  const ids = toIntegers(op, name, value);
  for (let i = 0; i < ids.length; i++) {
    if (!(ids[i] >= 0 && ids[i] < cols)) throw rangeError(op, `${name}[${i}]`, `in [0, ${cols})`, ids[i]);
  }
  return ids;
}

function toPenalties(
  op: string,
  value: PenaltyOptions | undefined,
  rows: number,
  cols: number,
  draft: Int32Array | undefined,
): Penalties | undefined {
  if (value === undefined) return undefined;
  const given = checkNested(op, 'penalties', value, PENALTY_NAMES);
  const { history, repetition = 1, frequency = 0, presence = 0 } = given;
  const numbers = { repetition, frequency, presence };
  for (const [name, number] of Object.entries(numbers)) {
    if (typeof number !== 'number') throw typeError(op, `penalties.${name}`, 'a number', number);
    if (Number.isFinite(number) && (name !== 'repetition' || number > 0)) continue;
    throw rangeError(op, `penalties.${name}`, name === 'repetition' ? 'finite, above 0' : 'finite', number);
  }
  const name = 'penalties.history';
  let histories: Int32Array[];
  if (Array.isArray(history) && history.length > 0 && typeof history[0] === 'object') {
    const lists = history as readonly Labels[];
    if (lists.length !== rows) {
      throw new RangeError(`${op}: ${name} must have one array per row, ${rows}, but has ${lists.length}`);
    }
    // By index: a hole is none.
    histories = Array.from(lists, (list, row) => toHistory(op, `${name}[${row}]`, list, cols));
  } else histories = [toHistory(op, name, history as Labels, cols)];
  if (draft) {
    histories = Array.from({ length: rows }, (_, row) => {
      const before = histories[histories.length === 1 ? 0 : row];
      const whole = new Int32Array(before.length + row);
      whole.set(before);
      whole.set(draft.subarray(0, row), before.length);
      return whole;
    });
  }
  return { histories, ...numbers };
}

function toHistory(op: string, name: string, value: Labels, cols: number): Int32Array {
  const tokens = toIntegers(op, name, value);
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] >= cols) throw rangeError(op, `${name}[${i}]`, `below cols, ${cols}`, tokens[i]);
  }
  return tokens;
}

function toBits(op: string, value: unknown, rows: number, words: number): Int32Array {
  if (!(value instanceof Uint32Array || value instanceof Int32Array)) {
    throw typeError(op, 'allowed', 'a Uint32Array or an Int32Array', value);
  }
  checkAttached(op, 'allowed', value as Int32Array);
  if (value.length !== words && value.length !== rows * words) {
    const wanted = `${rows * words} elements, or ${words} for all rows alike: a bit for each column`;
    throw new RangeError(`${op}: allowed must have ${wanted}, but has ${value.length}`);
  }
  return value instanceof Int32Array ? value : new Int32Array(value.buffer, value.byteOffset, value.length);
}

/** The words of bits of a row, if there are any. */
export function bitsOfRow(
  { bits, isWhole, words }: Adjustments,
  layout: Layout,
  row: number,
): Int32Array | undefined {
  return bits === undefined || !isWhole ? bits : rowOf(bits, layout, row, words);
}

/** `out = x`, adjusted, of row `row` alone, wherever it lies; `out` may be `x`. */
export function adjustRow(
  adjustments: Adjustments,
  layout: Layout,
  row: number,
  x: Float32Array,
  out: Float32Array,
): void {
  const bits = bitsOfRow(adjustments, layout, row);
  for (let i = 0; i < x.length; i++) {
    out[i] = bits === undefined || (bits[i >>> 5] >>> (i & 31)) & 1 ? x[i] : -Infinity;
  }
  adjustments.touched.apply(out, 0, 1, 0, row);
}

/** The error for a row of which the adjustments leave nothing, or no number. */
export function refuseAdjusted(
  op: string,
  x: FloatView,
  layout: Layout,
  row: number,
  adjustments: Adjustments | undefined,
): RangeError {
  const values = Float32Array.from(takeRow(x, layout, row, layout.cols));
  const had = values.some((value) => value > -Infinity);
  if (adjustments) adjustRow(adjustments, layout, row, values, values);
  if (!adjustments || !had || values.some((value) => value !== -Infinity))
    return refuseValues(op, adjustments ? 'adjusted logits' : 'logits', values, row);
  return new RangeError(
    `${op}: ${adjustments.names()} must leave a token above -Infinity in each row, but leave none in row ${row}`,
  );
}

/** Refuses rows of which the adjustments leave nothing, before anything is written. */
export function checkLeft(op: string, x: FloatView, layout: Layout, adjustments: Adjustments): void {
  for (let row = 0; row < layout.rows; row++) {
    const values = takeRow(x, layout, row, layout.cols);
    const bits = bitsOfRow(adjustments, layout, row);
    adjustments.touched.ofRow(row);
    if (!leavesAny(values, bits, adjustments.touched)) throw refuseAdjusted(op, x, layout, row, adjustments);
  }
}

function leavesAny(x: Float32Array, bits: Int32Array | undefined, touched: Touched): boolean {
  for (let from = 0; from < x.length; from += 32) {
    const word = bits === undefined ? -1 : bits[from >>> 5];
    if (word === 0) continue;
    const end = Math.min(x.length, from + 32);
    for (let i = from; i < end; i++) {
      if ((word >>> (i & 31)) & 1 && x[i] !== -Infinity && touched.adjusted(x[i], i) !== -Infinity)
        return true;
    }
  }
  return false;
}
