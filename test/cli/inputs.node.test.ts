/** What the command line reads besides whole .npy files: archives, tensors, bare elements, several files, pipes. */
import { readFileSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/cli/errors.ts';
import { dtypeOf, parseDtype } from '../../src/cli/input/dtype.ts';
import { type InputOptions, openLabels, openLogits } from '../../src/cli/input/open.ts';
import type { LogitsSource } from '../../src/cli/source.ts';
import { useFolder } from '../support/folder.ts';
import { bytesOf, npyFile, npyOf } from './npy-file.ts';
import { safetensorsFile } from './safetensors-file.ts';
import { zipFile } from './zip-file.ts';

const { at, put } = useFolder('inputs');

const VALUES = [1, 2, -3, 0.5, 8, 0];
const HALF_CODES = [0x3c00, 0x4000, 0xc200, 0x3800, 0x4800, 0];
const BRAIN_CODES = [0x3f80, 0x4000, 0xc040, 0x3f00, 0x4100, 0];

async function all(source: LogitsSource): Promise<{ shape: readonly number[]; values: number[] }> {
  try {
    const into = new Float32Array(source.rows * source.cols);
    // Row by row, which is how whatever is kept between reads shows.
    for (let row = 0; row < source.rows; row++) {
      await source.readRows(row, 1, into.subarray(row * source.cols, (row + 1) * source.cols));
    }
    return { shape: source.shape, values: [...into] };
  } finally {
    await source.close();
  }
}

const read = async (name: string | string[], options?: InputOptions): ReturnType<typeof all> =>
  all(await openLogits([name].flat(), options));

const readLabels = async (name: string | string[], options?: InputOptions): Promise<number[]> => {
  const source = await openLabels([name].flat(), options);
  const into = new Int32Array(source.length);
  await source.readLabels(0, source.length, into);
  await source.close();
  return [...into];
};

const expected = { shape: [2, 3], values: VALUES };
const npy = npyOf('<f4', [2, 3], VALUES);

describe('half the bits', () => {
  for (const order of ['<', '>']) {
    it(`float16 and bfloat16 in .npy, ${order}`, async () => {
      expect(await read(put(npyOf(`${order}f2`, [2, 3], HALF_CODES), 'a.npy'))).toEqual(expected);
      for (const kind of ['u', 'V']) {
        const file = npyFile({
          descr: `${order}${kind}2`,
          shape: [2, 3],
          data: bytesOf(`${order}u2`, BRAIN_CODES),
        });
        expect(await read(put(file, 'a.npy'), { bfloat16: true })).toEqual(expected);
      }
    });
  }

  it('--bfloat16 takes nothing else', async () => {
    const path = put(npy, 'a.npy');
    await expect(openLogits([path], { bfloat16: true })).rejects.toThrow('as uint16, got dtype');
  });
});

describe('.npz', () => {
  for (const deflate of [false, true]) {
    for (const zip64 of [false, true]) {
      it(`${deflate ? 'deflated' : 'stored'}${zip64 ? ', with 64-bit fields' : ''}`, async () => {
        const members = [
          { name: 'labels.npy', data: npyOf('<i8', [2], [1, 0]), deflate, zip64 },
          { name: 'logits.npy', data: npy, deflate, zip64 },
        ];
        const path = put(zipFile(members), 'a.npz');
        expect(await read(`${path}:logits`)).toEqual(expected);
        expect(await read(`${path}:logits.npy`)).toEqual(expected);
        expect(await read(path, { tensor: 'logits' })).toEqual(expected);
        expect(await readLabels(`${path}:labels`)).toEqual([1, 0]);
        await expect(openLogits([path])).rejects.toThrow('expected one member, got 2: labels, logits');
        await expect(openLogits([`${path}:x`])).rejects.toThrow('a member named x, got: labels, logits');
        expect(await read(put(zipFile(members.slice(1)), 'one.npz'))).toEqual(expected);
      });
    }
  }

  it('more than the decompressor gives at once, in any order of blocks', async () => {
    const values = Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i) * i);
    const data = npyFile({ shape: [3000, 100], data: new Uint8Array(values.buffer) });
    const source = await openLogits([put(zipFile([{ name: 'x.npy', data, deflate: true }]), 'a.npz')]);
    const into = new Float32Array(200);
    for (const row of [0, 2998, 5, 1500, 1502, 3]) {
      await source.readRows(row, 2, into);
      expect([...into]).toEqual([...values.subarray(row * 100, row * 100 + 200)]);
    }
    await source.close();
  });

  it('data that is not what its checksum says', async () => {
    for (const deflate of [false, true]) {
      const member = { name: 'x.npy', data: npy, deflate, claims: { crc: crc32(npy) ^ 1 } };
      const reading = read(put(zipFile([member]), 'a.npz'));
      await expect(reading).rejects.toThrow('damaged: expected data with CRC-32');
      await expect(reading).rejects.toBeInstanceOf(InputError);
    }
  });

  it('what inflates to more or less than it says, encrypted members, other methods', async () => {
    const big = Buffer.concat([npy, Buffer.alloc(2 ** 22)]);
    for (const [member, message] of [
      [{ data: big, deflate: true, claims: { size: npy.length } }, 'trailing bytes: expected the end after'],
      [{ data: npy.subarray(0, -4), deflate: true, claims: { size: npy.length } }, 'truncated'],
      [{ data: npy, deflate: true, claims: { size: 2 ** 31 } }, 'damaged: expected at most 1032 times'],
      [{ data: npy, deflate: true, claims: { size: npy.length + 4 } }, 'trailing bytes: expected 24'],
      [{ data: npy, claims: { size: npy.length + 4 } }, 'size mismatch for stored file'],
      [{ data: npy, claims: { flags: 1 } }, 'damaged one'],
      [{ data: npy, claims: { method: 12 } }, 'stored or deflated, got compression method 12'],
      [{ data: Buffer.from('PK'), deflate: true }, 'expected a .npy file (magic'],
    ] as const) {
      const reading = read(put(zipFile([{ name: 'x.npy', ...member }]), 'a.npz'));
      await expect(reading, message).rejects.toThrow(message);
    }
  });

  it('a bomb: a gigabyte of zeros under a header of six numbers, or six numbers of a gigabyte', async () => {
    const zeros = Buffer.alloc(2 ** 27);
    const before = process.memoryUsage().rss;
    const bomb = zipFile([
      { name: 'x.npy', data: Buffer.concat([npy, zeros]), deflate: true, claims: { size: npy.length } },
    ]);
    await expect(read(put(bomb, 'bomb.npz'))).rejects.toThrow('trailing bytes');
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 26 + 2 * zeros.length);
  });

  it('what is no archive', async () => {
    for (const bytes of [
      Buffer.alloc(0),
      npy,
      Buffer.from('PK\x05\x06'),
      Buffer.alloc(100_000, 'PK\x05\x06'),
    ]) {
      const reading = read(put(bytes, 'a.npz'));
      await expect(reading).rejects.toThrow(/expected (a zip archive|one member)/);
      await expect(reading).rejects.toBeInstanceOf(InputError);
    }
    await expect(read(put(zipFile([]), 'a.npz'))).rejects.toThrow('expected one member, got 0: none');
  });
});

