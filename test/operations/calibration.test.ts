import { describe, expect, it } from 'vitest';
import { loadSync } from '../../src/index.ts';
import { backends } from '../support/backends.ts';
import { readBytes } from '../support/files.ts';
import { random } from '../support/random.ts';
import * as oracle from './calibration.ts';

const COLS = 256;
/** Behind the header of a .npy. */
const data = async (name: string): Promise<ArrayBuffer> => (await readBytes(`sample/${name}.npy`)).slice(128);
const logits = new Float32Array(await data('logits'));
const labels = new Int32Array(await data('labels'));

/** The probabilities of a row in float64. */
function probabilities(row: Float32Array, temperature: number): number[] {
  const max = Math.max(...row);
  const w = Array.from(row, (value) => Math.exp((value - max) / temperature));
  const sum = w.reduce((a, b) => a + b, 0);
  return w.map((value) => value / sum);
}

function rowsOf(x: Float32Array, cols: number): Float32Array[] {
  return Array.from({ length: x.length / cols }, (_, row) => x.subarray(row * cols, (row + 1) * cols));
}

function meanLoss(x: Float32Array, y: ArrayLike<number>, cols: number, temperature: number): number {
  const losses = rowsOf(x, cols).map((row, r) => -Math.log(probabilities(row, temperature)[y[r]]));
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

/** The minimum of a convex function by golden sections. */
function goldenMinimum(f: (t: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [from, to];
  for (let i = 0; i < 60; i++) {
    const [c, d] = [b - ratio * (b - a), a + ratio * (b - a)];
    if (f(c) < f(d)) b = d;
    else a = c;
  }
  return (a + b) / 2;
}

describe.each(backends)('$name', ({ kernels }) => {
  describe('calibration', () => {
    it.each([1, 0.9301055113356893, 3, 0.1])(
      'has the figures of its definition on real logits: T = %d',
      (temperature) => {
        for (const bins of [1, 10, 15]) {
          const got = kernels.calibration(logits, labels, { cols: COLS, temperature, bins });
          const { counts, ...expected } = oracle.calibration(logits, labels, {
            cols: COLS,
            temperature,
            bins,
          });
          expect(got.accuracy).toBe(expected.accuracy);
          for (const key of ['ece', 'mce', 'brier'] as const) {
            expect(Math.abs(got[key] - expected[key]), key).toBeLessThan(1e-12);
          }
          expect(got.bins.map((bin) => bin.count)).toEqual(counts);
          expect(got.bins.map(({ low, high }) => [low, high])).toEqual(
            counts.map((_, i) => [i / bins, (i + 1) / bins]),
          );
        }
      },
    );

    it('puts the upper end into a bin, and certainty into the last', () => {
      const { bins } = kernels.calibration([0, 0, 9, -Infinity], [0, 0], { cols: 2, bins: 2 });
      expect(bins.map(({ count }) => count)).toEqual([1, 1]);
      expect(bins[1]).toEqual({ low: 0.5, high: 1, count: 1, confidence: 1, accuracy: 1 });
    });

    it('keeps a confidence at an edge in the bin that it is the upper end of', () => {
      for (let cols = 1; cols <= 120; cols++) {
        for (let times = 1; times <= 32; times++) {
          const { bins } = kernels.calibration(new Float32Array(cols), [0], { bins: cols * times });
          const { low, high, confidence } = bins.find(({ count }) => count > 0) ?? bins[0];
          expect([low < confidence, confidence <= high], `${cols} columns, ${times}`).toEqual([true, true]);
        }
      }
    });

    it('leaves ignored rows out, unread, and is NaN without rows', () => {
      const x = new Float32Array([...logits.subarray(0, 3 * COLS), ...new Float32Array(COLS).fill(NaN)]);
      const y = [labels[0], labels[1], labels[2], -100];
      expect(kernels.calibration(x, y, { cols: COLS })).toEqual(
        kernels.calibration(x.subarray(0, 3 * COLS), y.slice(0, 3), { cols: COLS }),
      );
      const none = kernels.calibration(new Float32Array(0), [], { cols: 4, bins: 1 });
      const bin = { low: 0, high: 1, count: 0, confidence: NaN, accuracy: NaN };
      expect(none).toEqual({ accuracy: NaN, ece: NaN, mce: NaN, brier: NaN, bins: [bin] });
    });

    it('holds at the limits of temperature', () => {
      const x = [1, 3, 3, 0];
      const hard = kernels.calibration(x, [1], { temperature: 0, bins: 4 });
      expect(hard).toMatchObject({ accuracy: 1, ece: 0.5, brier: 0.5 });
      const flat = kernels.calibration(x, [0], { temperature: Infinity, bins: 4 });
      expect(flat).toMatchObject({ accuracy: 0, ece: 0.25, brier: 0.75 });
    });

    it('refuses bad input', () => {
      for (const bins of [0, -1, 1.5, NaN]) {
        expect(() => kernels.calibration([1, 2], [0], { bins })).toThrow(/calibration: bins must be/);
      }
      expect(() => kernels.calibration([1, 2, NaN, 2], [0, 0], { cols: 2 })).toThrow(/row 1, column 0/);
      expect(() => kernels.calibration([1, 2], [2])).toThrow(/row 0/);
      expect(() => kernels.calibration([1, 2], [0, 1])).toThrow(RangeError);
    });
  });

  describe('fitTemperature', () => {
    it('finds the minimum that golden sections find on real logits', () => {
      const { temperature, before, after } = kernels.fitTemperature(logits, labels, { cols: COLS });
      const expected = goldenMinimum((t) => meanLoss(logits, labels, COLS, t), 0.5, 2);
      expect(Math.abs(temperature - expected)).toBeLessThan(1e-6);
      expect(Math.abs(before - meanLoss(logits, labels, COLS, 1))).toBeLessThan(1e-12);
      expect(Math.abs(after - meanLoss(logits, labels, COLS, temperature))).toBeLessThan(1e-12);
      expect(after).toBeLessThan(before);
    });

    it('undoes a scaling of the logits', () => {
      const { temperature, after } = kernels.fitTemperature(logits, labels, { cols: COLS });
      for (const scale of [1 / 1024, 1 / 8, 8, 1024]) {
        const scaled = kernels.fitTemperature(
          logits.map((value) => value * scale),
          labels,
          { cols: COLS },
        );
        expect(Math.abs(scaled.temperature / scale / temperature - 1)).toBeLessThan(1e-9);
        expect(Math.abs(scaled.after - after)).toBeLessThan(1e-12);
      }
    });

    it('is the same with log-probabilities, in place and in any backend, bit for bit', () => {
      const fitted = kernels.fitTemperature(logits, labels, { cols: COLS });
      const inside = kernels.alloc(logits.length);
      inside.set(logits);
      expect(kernels.fitTemperature(inside, labels, { cols: COLS })).toEqual(fitted);
      kernels.free(inside);
      expect(backends[0].kernels.fitTemperature(logits, labels, { cols: COLS })).toEqual(fitted);
      const logP = kernels.logSoftmax(logits, { cols: COLS });
      const again = kernels.fitTemperature(logP, labels, { cols: COLS });
      expect(Math.abs(again.temperature / fitted.temperature - 1)).toBeLessThan(1e-6);
    });

    it('is the same in batches, bit for bit, which may be gone when the next comes', async () => {
      const fitted = kernels.fitTemperature(logits, labels, { cols: COLS });
      const whole = [0, 1, 100, 100, labels.length];
      const memory = kernels.alloc(logits.length);
      const starts: number[] = [];
      async function* batches(): AsyncGenerator<{ logits: Float32Array; labels: Int32Array }> {
        for (let i = 0; i + 1 < whole.length; i++) {
          const [from, to] = [whole[i], whole[i + 1]];
          starts.push(from);
          const x = memory.subarray(0, (to - from) * COLS);
          x.set(logits.subarray(from * COLS, to * COLS));
          yield { logits: x, labels: labels.subarray(from, to) };
          x.fill(Number.NaN);
        }
      }
      expect(await kernels.fitTemperatureBatches(batches, { cols: COLS })).toEqual(fitted);
      expect(starts.length % 4).toBe(0);
      kernels.free(memory);
      const lists = [{ logits: [5, 0, 0, 5], labels: [0, 1] }];
      expect(await kernels.fitTemperatureBatches(() => lists, { cols: 2 })).toEqual(
        kernels.fitTemperature([5, 0, 0, 5], [0, 1], { cols: 2 }),
      );
    });

    it('refuses bad batches', async () => {
      const fit = (batches: unknown, options = {}): Promise<unknown> =>
        kernels.fitTemperatureBatches(batches as () => [], { cols: 2, ...options });
      await expect(fit([])).rejects.toThrow(TypeError);
      await expect(fit([])).rejects.toThrow('fitTemperatureBatches: batches must be a function');
      for (const given of [undefined, null, 3, {}]) {
        await expect(fit(() => given)).rejects.toThrow(
          'fitTemperatureBatches: batches must be a function that gives an iterable, but is',
        );
      }
      for (const batch of [undefined, null, 3]) {
        await expect(fit(() => [batch])).rejects.toThrow(
          'fitTemperatureBatches: batches must be a function that gives objects with logits and labels, but is',
        );
      }
      await expect(fit(() => [{ labels: [0] }])).rejects.toThrow('fitTemperatureBatches: logits must be');
      await expect(fit(() => [])).rejects.toThrow(/count none/);
      await expect(fit(() => [{ logits: [1, 2], labels: [2] }])).rejects.toThrow(/row 0/);
      await expect(fit(() => [{ logits: [0.5, 0.5], labels: [1] }])).rejects.toThrow(/probabilities/);
      const mixed = [
        { logits: [0.5, 0.5], labels: [1] },
        { logits: [3, 0.5], labels: [0] },
      ];
      expect(await fit(() => mixed)).toHaveProperty('temperature');
      const broken = (): never => {
        throw new Error('the disk is gone');
      };
      await expect(fit(broken)).rejects.toThrow('the disk is gone');
    });

    it('stays within its bounds where the loss has no minimum, and at 1 where T does not matter', () => {
      const right = kernels.fitTemperature([5, 0, 0, 5], [0, 1], { cols: 2 });
      expect(right.temperature).toBeCloseTo(Math.exp(-10), 12);
      expect(right.after).toBeCloseTo(0, 9);
      const wrong = kernels.fitTemperature([5, 0, 0, 5], [1, 0], { cols: 2 });
      expect(wrong.temperature).toBeCloseTo(Math.exp(10), 6);
      expect(kernels.fitTemperature([2, 2, -1, -1], [1, 0], { cols: 2 })).toMatchObject({ temperature: 1 });
      expect(kernels.fitTemperature([2], [0])).toMatchObject({ temperature: 1, before: 0, after: 0 });
    });

    it('fits logits far from 0, far apart and partly −Infinity', () => {
      const r = random(21);
      const x = Float32Array.from({ length: 4000 }, () => 1e6 + 64 * Math.round(100 * r.normal()));
      x[3] = x[1777] = -Infinity;
      const y = Int32Array.from({ length: 400 }, (_, row) => {
        const id = kernels.sample(x.subarray(row * 10, row * 10 + 10), {
          seed: 1,
          firstRow: row,
          temperature: 5000,
        });
        return id.ids[0];
      });
      const { temperature, after } = kernels.fitTemperature(x, y, { cols: 10 });
      const expected = goldenMinimum((t) => meanLoss(x, y, 10, t), 1000, 15000);
      expect(Math.abs(temperature / expected - 1)).toBeLessThan(1e-6);
      expect(temperature).toBeGreaterThan(2500);
      expect(temperature).toBeLessThan(10000);
      expect(after).toBeCloseTo(meanLoss(x, y, 10, temperature), 10);
    });

    it('leaves ignored rows out', () => {
      const y = labels.map((label, row) => (row % 5 === 0 ? -1 : label));
      const kept = Array.from(labels.keys()).filter((row) => row % 5 !== 0);
      const rest = Float32Array.from(
        kept.flatMap((row) => [...logits.subarray(row * COLS, (row + 1) * COLS)]),
      );
      expect(kernels.fitTemperature(logits, y, { cols: COLS, ignoreIndex: -1 })).toEqual(
        kernels.fitTemperature(
          rest,
          kept.map((row) => labels[row]),
          { cols: COLS },
        ),
      );
    });

    it('refuses bad input', () => {
      const p = kernels.softmax(logits, { cols: COLS });
      expect(() => kernels.fitTemperature(p, labels, { cols: COLS })).toThrow(/probabilities/);
      expect(() => kernels.fitTemperature([1, 2, NaN, 2], [0, 0], { cols: 2 })).toThrow(/row 1, column 0/);
      expect(() => kernels.fitTemperature([1, Infinity], [0])).toThrow(/row 0, column 1/);
      expect(() => kernels.fitTemperature([1, -Infinity], [1])).toThrow(/at each row's label.*row 0/);
      expect(() => kernels.fitTemperature([1, 2], [-100])).toThrow(/count none/);
      expect(() => kernels.fitTemperature([], [])).toThrow(RangeError);
      expect(() => kernels.fitTemperature([1, 2], [5])).toThrow(/row 0/);
      expect(() => kernels.fitTemperature([1, 2], '0' as unknown as number[])).toThrow(TypeError);
    });
  });

  it('reads rows that are too long for the scratch', () => {
    const small = loadSync({ backend: kernels.backend, maxBytes: 2 ** 20 });
    const cols = 90_000;
    const r = random(22);
    const x = Float32Array.from({ length: 3 * cols }, () => 4 * r.normal());
    const y = [1, 2, 3].map((_, row) => kernels.argmax(x.subarray(row * cols, (row + 1) * cols))[0]);
    y[1] = 5;
    expect(small.calibration(x, y, { cols })).toEqual(kernels.calibration(x, y, { cols }));
    expect(small.fitTemperature(x, y, { cols })).toEqual(kernels.fitTemperature(x, y, { cols }));
  });
});
