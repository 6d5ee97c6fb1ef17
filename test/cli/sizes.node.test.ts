/** Data that the kernels' memory cannot hold, whatever --memory allows, is read piece by piece. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBlocks } from '../../src/cli/blocks.ts';
import { toDataset } from '../../src/cli/dataset.ts';
import { openLabelled } from '../../src/cli/input/open.ts';
import type { LabelsSource, LogitsSource } from '../../src/cli/source.ts';
import { addBlock, type EvalSums, emptySums } from '../../src/cli/sums.ts';
import { type Kernels, loadSync } from '../../src/index.ts';
import { useFolder } from '../support/folder.ts';
import { random } from '../support/random.ts';
import { npyOf } from './npy-file.ts';

const { put, run } = useFolder('sizes');
const MEMORY = 2 ** 28;

describe.each([
  ['of many rows', 3000, 200],
  ['of a single row', 1, 600_000],
])('a matrix %s', (_, rows, cols) => {
  /** A memory of 1 MiB, as small beside the matrix as 4 GiB are beside one of 5. */
  let small: Kernels;
  let large: Kernels;
  let logits: LogitsSource;
  let labels: LabelsSource;
  beforeEach(async () => {
    small = loadSync({ backend: 'simd', maxBytes: 2 ** 20 });
    large = loadSync({ backend: 'simd' });
    const { normal, below } = random(4);
    const names = [
      put(npyOf('<f4', [rows, cols], Array.from({ length: rows * cols }, normal))),
      put(
        npyOf(
          '<i4',
          [rows],
          Array.from({ length: rows }, () => below(cols)),
        ),
      ),
    ];
    ({ logits, labels } = await openLabelled('eval', names, {}));
  });
  afterEach(async () => {
    await logits.close();
    await labels.close();
  });

  const sumsOf = async (kernels: Kernels): Promise<EvalSums> => {
    const sums = emptySums(5);
    const data = toDataset(logits, labels, kernels, { memory: MEMORY, quiet: true });
    for await (const block of data.pass('')) addBlock(sums, kernels, block, 0.7);
    data.free();
    return sums;
  };

  it('is evaluated to the same sums', async () => {
    const [a, b] = [await sumsOf(small), await sumsOf(large)];
    expect(a).toMatchObject({ rows: b.rows, correct: b.correct });
    expect(Math.abs(a.loss.value / b.loss.value - 1)).toBeLessThan(1e-9);
  });

  it('is read in blocks', async () => {
    let read = 0;
    for await (const { count, x } of readBlocks(logits, small, { memory: MEMORY })) {
      expect(small.softmax(x, { cols, out: x })).toBe(x);
      read += count;
    }
    expect(read).toBe(rows);
  });
});

it('sample: rows whose number float64 cannot tell from its neighbour are refused', () => {
  const x = put(npyOf('<f4', [2, 2], [0, 1, 2, 3]));
  const first = (n: number): string[] => ['--first-row', String(n), '--seed', '1'];
  expect(run('sample', x, ...first(Number.MAX_SAFE_INTEGER - 2)).code).toBe(0);
  expect(run('sample', x, ...first(Number.MAX_SAFE_INTEGER))).toMatchObject({ code: 2, out: '' });
});