describe('.safetensors', () => {
  const tensors = {
    'lm.f32': { dtype: 'F32', shape: [2, 3], data: bytesOf('<f4', VALUES) },
    odd: { dtype: 'U8', shape: [1], data: Uint8Array.of(1) },
    f16: { dtype: 'F16', shape: [2, 3], data: bytesOf('<u2', HALF_CODES) },
    bf16: { dtype: 'BF16', shape: [2, 3], data: bytesOf('<u2', BRAIN_CODES) },
    f64: { dtype: 'F64', shape: [2, 3], data: bytesOf('<f8', VALUES) },
    labels: { dtype: 'I64', shape: [2], data: bytesOf('<i8', [2, -100]) },
  };

  it('tensors by name, wherever they lie', async () => {
    const path = put(safetensorsFile(tensors), 'a.safetensors');
    for (const name of ['lm.f32', 'f16', 'bf16', 'f64']) {
      expect(await read(`${path}:${name}`), name).toEqual(expected);
    }
    expect(await read(path, { tensor: 'f16' })).toEqual(expected);
    expect(await readLabels(`${path}:labels`)).toEqual([2, -100]);
    await expect(openLogits([path])).rejects.toThrow('expected one tensor, got 6: lm.f32, odd, f16');
    const truths = { x: { dtype: 'BOOL', shape: [2, 3], data: new Uint8Array(6) } };
    await expect(openLogits([put(safetensorsFile(truths), 'a.safetensors')])).rejects.toThrow(
      'logits, got dtype BOOL',
    );
    expect(await read(put(safetensorsFile({ x: tensors.f16 }), 'a.safetensors'))).toEqual(expected);
  });

  const one = { x: tensors['lm.f32'] };
  const entry = (text: string): string => `{"x":${text}}`;
  const cases: [string, Parameters<typeof safetensorsFile>[1], string][] = [
    ['an absurd header length', { length: 2n ** 64n - 1n }, 'a header of at most'],
    ['a header longer than the file', { length: 10_000n }, 'a header of at most'],
    ['a header that is cut off', { length: 20n }, 'a header in JSON'],
    ['Python code', { header: "__import__('os')" }, 'a header in JSON'],
    ['a nest', { header: '['.repeat(100_000) }, 'a header in JSON'],
    ['an array', { header: '[]' }, 'a JSON object, got an array'],
    ['no tensors', { header: '{}' }, 'expected one tensor, got 0'],
    ['no object', { header: entry('3') }, 'expected an object as the tensor'],
    ['a prototype', { header: '{"__proto__":{"dtype":"F32"}}' }, 'as shape'],
    ['no dtype', { header: entry('{"shape":[2,3],"data_offsets":[0,24]}') }, 'as dtype'],
    [
      'an unknown dtype',
      { header: entry('{"dtype":"toString","shape":[2,3],"data_offsets":[0,24]}') },
      'got dtype toString',
    ],
    [
      'negative dimensions',
      { header: entry('{"dtype":"F32","shape":[-2,-3],"data_offsets":[0,24]}') },
      'as shape in the header, got [-2,-3]',
    ],
    [
      'huge dimensions',
      { header: entry('{"dtype":"F32","shape":[1e300,3],"data_offsets":[0,24]}') },
      'as shape',
    ],
    [
      'offsets beyond the file',
      { header: entry('{"dtype":"F32","shape":[20,30],"data_offsets":[0,2400]}') },
      'truncated .safetensors',
    ],
    [
      'offsets that do not fit the shape',
      { header: entry('{"dtype":"F32","shape":[2,3],"data_offsets":[4,24]}') },
      'expected 24 bytes for shape (2, 3) of F32, got 20',
    ],
    [
      'offsets the wrong way round',
      { header: entry('{"dtype":"F32","shape":[2,3],"data_offsets":[24,0]}') },
      'as data_offsets',
    ],
  ];
  for (const [name, claims, message] of cases) {
    it(`refuses ${name}`, async () => {
      const reading = read(put(safetensorsFile(one, claims), 'a.safetensors'));
      await expect(reading).rejects.toThrow(message);
      await expect(reading).rejects.toBeInstanceOf(InputError);
    });
  }

  it('refuses what is too short for anything', async () => {
    await expect(read(put(Buffer.alloc(7), 'a.safetensors'))).rejects.toThrow('got a file of 7 bytes');
  });
});

