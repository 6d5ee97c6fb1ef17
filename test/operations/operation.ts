/**
 * What the tests know of an operation. It stands in its family's file, and every test of all operations derives from
 * it: copies, threads, alignment, division, recorded bits, wrong arguments, fuzzing, the list of exports.
 */

import type { RowOptions as AnyRowOptions, Kernels } from '../../src/index.ts';
import type { Data } from '../calls/data.ts';
import type { Kind, KindValues } from '../calls/kinds.ts';
import type { Numbers } from '../oracle/rows.ts';
import type { SoftmaxFamily } from './softmax.ts';

export type Result = Float32Array | Float64Array | Int32Array | number;

/** A call that reaches another kernel, or another way through one, for tests of bits. */
export type Form = (k: Kernels, data: Data) => Result | Result[];

/** What a call over any rows takes beside the data. */
export interface RowOptions {
  cols: number;
  temperature?: number;
  beta?: number;
}

/** A call over any rows, for the tests of accuracy over all families of rows, and of all ways to make a call. */
export interface RowForm {
  /** Elements of the result: one for each of `x`, or one a row. */
  shape: 'elements' | 'rows';
  /** What is right, from that of softmax and logSoftmax: read once for all; left out where a test of its own says. */
  right?(wanted: SoftmaxFamily, labels: Int32Array, cols: number): Right;
  /**
   * Of rows however they lie. `out` gets the result where it is given, and may be `x` if the shape is 'elements'.
   */
  run(k: Kernels, x: Float32Array, labels: Int32Array, call: AnyRowOptions, out?: Float32Array): Float32Array;
}

/** Rows of a gradient; each is compared in units of its largest entry. */
export interface Slopes {
  values: ArrayLike<number>;
  cols: number;
}

/** What is right, by how it is compared. */
export interface Right {
  /** Within the bound, in steps from the correctly rounded value. */
  steps?: ArrayLike<number>;
  /** The same for results that may be flushed to +0 below 2^-126. */
  flushed?: ArrayLike<number>;
  /** In steps of max(1, |value|). */
  units?: ArrayLike<number>;
  same?: ArrayLike<number>;
  /** Properties of the result: indices, and values as one of these. */
  logits?: ArrayLike<number>;
  probabilities?: ArrayLike<number>;
  logProbs?: ArrayLike<number>;
  indices?: ArrayLike<number>;
  /** A reduced loss. */
  loss?: number;
  stats?: { max: ArrayLike<number>; sum: ArrayLike<number> };
  slopes?: Slopes;
  /** The same, in the option `gradient`. */
  gradient?: Slopes;
}

export interface Special {
  args: readonly unknown[];
  options?: object;
  /** The result, typed arrays as plain ones. */
  gives: unknown;
}

type Kinds = Readonly<Record<string, Kind>>;
type Values<K> = { readonly [name in keyof K]: K[name] extends Kind ? KindValues[K[name]] : never };

interface Entry<A extends Kinds, O extends Kinds> {
  /** The kinds of its arguments, in order. */
  readonly args: A;
  /** The kinds of its options; left out where it takes none. */
  readonly options?: O;
  /** Whether an option may stand beside others. */
  fits?(option: string, options: Partial<Values<O>>): boolean;
  /** What is right, in float64; or `fault`. */
  right?(args: Values<A>, options: Partial<Values<O>>): Right;
  /** What is amiss with a result that is not to be compared element by element, or ''. */
  fault?(result: unknown, args: Values<A>, options: Partial<Values<O>>): string;
  /** Whether it may refuse right arguments because of their values, by an error that says so. */
  refuses?(message: string, hasSpecial: boolean): boolean;
  /** Whether rows hang together: what it gives for some of them is no part of what it gives for all. */
  readonly isOfAll?: boolean;
  /** What an error may name beside arguments and options. */
  readonly names?: readonly string[];
  /** By the names under which their bits are recorded. */
  readonly forms?: Readonly<Record<string, Form>>;
  readonly rowForms?: Readonly<Record<string, RowForm>>;
  readonly special?: readonly Special[];
}

export type Operation = Entry<Kinds, Kinds>;

/** An entry, the types of whose functions follow from its kinds. */
export function operation<const A extends Kinds, const O extends Kinds>(entry: Entry<A, O>): Operation {
  return entry as Operation;
}

/** Options of rows. */
export const ROWS = { cols: 'cols', temperature: 'scale', beta: 'scale' } as const;
/** Options of functions of each element by itself. */
export const ELEMENTS = { temperature: 'scale', beta: 'scale', out: 'out' } as const;

/** For `refuses`: special values among the logits. */
export const specialValues = (_: string, hasSpecial: boolean): boolean => hasSpecial;

/** A result with its gradient, in an array of its own and then over the logits, or a copy of them. */
export function withGradients(
  run: (k: Kernels, data: Data, gradient: Float32Array) => Result,
): (k: Kernels, data: Data) => Result[] {
  return (k, data) => {
    const result = run(k, data, data.out);
    const gradient = data.out.slice();
    data.out.set(data.x);
    return [result, gradient, run(k, { ...data, x: data.out }, data.out), data.out.slice()];
  };
}

/** Over the logits, or a copy of them. */
export function inPlace(run: (k: Kernels, data: Data) => Result): Form {
  return (k, data) => {
    data.out.set(data.x);
    return run(k, { ...data, x: data.out });
  };
}

/** A loss, as reduced, and its gradient. */
export function reduced(
  { losses, gradient, divisor, ...wanted }: Loss,
  { reduction = 'mean', cols = gradient.length }: { reduction?: 'none' | 'mean' | 'sum'; cols?: number },
): Right {
  const by = reduction === 'mean' ? divisor : 1;
  const loss = reduction === 'none' ? { steps: losses } : { loss: wanted[reduction] };
  return { ...loss, gradient: { values: gradient.map((value) => value / by), cols } };
}

/** Losses per row, the reduced losses, and the gradient of the sum (divide by `divisor` for the mean's). */
export interface Loss {
  losses: Float64Array;
  sum: number;
  mean: number;
  gradient: Float64Array;
  /** What the mean divides the sum by. */
  divisor: number;
}

/** A gradient without a loss. */
export const slopes = (values: Numbers, { cols = values.length }: { cols?: number }): Right => ({
  slopes: { values, cols },
});
