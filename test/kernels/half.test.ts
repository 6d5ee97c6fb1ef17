/** Half precision into float32 and back: every code, in and out, wherever it lies. */
import { describe, expect, test } from 'vitest';
import { Arena, createPlainMemory } from '../../src/memory/arena.ts';
import { createJs, type RawKernels } from '../../src/raw/index.ts';
import { LANE_SCRATCH_BYTES } from '../../src/raw/sizes.ts';
import { compiled } from '../../src/raw/wasm/compile.ts';
import { createWasm } from '../../src/raw/wasm/instance.ts';
import { CODES, FORMATS, type HalfName, narrow, widen } from '../oracle/half.ts';
import { backends } from '../support/backends.ts';
import { random } from '../support/random.ts';

const names = Object.keys(FORMATS) as HalfName[];
const brainOf = (name: HalfName): number => Number(name === 'bfloat16');
const PAGES = 40;
const SCRATCH = 64;
const IN: number = 64 + LANE_SCRATCH_BYTES;
const OUT: number = 2 ** 20;

describe.each(backends)('$name', ({ name: backend }) => {
  const { raw, buffer } = kernelsOf(backend);
  const floats = (at: number, n: number) => new Float32Array(buffer, at, n);
  const words = (at: number, n: number) => new Uint32Array(buffer, at, n);
  const codes = (at: number, n: number) => new Uint16Array(buffer, at, n);

  describe.each(names)('%s', (name) => {
    const brain = brainOf(name);

    test('every code is widened exactly, NaN with its payload', () => {
      for (let code = 0; code < CODES; code++) codes(IN, CODES)[code] = code;
      raw.widenHalves(IN, OUT, CODES, brain);
      const found = floats(OUT, CODES);
      const bits = words(OUT, CODES);
      const { fractionBits } = FORMATS[name];
      for (let code = 0; code < CODES; code++) {
        const wanted = widen(code, name);
        if (!Object.is(found[code], wanted)) expect(found[code], `code ${code}`).toBe(wanted);
        if (!Number.isNaN(wanted)) continue;
        const payload = (code % 2 ** fractionBits) * 2 ** (23 - fractionBits);
        const nan = (code >= 0x8000 ? 0xff800000 : 0x7f800000) + payload;
        if (bits[code] !== nan) expect(bits[code], `code ${code}`).toBe(nan);
      }
    });

    test('every code comes back, what lies between two goes to the nearest, of both signs', () => {
      const infinite = narrow(Infinity, name);
      const inputs: number[] = [];
      for (let code = 0; code < infinite; code++) {
        const value = widen(code, name);
        const next = code + 1 === infinite ? 2 * value - widen(code - 1, name) : widen(code + 1, name);
        // The middle between neighbours is a float32, but for those beyond the largest of them.
        const middle = Math.fround(value / 2 + next / 2);
        inputs.push(value, after(value), middle, before(middle), after(middle), before(next));
      }
      inputs.push(Infinity, 3.4028234663852886e38, 1e-45, 1e-40, 65519.99, 65520, Number.NaN);
      for (const sign of [1, -1]) expectNarrowed(inputs.map((value) => sign * value));
    });

    test('NaN of every sort becomes one', () => {
      const patterns = [0x7f800001, 0x7fc00000, 0x7fffffff, 0xff800001, 0xffc00000, 0xffffffff, 0x7f80ffff];
      for (let shift = 0; shift < 8; shift++) {
        words(IN, 32).fill(0x3f800000);
        patterns.forEach((pattern, i) => {
          words(IN, 32)[i + shift] = pattern;
        });
        raw.narrowHalves(IN, OUT, 32, brain);
        const wanted = Array.from(words(IN, 32), (bits) =>
          narrow((bits & 0x7fffffff) > 0x7f800000 ? Number.NaN : 1, name),
        );
        expect([...codes(OUT, 32)]).toEqual(wanted);
      }
    });

    test('random bits', () => {
      const r = random(brain + 1);
      for (let round = 0; round < 4; round++) {
        const n = 65536;
        const bits = words(IN, n);
        for (let i = 0; i < n; i++) bits[i] = r.next() * 2 ** 32;
        expectNarrowed(Array.from(floats(IN, n)));
      }
    });

    test('any number of elements, anywhere, and nothing beside them', () => {
      const r = random(3);
      const some = Array.from({ length: 80 }, () => r.below(CODES));
      for (let n = 0; n <= 40; n++) {
        for (const shift of [0, 1, 2, 3, 5, 7]) {
          words(IN, 200).fill(0xa5a5a5a5);
          words(OUT, 200).fill(0xa5a5a5a5);
          const from = IN + 64 + 2 * shift;
          const to = OUT + 64 + 4 * shift;
          codes(from, n).set(some.slice(0, n));
          raw.widenHalves(from, to, n, brain);
          const wide = Array.from(floats(to, n));
          expect(wide).toEqual(some.slice(0, n).map((code) => widen(code, name)));
          expect(words(OUT, 200).filter((word) => word !== 0xa5a5a5a5).length).toBeLessThanOrEqual(n);
          expect([words(to - 4, 1)[0], words(to + 4 * n, 1)[0]]).toEqual([0xa5a5a5a5, 0xa5a5a5a5]);

          codes(IN, 400).fill(0xa5a5);
          raw.narrowHalves(to, from, n, brain);
          expect([...codes(from, n)]).toEqual(wide.map((value) => narrow(value, name)));
          expect([codes(from - 2, 1)[0], codes(from + 2 * n, 1)[0]]).toEqual([0xa5a5, 0xa5a5]);
        }
      }
    });

    test('in the bytes of what it becomes', () => {
      const r = random(4);
      for (const n of [1, 2, 7, 8, 9, 15, 16, 17, 100, 4099]) {
        const some = Array.from({ length: n }, () => r.below(CODES));
        codes(OUT + 2 * n, n).set(some);
        raw.widenHalves(OUT + 2 * n, OUT, n, brain);
        const wide = Array.from(floats(OUT, n));
        expect(wide).toEqual(some.map((code) => widen(code, name)));
        raw.narrowHalves(OUT, OUT, n, brain);
        expect([...codes(OUT, n)]).toEqual(wide.map((value) => narrow(value, name)));
      }
    });

    function expectNarrowed(values: readonly number[]): void {
      for (let from = 0; from < values.length; from += 65536) {
        const part = values.slice(from, from + 65536);
        floats(IN, part.length).set(part);
        raw.narrowHalves(IN, OUT, part.length, brain);
        const found = codes(OUT, part.length);
        part.forEach((value, i) => {
          const wanted = narrow(Math.fround(value), name);
          if (found[i] !== wanted) expect(found[i], `of ${value}`).toBe(wanted);
        });
      }
    }
  });
});

function kernelsOf(backend: 'simd' | 'relaxed-simd' | 'js'): { raw: RawKernels; buffer: ArrayBufferLike } {
  if (backend === 'js') {
    const memory = createPlainMemory();
    memory.grow(PAGES);
    const arena = new Arena(memory, 2 ** 30);
    return { raw: createJs(arena, SCRATCH), buffer: memory.buffer };
  }
  const memory = new WebAssembly.Memory({ initial: PAGES });
  return { raw: createWasm(memory, compiled(backend, false), SCRATCH), buffer: memory.buffer };
}

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** The float32 above, of those at least 0. */
function after(value: number): number {
  float[0] = value;
  word[0]++;
  return float[0];
}

/** The float32 below, of those above 0. */
function before(value: number): number {
  float[0] = value;
  word[0]--;
  return float[0];
}