describe('bare elements', () => {
  it('by type and shape', async () => {
    for (const [type, bytes] of [
      ['float32', bytesOf('<f4', VALUES)],
      ['>f4', bytesOf('>f4', VALUES)],
      ['float64', bytesOf('<f8', VALUES)],
      ['float16', bytesOf('<u2', HALF_CODES)],
      ['bfloat16', bytesOf('<u2', BRAIN_CODES)],
    ] as const) {
      const dtype = parseDtype(type);
      for (const shape of [
        [2, 3],
        [-1, 3],
        [2, -1],
      ]) {
        expect(await read(put(bytes, 'a.bin'), { dtype, shape }), type).toEqual(expected);
        expect(await read(put(bytes, 'a.logits'), { dtype, shape }), type).toEqual(expected);
      }
    }
    const path = put(bytesOf('<i2', [5, 6]), 'a.bin');
    expect(await readLabels(path, { labelsDtype: dtypeOf('int16', '<') })).toEqual([5, 6]);
  });

  it('refuses another size', async () => {
    const options = { dtype: dtypeOf('float32', '<'), shape: [2, 3] };
    for (const bytes of [20, 28]) {
      const path = put(Buffer.alloc(bytes), 'a.bin');
      await expect(openLogits([path], options)).rejects.toThrow(
        `expected 24 bytes for shape (2, 3) of float32`,
      );
      await expect(openLogits([path], { ...options, shape: [-1, 3] })).rejects.toThrow(
        'a multiple of 12 bytes',
      );
      await expect(openLogits([path], { ...options, shape: [-1, 0] })).rejects.toThrow(
        'a multiple of 0 bytes',
      );
    }
    const brains = { ...options, dtype: dtypeOf('int32', '<'), bfloat16: true };
    await expect(openLogits([put(Buffer.alloc(24), 'a.bin')], brains)).rejects.toThrow(
      '--bfloat16), as uint16, got int32',
    );
  });
});

