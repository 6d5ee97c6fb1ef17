/**
 * The header of a .npy file: magic, version, length, and a Python dict literal.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * Nothing here is Node's own: pages read such files, too.
 */
import { InputError } from '../errors.ts';
import { formatShape } from '../source.ts';

/** Bytes of magic, version and length field, which is longer from version 2 on. */
export const PREFIX_BYTES = 10;
export const LONG_PREFIX_BYTES = 12;

/** A header of plain numbers takes some 100 bytes; numpy itself refuses more than 10000 unless told. */
const MAX_HEADER_BYTES = 2 ** 16;
/** The most dimensions that numpy allows. */
const MAX_DIMS = 64;
export const MAGIC = '\x93NUMPY';

/** What the dict of a header says. */
export interface NpyHeader {
  /** Type and byte order, e.g. `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** Where the dict lies in the file, and how it is encoded. */
export interface HeaderSpan {
  readonly start: number;
  readonly end: number;
  readonly encoding: 'latin1' | 'utf-8';
}

/**
 * Finds the header from the first `LONG_PREFIX_BYTES` of a file; of one of version 1, or that is shorter, fewer will do.
 *
 * @throws InputError for another magic, another version, or a header that cannot be in the file.
 */
export function headerSpan(path: string, prefix: Uint8Array, fileBytes: number): HeaderSpan {
  const first = prefix.subarray(0, MAGIC.length);
  if (String.fromCharCode(...first) !== MAGIC) {
    const hex = Array.from(first, (byte) => byte.toString(16).padStart(2, '0'));
    const got = fileBytes === 0 ? 'an empty file' : `bytes ${hex.join('')}`;
    throw new InputError(`${path}: expected a .npy file (magic \\x93NUMPY), got ${got}`);
  }
  if (prefix.length < 8) throw truncated(path, 'a version after the magic', fileBytes);
  const [major, minor] = [prefix[6], prefix[7]];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new InputError(`${path}: expected .npy version 1.0, 2.0 or 3.0, got ${major}.${minor}`);
  }
  const start = major === 1 ? PREFIX_BYTES : LONG_PREFIX_BYTES;
  if (prefix.length < start) throw truncated(path, `a header length at bytes 8 to ${start - 1}`, fileBytes);
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > fileBytes) throw truncated(path, `a header of ${length} bytes`, fileBytes);
  if (length > MAX_HEADER_BYTES) {
    throw new InputError(`${path}: expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${length}`);
  }
  return { start, end: start + length, encoding: major === 3 ? 'utf-8' : 'latin1' };
}

function truncated(path: string, expected: string, fileBytes: number): InputError {
  return new InputError(`${path}: truncated .npy: expected ${expected}, got a file of ${fileBytes} bytes`);
}

/**
 * Parses the dict, e.g. `{'descr': '<f4', 'fortran_order': False, 'shape': (2048, 256), }`. Only literals that
 * numpy writes for plain numbers are taken; nothing is evaluated.
 *
 * @throws InputError naming the place where the text stops being such a dict, or the value that is wrong.
 */
export function parseHeader(path: string, text: string): NpyHeader {
  const dict = parseDict(path, text);
  const keys = [...dict.keys()].sort().join(', ');
  if (keys !== 'descr, fortran_order, shape') {
    throw new InputError(
      `${path}: expected the header keys descr, fortran_order, shape, got ${keys || 'none'}`,
    );
  }
  const [descr, fortranOrder, shape] = ['descr', 'fortran_order', 'shape'].map((key) => dict.get(key));
  const wrong = (key: string, expected: string): InputError =>
    new InputError(
      `${path}: expected ${expected} as '${key}' in the header, got ${JSON.stringify(dict.get(key))}`,
    );
  if (typeof descr !== 'string') throw wrong('descr', 'a string');
  if (typeof fortranOrder !== 'boolean') throw wrong('fortran_order', 'True or False');
  if (!Array.isArray(shape)) throw wrong('shape', 'a tuple of integers');
  if (shape.length > MAX_DIMS) {
    throw new InputError(`${path}: expected at most ${MAX_DIMS} dimensions, got ${shape.length}`);
  }
  for (const dim of shape) {
    if (dim < 0 || !Number.isSafeInteger(dim)) {
      throw new InputError(
        `${path}: expected dimensions from 0 to 2^53 - 1, got shape ${formatShape(shape)}`,
      );
    }
  }
  return { descr, fortranOrder, shape };
}

type Literal = string | boolean | number[];

function parseDict(path: string, text: string): Map<string, Literal> {
  let at = 0;
  /** The first group (or all) of a match right here, after white space; `undefined` if there is none. */
  const take = (pattern: RegExp): string | undefined => {
    const sticky = new RegExp(`\\s*(?:${pattern.source})`, 'y');
    sticky.lastIndex = at;
    const match = sticky.exec(text);
    if (!match) return undefined;
    at = sticky.lastIndex;
    return match.slice(1).find((group) => group !== undefined) ?? match[0];
  };
  const fail = (expected: string): InputError => {
    const got = at < text.length ? JSON.stringify(text.slice(at, at + 20)) : 'its end';
    return new InputError(`${path}: expected ${expected} at character ${at} of the header, got ${got}`);
  };
  const string = (): string | undefined => take(/'([^'\\\n]*)'|"([^"\\\n]*)"/);
  const tuple = (): number[] => {
    const items: number[] = [];
    while (take(/\)/) === undefined) {
      const item = take(/(-?\d+)L?(?![\w.])/);
      if (item === undefined) throw fail("an integer or ')'");
      items.push(Number(item));
      if (take(/,/) !== undefined) continue;
      // Without a comma, parentheses around one integer are that integer, not a tuple.
      if (items.length === 1 || take(/\)/) === undefined) throw fail("','");
      break;
    }
    return items;
  };
  const value = (key: string): Literal => {
    const word = string();
    if (word !== undefined) return word;
    const bool = take(/(True|False)\b/);
    if (bool !== undefined) return bool === 'True';
    if (key === 'descr' && take(/\[|\(/) !== undefined) {
      throw new InputError(`${path}: expected a plain numeric dtype, got a structured one (not supported)`);
    }
    if (take(/\(/) !== undefined) return tuple();
    throw fail('a string, True, False or a tuple of integers');
  };

  const dict = new Map<string, Literal>();
  if (take(/\{/) === undefined) throw fail("a dict literal, '{'");
  while (take(/\}/) === undefined) {
    const key = string();
    if (key === undefined) throw fail('a key in quotes');
    if (dict.has(key)) throw new InputError(`${path}: expected each header key once, got '${key}' twice`);
    if (take(/:/) === undefined) throw fail("':'");
    dict.set(key, value(key));
    if (take(/,/) !== undefined) continue;
    if (take(/\}/) === undefined) throw fail("',' or '}'");
    break;
  }
  if (text.slice(at).trim() !== '') throw fail('nothing after the dict');
  return dict;
}
