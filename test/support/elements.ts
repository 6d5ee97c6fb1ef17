/** Calls with arrays of other element types in place of the float32 ones, and what they ought to give. */
import type { Kernels } from '../../src/index.ts';
import { type HalfName, narrow, widen } from '../oracle/half.ts';

interface Float16Class {
  new (buffer: ArrayBufferLike, at: number, length: number): { readonly [i: number]: number };
}
/** What hosts with it have, and TypeScript's ES2023 does not know of. */
const Float16 = (globalThis as { Float16Array?: Float16Class }).Float16Array;

/** What arrays may be of: a class, or a `Uint16Array` with its dtype. */
export type ElementType = HalfName | 'Float16Array' | 'Float64Array';
export const ELEMENT_TYPES: readonly ElementType[] = [
  ...(['float16', 'bfloat16', 'Float64Array'] as const),
  ...(Float16 ? (['Float16Array'] as const) : []),
];

export const nameOf = (type: ElementType): HalfName | undefined =>
  type === 'Float64Array' ? undefined : type === 'Float16Array' ? 'float16' : type;

/** Rounded to a type, as float32. */
export function rounded(values: Float32Array, type: ElementType): Float32Array {
  const name = nameOf(type);
  return name ? values.map((value) => widen(narrow(value, name), name)) : values.slice();
}

const GUARD = 16;
const PATTERN = 0xa5;

/** Where arrays of bytes come from: somewhere, with guards around. */
export class Lay {
  readonly #type: ElementType;
  readonly #place: ((bytes: number) => Uint8Array) | undefined;
  readonly #shift: number;
  readonly #pieces: { around: Uint8Array; from: number; to: number }[] = [];

  /** @param place gives pieces of the kernels' memory, of a multiple of 8 bytes; elsewhere without it */
  constructor(type: ElementType, place?: (bytes: number) => Uint8Array, shift = 0) {
    this.#type = type;
    this.#place = place;
    this.#shift = shift;
  }

  /** An array of the type with these values, and its values as they are now, as float32. */
  lay(values: Float32Array): { array: unknown; now: () => Float32Array } {
    const { length } = values;
    const name = nameOf(this.#type);
    const size = name ? 2 : 8;
    const bytes = 2 * GUARD + size * (length + this.#shift) + 8;
    const around = (this.#place?.(bytes) ?? new Uint8Array(bytes)).fill(PATTERN);
    const { buffer } = around;
    const at = around.byteOffset + GUARD + size * this.#shift;
    this.#pieces.push({ around, from: at - around.byteOffset, to: at - around.byteOffset + size * length });
    if (!name) {
      const array = new Float64Array(buffer, at, length);
      // A little beside each, which rounds to it.
      array.set(values);
      for (let i = 0; i < length; i += 2) array[i] *= 1 + 2 ** -40;
      return { array, now: () => Float32Array.from(array) };
    }
    const codes = new Uint16Array(buffer, at, length);
    for (let i = 0; i < length; i++) codes[i] = narrow(values[i], name);
    const array = this.#type === 'Float16Array' && Float16 ? new Float16(buffer, at, length) : codes;
    const now = (): Float32Array => {
      const wide = new Float32Array(length);
      for (let i = 0; i < length; i++) wide[i] = widen(codes[i], name);
      return wide;
    };
    return { array, now };
  }

  /** Whether nothing beside the arrays has changed. */
  isIntact(): boolean {
    return this.#pieces.every(({ around, from, to }) => {
      const beside = [...around.subarray(0, from), ...around.subarray(to)];
      return beside.every((byte) => byte === PATTERN);
    });
  }
}

/** Options whose arrays are of float32, whatever the others are. */
const FLOAT32: readonly string[] = ['max'];
const OUTPUTS: readonly string[] = ['out', 'gradient'];

/** Kernels, each call of which is changed. */
function changed(
  k: Kernels,
  call: (args: unknown[], options: Record<string, unknown>, run: (all: unknown[]) => unknown) => unknown,
): Kernels {
  return new Proxy(k, {
    get(target, name) {
      const value = target[name as keyof Kernels] as unknown;
      if (typeof value !== 'function') return value;
      return (...all: unknown[]) => {
        const last = all.at(-1) as Record<string, unknown> | undefined;
        const has = typeof last === 'object' && !ArrayBuffer.isView(last) && !('max' in last);
        const args = has ? all.slice(0, -1) : all;
        const isStats = name === 'mergeStats';
        if (isStats) return value.apply(target, all);
        return call(args, has ? last : {}, (given) => value.apply(target, given));
      };
    },
  });
}

/** The kernels, whose calls get arrays of a type; their results are put where the call wanted them. */
export function withElements(k: Kernels, type: ElementType, lay: Lay): Kernels {
  const name = nameOf(type);
  return changed(k, (args, options, run) => {
    const laid = new Map<unknown, ReturnType<Lay['lay']>>();
    const swap = (value: unknown): unknown => {
      if (!(value instanceof Float32Array)) return value;
      if (!laid.has(value)) laid.set(value, lay.lay(value));
      return laid.get(value)?.array;
    };
    const given: Record<string, unknown> = name && type !== 'Float16Array' ? { dtype: name } : {};
    for (const [option, value] of Object.entries(options)) {
      const stays = FLOAT32.includes(option) || (!name && OUTPUTS.includes(option));
      given[option] = stays ? value : swap(value);
    }
    const result = run([...args.map(swap), given]);
    let found = result;
    for (const [original, { array, now }] of laid) {
      if (result === array) found = original;
      if (!name) continue;
      if (OUTPUTS.some((option) => options[option] === original)) (original as Float32Array).set(now());
    }
    return found;
  });
}

/** The kernels, of which everything is float32, but rounded to a type before and after. */
export function withRounding(k: Kernels, type: ElementType): Kernels {
  return changed(k, (args, options, run) => {
    const copies = new Map<unknown, Float32Array>();
    const swap = (value: unknown): unknown => {
      if (!(value instanceof Float32Array)) return value;
      if (!copies.has(value)) copies.set(value, rounded(value, type));
      return copies.get(value);
    };
    const given: Record<string, unknown> = {};
    for (const [option, value] of Object.entries(options)) {
      given[option] = FLOAT32.includes(option) ? value : swap(value);
    }
    const result = run([...args.map(swap), given]);
    let found = result;
    for (const [original, copy] of copies) {
      if (result === copy) found = original;
      if (OUTPUTS.some((option) => options[option] === original)) {
        (original as Float32Array).set(rounded(copy, type));
      }
    }
    return found;
  });
}
