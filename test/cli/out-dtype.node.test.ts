/** Probabilities in half the bytes: float16, and bfloat16, which a .npy has as uint16. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openLogits } from '../../src/cli/input/open.ts';
import { loadSync } from '../../src/index.ts';
import { useFolder } from '../support/folder.ts';
import { random } from '../support/random.ts';
import { npyOf } from './npy-file.ts';

const { at, put, run } = useFolder('out-dtype');
const SHAPE = [7, 5, 6];
const r = random(8);
const values = Array.from({ length: 210 }, () => Math.fround(4 * r.normal()));
const k = loadSync({ backend: 'simd' });

/** The nearest bfloat16, by division: ties to even, as JavaScript's Math.round is not. */
function brainOf(x: number): number {
  if (x === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7);
  const steps = x / unit;
  const floor = Math.floor(steps);
  const isUp = steps - floor > 0.5 || (steps - floor === 0.5 && floor % 2 !== 0);
  return (floor + Number(isUp)) * unit;
}

async function read(path: string): Promise<{ shape: readonly number[]; values: number[] }> {
  const source = await openLogits([path], { bfloat16: true, axis: 2 });
  const into = new Float32Array(source.rows * source.cols);
  await source.readRows(0, source.rows, into);
  await source.close();
  return { shape: source.shape, values: [...into] };
}

describe.each([-1, 1])('along axis %i', (axis) => {
  it.each(['softmax', 'logSoftmax'] as const)('%s in bfloat16', async (op) => {
    const x = put(npyOf('<f4', SHAPE, values), 'x.npy');
    const out = at(`${op}${axis}.npy`);
    const name = op === 'softmax' ? op : 'log-softmax';
    const where = ['--axis', String(axis), '--backend', 'simd'];
    const { code, err } = run('apply', x, '--op', name, ...where, '--out-dtype', 'bfloat16', '--out', out);
    expect({ code, err }).toEqual({ code: 0, err: `wrote ${out}, bfloat16, as uint16, (7, 5, 6)\n` });
    expect(readFileSync(out).toString('latin1', 0, 128)).toContain("'descr': '<u2'");
    const exact = k[op](Float32Array.from(values), { shape: SHAPE, axis });
    expect(await read(out)).toEqual({ shape: SHAPE, values: [...exact].map(brainOf) });
  });
});

it('the values of top-k', async () => {
  const x = put(npyOf('<f4', [42, 5], values), 'x.npy');
  const args = ['--values', at('v.npy'), '--out-dtype', 'bfloat16', '--quiet'];
  expect(run('apply', x, '--op', 'top-k', '-k', '2', '--out', at('i.npy'), ...args)).toMatchObject({
    code: 0,
  });
  const { values: exact } = k.topK(Float32Array.from(values), 2, { cols: 5 });
  const source = await openLogits([at('v.npy')], { bfloat16: true });
  const into = new Float32Array(84);
  await source.readRows(0, 42, into);
  await source.close();
  expect([...into]).toEqual([...exact].map(brainOf));
});

it('indices have no other type', () => {
  const x = put(npyOf('<f4', [42, 5], values), 'x.npy');
  const { code } = run('apply', x, '--op', 'argmax', '--out', at('a.npy'), '--out-dtype', 'bfloat16');
  expect(code).toBe(2);
});
