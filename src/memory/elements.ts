/**
 * Elements of arrays in and out of the kernels' memory, where all floats are float32: the one place that knows of other
 * element types. Half precision is widened and narrowed by kernels: from where it is if it lies in the memory, else
 * from the bytes of the float32 elements that it becomes, or was.
 */
import { bf16OfBits, bitsOfF16, f16OfBits } from '../raw/half.ts';
import type { Arena } from './arena.ts';
import { Half } from './half.ts';
import type { Host } from './host.ts';
import { type FloatView, type OutView, partOf, type View, viewOf } from './view.ts';

/** Up to so many elements a loop is quicker than `set` and the views that it asks for. */
export const FEW_ELEMENTS = 64;

/** Bytes of an element as kernels have it. */
export function unitOf(view: View): number {
  return view instanceof Uint8Array ? 1 : 4;
}

/** The elements themselves, whatever they mean. */
type Plain = Exclude<View, Half>;
const plain = (view: View): Plain => (view instanceof Half ? view.codes : view);

/** Copies `n` elements from `from` on into the memory. */
export function load(host: Host, view: View, from: number, n: number, address: number): void {
  if (view instanceof Half) {
    const inside = addressIn(host.arena, view, from);
    if (inside > 0) host.raw.widenHalves(inside, address, n, brainOf(view));
    else {
      copyIn(host.arena.u16, address / 2 + n, view.codes, from, n);
      host.alone.widenHalves(address + 2 * n, address, n, brainOf(view));
    }
  } else copyIn(memoryOf(host.arena, view), address / unitOf(view), view, from, n);
}

/** Copies elements out of the memory. */
export function store(host: Host, view: View, from: number, n: number, address: number): void {
  const { arena } = host;
  if (view instanceof Half) {
    const inside = addressIn(arena, view, from);
    if (inside > 0) host.raw.narrowHalves(address, inside, n, brainOf(view));
    else {
      host.alone.narrowHalves(address, address, n, brainOf(view));
      copyOut(arena.u16, address / 2, view.codes, from, n);
    }
  } else copyOut(memoryOf(arena, view), address / unitOf(view), view, from, n);
}

/** Runs of elements, each `stride` behind the one before, which in the memory follow on each other. */
export interface Runs {
  readonly count: number;
  readonly length: number;
  readonly stride: number;
}

/** As `load`, runs from `from` on. */
export function loadRuns(host: Host, view: View, from: number, runs: Runs, address: number): void {
  const { count, length, stride } = runs;
  if (!(view instanceof Half) || addressIn(host.arena, view, from) > 0) {
    const bytes = length * unitOf(view);
    for (let i = 0; i < count; i++) load(host, view, from + i * stride, length, address + i * bytes);
    return;
  }
  const n = count * length;
  const at = address / 2 + n;
  for (let i = 0; i < count; i++) {
    copyIn(host.arena.u16, at + i * length, view.codes, from + i * stride, length);
  }
  host.alone.widenHalves(address + 2 * n, address, n, brainOf(view));
}

/** As `store`, runs from `from` on. */
export function storeRuns(host: Host, view: View, from: number, runs: Runs, address: number): void {
  const { count, length, stride } = runs;
  if (!(view instanceof Half) || addressIn(host.arena, view, from) > 0) {
    const bytes = length * unitOf(view);
    for (let i = 0; i < count; i++) store(host, view, from + i * stride, length, address + i * bytes);
    return;
  }
  host.alone.narrowHalves(address, address, count * length, brainOf(view));
  const at = address / 2;
  for (let i = 0; i < count; i++) {
    copyOut(host.arena.u16, at + i * length, view.codes, from + i * stride, length);
  }
}

/** One element, as kernels would have it. */
export function elementAt(view: FloatView, i: number): number {
  if (view instanceof Float32Array) return view[i];
  return view instanceof Half ? widen(view, i) : Math.fround(view[i]);
}

export function setElement(view: OutView, i: number, value: number): void {
  if (view instanceof Float32Array) view[i] = value;
  else view.codes[i] = narrow(view, value);
}

export function fill(view: OutView, value: number): void {
  if (view instanceof Float32Array) view.fill(value);
  else view.codes.fill(narrow(view, value));
}

/** Float32: the array itself, or a copy. */
export function toFloat32(view: FloatView): Float32Array {
  if (view instanceof Float32Array) return view;
  if (view instanceof Float64Array) return new Float32Array(view);
  const floats = new Float32Array(view.length);
  for (let i = 0; i < floats.length; i++) floats[i] = widen(view, i);
  return floats;
}

/** A copy of elements that lie apart. */
export function gatherElements<V extends View>(view: V, from: number, stride: number, n: number): V {
  const copy = viewOf(view, new ArrayBuffer(n * view.BYTES_PER_ELEMENT), 0, n);
  const to = plain(copy);
  const elements = plain(view);
  for (let i = 0; i < n; i++) to[i] = elements[from + i * stride];
  return copy;
}

/** Puts back what `gatherElements` gave. */
export function scatterElements(view: View, from: number, stride: number, copy: View): void {
  const to = plain(view);
  const elements = plain(copy);
  for (let i = 0; i < elements.length; i++) to[from + i * stride] = elements[i];
}

const brainOf = ({ type }: Half): number => Number(type === 'bfloat16');

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);

function widen(view: Half, i: number): number {
  const code = view.codes[i];
  word[0] = brainOf(view) ? code << 16 : bitsOfF16(code);
  return float[0];
}

/** Rounded to float32 first, as results are. */
function narrow(view: Half, value: number): number {
  float[0] = value;
  return brainOf(view) ? bf16OfBits(word[0]) : f16OfBits(word[0]);
}

/** Where an element of half precision is in the memory; not above 0 if it is elsewhere. */
function addressIn(arena: Arena, { codes }: Half, from: number): number {
  return arena.holds(codes.buffer) ? codes.byteOffset + 2 * from : -1;
}

function memoryOf(arena: Arena, view: Plain): Float32Array | Int32Array | Uint8Array {
  if (view instanceof Int32Array) return arena.i32;
  return view instanceof Uint8Array ? arena.u8 : arena.f32;
}

function copyIn(memory: Plain, at: number, view: Plain, from: number, n: number): void {
  if (n <= FEW_ELEMENTS) for (let i = 0; i < n; i++) memory[at + i] = view[from + i];
  else memory.set(partOf(view, from, from + n), at);
}

function copyOut(memory: Plain, at: number, view: Plain, from: number, n: number): void {
  if (n <= FEW_ELEMENTS) for (let i = 0; i < n; i++) view[from + i] = memory[at + i];
  else partOf(view, from, from + n).set(memory.subarray(at, at + n));
}