describe('several files', () => {
  it('of any formats, named or found by a pattern, are one matrix', async () => {
    const paths = [
      put(npyOf('<f4', [2, 3], [1, 2, 3, 4, 5, 6]), 'part-a.npy'),
      put(npyOf('>f8', [0, 3], []), 'part-b.npy'),
      put(npyOf('<f2', [1, 3], [0x4700, 0x4800, 0x4880]), 'part-c.npy'),
    ];
    const together = { shape: [3, 3], values: [1, 2, 3, 4, 5, 6, 7, 8, 9] };
    expect(await read(paths)).toEqual(together);
    expect(await read(at('*-part-?.npy'))).toEqual(together);
    const member = { name: 'x.npy', data: npyOf('<f4', [1, 3], [7, 8, 9]), deflate: true };
    expect(await read([paths[0], `${put(zipFile([member]), 'c.npz')}:x`])).toEqual(together);
    const source = await openLogits(paths);
    const into = new Float32Array(6);
    await source.readRows(1, 2, into);
    expect([...into]).toEqual([4, 5, 6, 7, 8, 9]);
    expect([source.locate(0), source.locate(2)]).toEqual([`${paths[0]}: row 0`, `${paths[2]}: row 0`]);
    await source.close();
    const labels = [
      put(npyOf('<i4', [2], [0, 1]), 'labels-0.npy'),
      put(npyOf('|i1', [1, 1], [2]), 'labels-1.npy'),
    ];
    expect(await readLabels(labels)).toEqual([0, 1, 2]);
  });

  it('with other columns are refused', async () => {
    const paths = [put(npyOf('<f4', [1, 3], [1, 2, 3]), 'a.npy'), put(npyOf('<f4', [1, 2], [1, 2]), 'b.npy')];
    await expect(openLogits(paths)).rejects.toThrow(`${paths[1]}: expected 3 classes as in ${paths[0]}`);
  });

  it('more of them than a process may open', async () => {
    const path = put(npyOf('<f4', [1, 1], [1]), 'a.npy');
    const source = await openLogits(Array(3000).fill(path));
    const into = new Float32Array(3000);
    await source.readRows(0, 3000, into);
    expect(into.every((value) => value === 1)).toBe(true);
    await source.close();
  });

  it('of which one vanishes, or changes, before it is its turn', async () => {
    const paths = ['a.npy', 'b.npy'].map((name) => put(npyOf('<f4', [1, 1], [1]), name));
    const source = await openLogits(paths);
    utimesSync(paths[1], 1, 1);
    await expect(source.readRows(0, 2, new Float32Array(2))).rejects.toThrow('changed while it was read');
    rmSync(paths[1]);
    const reading = source.readRows(0, 2, new Float32Array(2));
    await expect(reading).rejects.toThrow(/b\.npy: ENOENT/);
    await expect(reading).rejects.not.toBeInstanceOf(InputError);
    await source.close();
  });
});

it('a file that shrinks while its blocks are read', async () => {
  const path = put(npyFile({ shape: [8, 2 ** 18], data: new Uint8Array(2 ** 23) }), 'a.npy');
  const logits = await openLogits([path]);
  const into = new Float32Array(2 ** 18);
  await logits.readRows(0, 1, into);
  truncateSync(path, readFileSync(path).length - 4);
  await expect(logits.readRows(7, 1, into)).rejects.toThrow('became shorter while it was read');
  await logits.close();
});
