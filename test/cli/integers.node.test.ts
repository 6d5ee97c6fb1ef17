/** Logits that are integers: each rounded to float32 once, whatever the file's format and byte order. */
import { describe, expect, it } from 'vitest';
import { dtypeOf, INTEGERS } from '../../src/cli/input/dtype.ts';
import { type InputOptions, openLogits } from '../../src/cli/input/open.ts';
import { useFolder } from '../support/folder.ts';
import { random } from '../support/random.ts';
import { bytesOf, npyFile, npyOf } from './npy-file.ts';
import { safetensorsFile } from './safetensors-file.ts';

const { put, run } = useFolder('integers');

/** numpy's letter and size. */
const codeOf = (name: string): string => `${name[0]}${Number(/\d+/.exec(name)?.[0]) / 8}`;

/** Extremes, and some between. */
function valuesOf(name: string): bigint[] {
  const bits = BigInt(/\d+/.exec(name)?.[0] ?? 8);
  const [low, high] = name.startsWith('u')
    ? [0n, 2n ** bits - 1n]
    : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
  return [low, low + 1n, high - 1n, high, 0n, 1n, high / 3n, low / 7n, 5n, 100n, high / 2n, high / 2n + 1n];
}

/** The nearest float32, ties to even: by the two that are around it. */
function rounded(value: bigint): number {
  const near = Math.fround(Number(value));
  const bits = new Int32Array(Float32Array.of(near).buffer)[0];
  const at = (code: number): number => new Float32Array(Int32Array.of(code).buffer)[0];
  const candidates = [bits - 1, bits, bits + 1].filter((code) => Number.isFinite(at(code)) && value !== 0n);
  const distance = (code: number): bigint => {
    const difference = BigInt(Math.trunc(at(code))) - value;
    return difference < 0n ? -difference : difference;
  };
  const [best] = candidates.sort((a, b) => {
    const d = distance(a) - distance(b);
    return d === 0n ? (a & 1) - (b & 1) : d < 0n ? -1 : 1;
  });
  return Math.abs(near) < 2 ** 24 ? Number(value) : at(best);
}

async function read(path: string, options?: InputOptions): Promise<number[]> {
  const source = await openLogits([path], options);
  const into = new Float32Array(source.rows * source.cols);
  await source.readRows(0, source.rows, into);
  await source.close();
  return [...into];
}

describe.each(INTEGERS)('%s', (name) => {
  const values = valuesOf(name);
  const wanted = values.map(rounded);
  const code = codeOf(name);
  const isBrain = name === 'uint16';

  it.each(code.endsWith('1') ? ['|'] : ['<', '>'])('.npy, byte order %s', async (order) => {
    const path = put(npyOf(`${order}${code}`, [3, 4], values), 'x.npy');
    if (isBrain) await expect(read(path)).rejects.toThrow('--bfloat16 takes it for bfloat16');
    else expect(await read(path)).toEqual(wanted);
  });

  it('.safetensors', async () => {
    const dtype = `${name[0].toUpperCase()}${/\d+/.exec(name)?.[0]}`;
    const path = put(
      safetensorsFile({ x: { dtype, shape: [3, 4], data: bytesOf(`<${code}`, values) } }),
      'x.safetensors',
    );
    if (isBrain) await expect(read(path)).rejects.toThrow('--bfloat16 takes it for bfloat16');
    else expect(await read(path)).toEqual(wanted);
  });

  it('.bin, in which nothing is meant but what the user says', async () => {
    const options = { dtype: dtypeOf(name, '<'), shape: [3, 4] };
    expect(await read(put(Buffer.from(bytesOf(`<${code}`, values)), 'x.bin'), options)).toEqual(wanted);
  });

  it('along axis 0, which is read in pieces', async () => {
    if (isBrain) return;
    const along = await read(put(npyOf(`<${code}`, [4, 3], values), 'x.npy'), { axis: 0 });
    expect(along).toEqual([0, 1, 2].flatMap((row) => [0, 1, 2, 3].map((col) => wanted[3 * col + row])));
  });
});

it('int64 in and just beside the middle of two float32', async () => {
  const { next, below } = random(11);
  const values = Array.from({ length: 4000 }, () => {
    const exponent = 25 + below(38);
    const odd = BigInt(2 ** 24 + 2 * below(2 ** 23)) + 1n;
    const middle = odd << BigInt(exponent - 25 + 1);
    const value = (middle >> 1n) + BigInt(below(3) - 1);
    return next() < 0.5 && value < 2n ** 63n ? -value : value;
  }).filter((value) => value < 2n ** 63n && value >= -(2n ** 63n));
  const path = put(npyOf('<i8', [1, values.length], values), 'x.npy');
  expect(await read(path)).toEqual(values.map(rounded));
});

it('commands take them', () => {
  const logits = put(npyOf('<i8', [2, 3], [5n, 1n, 0n, -2n, 7n, 7n]), 'x.npy');
  const labels = put(npyOf('|u1', [2], [0, 1]), 'y.npy');
  const floats = put(npyOf('<f4', [2, 3], [5, 1, 0, -2, 7, 7]), 'x.npy');
  for (const command of ['eval', 'calibrate']) {
    const ofIntegers = run(command, logits, labels, '--json');
    expect(ofIntegers).toMatchObject({ code: 0, err: '' });
    expect(ofIntegers.out.replaceAll(logits, '')).toBe(
      run(command, floats, labels, '--json').out.replaceAll(floats, ''),
    );
  }
});

it('uint16 has to be told from bfloat16', () => {
  const path = put(npyFile({ descr: '<u2', shape: [2], data: new Uint8Array(4) }), 'x.npy');
  const { code, err } = run('apply', path, '--op', 'argmax', '--json');
  expect(code).toBe(2);
  expect(err).toContain('--bfloat16 takes it for bfloat16');
});

it('what labels look like is refused', () => {
  for (const shape of [[4], [4, 1]]) {
    const path = put(npyOf('<i8', shape, [1n, 0n, 2n, 1n]), 'x.npy');
    const { code, err } = run('apply', path, '--op', 'argmax', '--json');
    expect(code).toBe(2);
    expect(err).toContain('got what labels look like: int64 of shape');
  }
});
