/**
 * The page's state, kept in the address: `#section?key=value&…`, with what differs from the defaults. A link to a
 * section is an ordinary `#section`, to which the state is added again.
 */
import { effect, type Signal, signal } from '@preact/signals';

interface Entry {
  readonly read: (text: string | null) => void;
  readonly write: () => string | undefined;
}

interface Codec<T> {
  readonly parse: (text: string) => T | undefined;
  readonly format: (value: T) => string;
}

const entries = new Map<string, Entry>();
let section = '';
/** Browsers allow some hundred changes of the address in half a minute. */
const WRITE_MS = 300;

const number: Codec<number> = {
  parse: (text) => {
    const value = text === 'inf' ? Number.POSITIVE_INFINITY : Number(text);
    return text.trim() === '' || Number.isNaN(value) ? undefined : value;
  },
  format: (value) => (value === Number.POSITIVE_INFINITY ? 'inf' : String(value)),
};

/** Beyond it, float32 is near its end. */
export const MAX_SCORE = 1e30;

/** So many numbers of a size that can be a score, or as many as there are. */
export function numbers(count?: number): Codec<readonly number[]> {
  return {
    parse: (text) => {
      const list = text.split(',').map((item) => number.parse(item));
      const good = list.every((item) => item !== undefined && Math.abs(item) <= MAX_SCORE);
      return good && (count === undefined || list.length === count) ? (list as number[]) : undefined;
    },
    format: (list) => list.map(number.format).join(','),
  };
}

export function oneOf<T extends string>(choices: readonly T[]): Codec<T> {
  return { parse: (text) => choices.find((choice) => choice === text), format: (value) => value };
}

export const flag: Codec<boolean> = {
  parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  format: (value) => (value ? '1' : '0'),
};

/** Text, which somebody else checks. */
export const anyText: Codec<string> = { parse: (text) => text, format: (text) => text };

/** A number from `low` to `high`, which may be infinity. */
export function within(low: number, high: number): Codec<number> {
  const parse = (text: string): number | undefined => {
    const value = number.parse(text);
    return value !== undefined && value >= low && value <= high ? value : undefined;
  };
  return { ...number, parse };
}

/** A whole number from `low` to `high`. */
export function whole(low: number, high: number): Codec<number> {
  const { parse, format } = within(low, high);
  const parseWhole = (text: string): number | undefined => {
    const value = parse(text);
    return Number.isInteger(value) ? value : undefined;
  };
  return { parse: parseWhole, format };
}

/** A signal whose value is part of the address. */
export function remembered<T>(key: string, initial: T, codec: Codec<T>): Signal<T> {
  const state = signal(initial);
  const usual = codec.format(initial);
  entries.set(key, {
    read: (text) => {
      const value = text === null ? initial : (codec.parse(text) ?? initial);
      if (codec.format(value) !== codec.format(state.peek())) state.value = value;
    },
    write: () => {
      const text = codec.format(state.value);
      return text === usual ? undefined : text;
    },
  });
  return state;
}

/** Everything as it is at first. */
export function reset(): void {
  for (const entry of entries.values()) entry.read(null);
}

/** Reads the address, now and whenever it changes, and writes it as the state does. */
export function followAddress(): void {
  const read = (): void => {
    const [, name, query] = /^#?([^?]*)\??(.*)$/.exec(location.hash) as RegExpExecArray;
    section = name;
    // A plain link to a section says nothing about the state.
    if (query !== '' || name === '') {
      const values = new URLSearchParams(query);
      for (const [key, entry] of entries) entry.read(values.get(key));
    }
    write();
  };
  let waiting = false;
  const write = (): void => {
    waiting = false;
    const values = [...entries].flatMap(([key, entry]) => {
      const text = entry.write();
      return text === undefined ? [] : `${key}=${encodeURIComponent(text).replaceAll('%2C', ',')}`;
    });
    const hash = values.length > 0 ? `#${section}?${values.join('&')}` : section === '' ? '' : `#${section}`;
    if (hash !== location.hash) history.replaceState(null, '', hash || location.pathname + location.search);
  };
  read();
  addEventListener('hashchange', read);
  effect(() => {
    for (const entry of entries.values()) entry.write();
    if (!waiting) setTimeout(write, WRITE_MS);
    waiting = true;
  });
  if (section !== '') document.getElementById(section)?.scrollIntoView({ behavior: 'instant' });
}
