/** Blocks of rows: each row once and in order, in whatever memory there is. */
import { expect, it } from 'vitest';
import { readBlocks } from '../../src/cli/blocks.ts';
import { openLogits } from '../../src/cli/input/open.ts';
import { loadSync } from '../../src/index.ts';
import { useFolder } from '../support/folder.ts';
import { npyFile, npyOf } from './npy-file.ts';

const { put } = useFolder('blocks');
const kernels = loadSync({ backend: 'js' });
const MIB = 2 ** 20;

it('hold all rows once, in order, whatever the memory', async () => {
  const cols = 50_000;
  const values = Float32Array.from({ length: 40 * cols }, (_, i) => i);
  const path = put(npyFile({ shape: [40, cols], data: new Uint8Array(values.buffer) }), 'a.npy');
  const sizes = new Set<number>();
  for (const memory of [8.3 * MIB, 8.5 * MIB, 9 * MIB, 256 * MIB]) {
    for (const [first, end] of [
      [0, 40],
      [7, 33],
    ]) {
      const logits = await openLogits([path]);
      let next = first;
      for await (const { start, count: n, x } of readBlocks(logits, kernels, { memory, first, end })) {
        expect(start).toBe(next);
        expect([x[0], x[x.length - 1]]).toEqual([start * cols, (start + n) * cols - 1]);
        next += n;
        sizes.add(n);
      }
      expect(next).toBe(end);
      await logits.close();
    }
  }
  expect(sizes.size).toBeGreaterThan(2);
});

it('keep their memory until what was started with it is done, and tell what went wrong', async () => {
  const path = put(npyFile({ shape: [64, 2 ** 17], data: new Uint8Array(4 * 64 * 2 ** 17) }), 'a.npy');
  const logits = await openLogits([path]);
  let running = 0;
  let most = 0;
  for await (const { hold, x } of readBlocks(logits, kernels, { memory: 10 * MIB })) {
    most = Math.max(most, ++running);
    x.fill(running);
    const mark = running;
    hold(
      new Promise((done) => setTimeout(done, 5)).then(() => {
        expect(x[0]).toBe(mark);
        running--;
      }),
    );
  }
  expect(running).toBe(0);
  expect(most).toBeGreaterThan(1);
  const failing = async (): Promise<void> => {
    for await (const { hold } of readBlocks(logits, kernels, { memory: 10 * MIB })) {
      hold(Promise.reject(new Error('the disk is full')));
    }
  };
  await expect(failing()).rejects.toThrow('the disk is full');
  await logits.close();
});

it('refuse a row that does not fit, and say what would do', async () => {
  const path = put(npyFile({ shape: [1, 2 ** 20], data: new Uint8Array(2 ** 22) }), 'a.npy');
  const logits = await openLogits([path]);
  const attempt = async (memory: number): Promise<void> => {
    for await (const _ of readBlocks(logits, kernels, { memory }));
  };
  await expect(attempt(11 * MIB)).rejects.toThrow('--memory 11M, got 1048576 classes: --memory 13M would do');
  await attempt(13 * MIB);
  await logits.close();
});

it('of rows of no columns are none, however many there are', async () => {
  const path = put(npyOf('<f4', [2 ** 50, 0], []), 'a.npy');
  const logits = await openLogits([path]);
  for await (const _ of readBlocks(logits, kernels, { memory: 256 * MIB })) throw new Error('a block');
  await logits.close();
});
