import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/cli/errors.ts';
import { openLabels, openLogits } from '../../src/cli/input/open.ts';
import { createNpy } from '../../src/cli/output/npy.ts';
import { resolveTarget } from '../../src/cli/output/target.ts';
import { useFolder } from '../support/folder.ts';
import { bytesOf, type NpyParts, npyFile, npyOf } from './npy-file.ts';

const { at, put } = useFolder('npy');

async function readLogits(bytes: Uint8Array): Promise<{ shape: readonly number[]; values: number[] }> {
  const file = await openLogits([put(bytes)]);
  try {
    const into = new Float32Array(file.rows * file.cols);
    await file.readRows(0, file.rows, into);
    return { shape: [file.rows, file.cols], values: [...into] };
  } finally {
    await file.close();
  }
}

async function readLabels(bytes: Uint8Array): Promise<number[]> {
  const file = await openLabels([put(bytes)]);
  try {
    const into = new Int32Array(file.length);
    await file.readLabels(0, file.length, into);
    return [...into];
  } finally {
    await file.close();
  }
}

const VALUES = [0, -0, 1.5, -2.25, 3e38, 2 ** -149, Number.POSITIVE_INFINITY, Number.NaN, 0.1];
const ROUNDED = VALUES.map(Math.fround);

describe('logits', () => {
  for (const version of [
    [1, 0],
    [2, 0],
    [3, 0],
  ] as const) {
    for (const descr of ['<f4', '>f4', '<f8', '>f8']) {
      it(`reads version ${version.join('.')} of ${descr}`, async () => {
        const file = npyFile({ version, descr, shape: [3, 3], data: bytesOf(descr, VALUES) });
        expect(await readLogits(file)).toEqual({ shape: [3, 3], values: ROUNDED });
      });
    }
  }

  it('takes one dimension as one row, and leading dimensions as rows', async () => {
    const shapes: [number[], number[]][] = [
      [[6], [1, 6]],
      [
        [1, 2, 3],
        [2, 3],
      ],
      [
        [2, 1, 3],
        [2, 3],
      ],
      [
        [3, 2, 1],
        [6, 1],
      ],
    ];
    for (const [shape, expected] of shapes) {
      expect((await readLogits(npyOf('<f4', shape, [1, 2, 3, 4, 5, 6]))).shape).toEqual(expected);
    }
  });

  it('reads files without rows and without classes', async () => {
    expect((await readLogits(npyOf('<f4', [0, 5], []))).shape).toEqual([0, 5]);
    expect((await readLogits(npyOf('<f8', [5, 0], []))).shape).toEqual([5, 0]);
    expect((await readLogits(npyOf('<f4', [0], []))).shape).toEqual([1, 0]);
  });

  it('reads any block of rows, and nothing but it', async () => {
    for (const descr of ['<f4', '>f8']) {
      const values = Array.from({ length: 40 }, (_, i) => i);
      const file = await openLogits([put(npyOf(descr, [10, 4], values))]);
      const into = new Float32Array(12).fill(-1);
      await file.readRows(7, 2, into);
      expect([...into]).toEqual([28, 29, 30, 31, 32, 33, 34, 35, -1, -1, -1, -1]);
      await file.close();
    }
  });

  it('reads into shared memory', async () => {
    const file = await openLogits([put(npyOf('<f4', [1, 3], [1, 2, 3]))]);
    const into = new Float32Array(new SharedArrayBuffer(64), 16, 3);
    await file.readRows(0, 1, into);
    expect([...into]).toEqual([1, 2, 3]);
    await file.close();
  });

  it('converts more than fits the conversion buffer', async () => {
    const data = new Float64Array(300_001).map((_, i) => i / 3);
    const { values } = await readLogits(
      npyFile({ descr: '<f8', shape: [1, 300_001], data: new Uint8Array(data.buffer) }),
    );
    expect(values.every((value, i) => value === Math.fround(data[i]))).toBe(true);
  });

  it('takes Fortran order, of which axis.node.test.ts has more', async () => {
    const data = bytesOf('<f4', [1, 2, 3, 4, 5, 6]);
    expect((await readLogits(npyFile({ fortranOrder: true, shape: [2, 3], data }))).values).toEqual([
      1, 3, 5, 2, 4, 6,
    ]);
    for (const shape of [[6], [1, 6], [6, 1], [1, 6, 1]]) {
      expect((await readLogits(npyFile({ fortranOrder: true, shape, data }))).values).toEqual([
        1, 2, 3, 4, 5, 6,
      ]);
    }
    expect((await readLogits(npyFile({ fortranOrder: true, shape: [0, 5] }))).values).toEqual([]);
  });

  it('takes the dict in any spelling that means the same', async () => {
    for (const dict of [
      "{'descr':'<f4','fortran_order':False,'shape':(1,2)}",
      '{"shape": (1, 2,), "fortran_order": False, "descr": "<f4"}',
      "  { 'descr' : '<f4' ,\n 'fortran_order' : False , 'shape' : ( 1L , 2L ) , }  ",
    ]) {
      const file = npyFile({ dict, data: bytesOf('<f4', [3, 4]) });
      expect(await readLogits(file), dict).toEqual({ shape: [1, 2], values: [3, 4] });
    }
  });

  it('says so when the file becomes shorter while it is read', async () => {
    const path = put(npyOf('<f4', [2, 2], [1, 2, 3, 4]));
    const file = await openLogits([path]);
    truncateSync(path, 130);
    await expect(file.readRows(0, 2, new Float32Array(4))).rejects.toThrow(/became shorter/);
    await file.close();
  });
});

describe('labels', () => {
  const signed = [0, 1, 127, -100, -128];
  const unsigned = [0, 1, 127, 128, 255];
  for (const kind of ['i', 'u']) {
    for (const size of [1, 2, 4, 8]) {
      for (const order of size === 1 ? ['|', '<'] : ['<', '>']) {
        const descr = `${order}${kind}${size}`;
        it(`reads ${descr}`, async () => {
          const values = kind === 'i' ? signed : unsigned;
          expect(await readLabels(npyOf(descr, [5], values))).toEqual(values);
        });
      }
    }
  }

  it('reads the ends of int32 and refuses what lies beyond, naming the row', async () => {
    const ends = [2 ** 31 - 1, -(2 ** 31)];
    expect(await readLabels(npyOf('<i8', [2], ends))).toEqual(ends);
    for (const [descr, value] of [
      ['<i8', 2n ** 31n],
      ['>i8', -(2n ** 31n) - 1n],
      ['<i8', 2n ** 32n],
      ['<u8', 2n ** 64n - 100n],
      ['>u4', 2n ** 32n - 100n],
    ] as const) {
      const reading = readLabels(npyOf(descr, [3], [1, 2, value]));
      await expect(reading).rejects.toThrow(`row 2: expected a label that fits int32, got ${value}`);
      await expect(reading).rejects.toBeInstanceOf(InputError);
    }
  });
});

describe('refuses, with an InputError naming the file', () => {
  const data = bytesOf('<f4', [1, 2, 3, 4, 5, 6]);
  const good: NpyParts = { shape: [2, 3], data };
  const dict = (text: string): Buffer => npyFile({ dict: text, data });
  const cases: [string, Uint8Array, string | RegExp][] = [
    ['an empty file', new Uint8Array(), 'got an empty file'],
    ['another magic', Buffer.from('PK\x03\x04 and so on, more'), 'magic \\x93NUMPY), got bytes 504b03042061'],
    ['a part of the magic', npyFile(good).subarray(0, 5), 'magic \\x93NUMPY'],
    ['the magic alone', npyFile(good).subarray(0, 6), 'truncated .npy: expected a version'],
    ['no header length', npyFile(good).subarray(0, 9), 'truncated .npy: expected a header length'],
    ['version 0', npyFile({ ...good, version: [0, 0] }), 'expected .npy version 1.0, 2.0 or 3.0, got 0.0'],
    ['version 4', npyFile({ ...good, version: [4, 0] }), 'got 4.0'],
    ['version 1.1', npyFile({ ...good, version: [1, 1] }), 'got 1.1'],
    ['a header cut off', npyFile(good).subarray(0, 100), 'expected a header of 118 bytes, got a file of 100'],
    ['a header longer than the file', npyFile({ ...good, headerLength: 60000 }), 'a header of 60000 bytes'],
    [
      'an absurd header length',
      npyFile({ ...good, version: [2, 0], headerLength: 2 ** 32 - 1 }),
      'a header of 4294967295 bytes',
    ],
    [
      'an absurd header that is there',
      npyFile({ version: [2, 0], dict: ' '.repeat(100_000) }),
      'expected a header of at most 65536 bytes',
    ],
    ['no dict', dict('[1, 2]'), "expected a dict literal, '{' at character 0"],
    ['Python code', dict("__import__('os').system('true')"), 'expected a dict literal'],
    ['code as a value', dict("{'descr': '<f' + '4', }"), "expected ',' or '}'"],
    [
      'a call in the shape',
      dict("{'descr': '<f4', 'fortran_order': False, 'shape': (int(2), 3)}"),
      'an integer',
    ],
    ['something after the dict', dict("{'descr': '<f4'} or 1"), 'nothing after the dict'],
    ['an open dict', dict("{'descr': '<f4', 'shape': (2, 3)"), "expected ',' or '}'"],
    [
      'a key missing',
      dict("{'descr': '<f4', 'shape': (2, 3)}"),
      'the header keys descr, fortran_order, shape',
    ],
    ['no keys', dict('{}'), 'got none'],
    [
      'a key too many',
      dict("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}"),
      'expected a string, True, False or a tuple of integers',
    ],
    ['a key twice', dict("{'descr': '<f4', 'descr': '<f4'}"), "once, got 'descr' twice"],
    ['a shape in words', dict("{'descr': '<f4', 'fortran_order': False, 'shape': 'big'}"), "as 'shape'"],
    ['a shape that is no tuple', dict("{'descr': '<f4', 'fortran_order': False, 'shape': (6)}"), "','"],
    [
      'a shape of fractions',
      dict("{'descr': '<f4', 'fortran_order': False, 'shape': (2.5, 3)}"),
      'an integer',
    ],
    ['a wrong order flag', dict("{'descr': '<f4', 'fortran_order': 'no', 'shape': (2, 3)}"), 'True or False'],
    ['a deep nest', dict(`{'shape': ${'('.repeat(20000)}`), 'an integer'],
    ['negative dimensions', npyFile({ ...good, shape: [-2, -3] }), 'got shape (-2, -3)'],
    ['huge dimensions', npyFile({ ...good, shape: [2 ** 60, 3] }), 'from 0 to 2^53 - 1'],
    ['a huge product', npyFile({ ...good, shape: [2 ** 40, 2 ** 40] }), 'truncated .npy'],
    ['too many dimensions', npyFile({ ...good, shape: Array(65).fill(1) }), 'at most 64 dimensions, got 65'],
    ['no dimension', npyFile({ shape: [], data: bytesOf('<f4', [1]) }), '[rows, classes], got shape ()'],
    ['truncated data', npyFile(good).subarray(0, -1), 'truncated .npy: expected 24 bytes of data'],
    ['trailing bytes', Buffer.concat([npyFile(good), Buffer.alloc(1)]), 'trailing bytes: expected 24'],
    [
      'uint16',
      npyFile({ ...good, descr: '<u2' }),
      "got dtype '<u2' (uint16): --bfloat16 takes it for bfloat16",
    ],
    ['two bytes of anything', npyFile({ ...good, descr: '|V2' }), "got dtype '|V2' (void)"],
    ['long double', npyFile({ ...good, descr: '<f16' }), "got dtype '<f16' (float128)"],
    ['complex', npyFile({ ...good, descr: '<c8' }), "got dtype '<c8' (complex64)"],
    [
      'truth values',
      npyFile({ ...good, descr: '|b1' }),
      "expected float16, float32, float64 or integer logits, got dtype '|b1' (bool)",
    ],
    ['objects', npyFile({ ...good, descr: '|O' }), "got dtype '|O' (object)"],
    ['strings', npyFile({ ...good, descr: '<U8' }), "got dtype '<U8' (string)"],
    ['dates', npyFile({ ...good, descr: '<M8[ns]' }), "got dtype '<M8[ns]' (datetime)"],
    ['no byte order', npyFile({ ...good, descr: '|f4' }), "got dtype '|f4'"],
    ['nonsense', npyFile({ ...good, descr: 'toString' }), "got dtype 'toString'"],
    [
      'structured types',
      dict("{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (3,), }"),
      'got a structured one',
    ],
  ];
  for (const [name, bytes, message] of cases) {
    it(name, async () => {
      const reading = readLogits(bytes);
      await expect(reading).rejects.toBeInstanceOf(InputError);
      await expect(reading).rejects.toThrow(message);
      await expect(reading).rejects.toThrow(at());
    });
  }

  it('bool and floats as labels', async () => {
    for (const [descr, name] of [
      ['|b1', 'bool'],
      ['<f4', 'float32'],
      ['<m8[s]', 'timedelta'],
    ]) {
      const reading = readLabels(npyFile({ descr, shape: [1], data: new Uint8Array(8) }));
      await expect(reading).rejects.toThrow(`expected integer labels, got dtype '${descr}' (${name})`);
      await expect(reading).rejects.toBeInstanceOf(InputError);
    }
  });

  it('folders, missing files and devices', async () => {
    await expect(openLogits([at()])).rejects.toBeInstanceOf(InputError);
    await expect(openLogits([at('none.npy')])).rejects.toThrow('no such file or folder');
    await expect(openLogits([join(put(new Uint8Array()), 'x')])).rejects.toThrow('is not a folder');
    if (existsSync('/dev/zero')) await expect(openLogits(['/dev/zero'])).rejects.toThrow('a regular file');
  });

  it('any damage to a file, or reads it', async () => {
    const file = npyFile(good);
    const mutation = fc.record({
      at: fc.nat(file.length - 1),
      cut: fc.nat(20),
      insert: fc.oneof(
        fc.string({ maxLength: 20 }),
        fc.constantFrom('(', '{', "'", '-1', '9'.repeat(20), '\\'),
      ),
    });
    const damage = fc.array(mutation, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(damage, async (mutations) => {
        let bytes: Buffer = file;
        for (const { at, cut, insert } of mutations) {
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at + cut)]);
        }
        const path = at('damaged.npy');
        writeFileSync(path, bytes);
        const logits = await openLogits([path]).catch((error: unknown) => {
          expect(error).toBeInstanceOf(InputError);
          return undefined;
        });
        if (!logits) return;
        await logits.readRows(0, logits.rows, new Float32Array(logits.rows * logits.cols));
        await logits.close();
      }),
      { numRuns: 1000 },
    );
  });
});

describe('output', () => {
  const path = (): string => at('out.npy');
  const leftovers = (): string[] => readdirSync(at()).filter((name) => name.includes('.partial'));

  it('is what numpy would write', async () => {
    const out = await createNpy(resolveTarget(path()), [2, 3]);
    await out.write(Float32Array.of(1, 2, 3));
    await out.write(Float32Array.of(4, 5, 6));
    await out.commit();
    await out.discard();
    expect(readFileSync(path())).toEqual(npyOf('<f4', [2, 3], [1, 2, 3, 4, 5, 6]));
  });

  it('round-trips every shape', async () => {
    for (const shape of [[4], [2, 2], [2, 1, 2], [0, 3], [1, 2, 2, 1]]) {
      const values = Float32Array.of(0.1, Number.NaN, -0, 3e38).subarray(0, shape.includes(0) ? 0 : 4);
      const out = await createNpy(resolveTarget(path()), shape);
      await out.write(values);
      await out.commit();
      const file = await openLogits([path()]);
      const into = new Float32Array(values.length);
      await file.readRows(0, file.rows, into);
      await file.close();
      expect(file.shape).toEqual(shape);
      expect(into).toEqual(values);
    }
  });

  it('does not touch the name before it is complete, nor when it is given up', async () => {
    writeFileSync(path(), 'before');
    const out = await createNpy(resolveTarget(path()), [2]);
    await out.write(Float32Array.of(1));
    expect(readFileSync(path(), 'utf8')).toBe('before');
    await expect(out.commit()).rejects.toThrow('1 more elements');
    await out.discard();
    expect(readFileSync(path(), 'utf8')).toBe('before');
    expect(leftovers()).toEqual([]);
  });

  it('refuses folders, devices and folders that are not there', () => {
    expect(() => resolveTarget(at())).toThrow('expected a regular file');
    expect(() => resolveTarget(at('none', 'x.npy'))).toThrow('no such file or folder');
    if (existsSync('/dev/null')) expect(() => resolveTarget('/dev/null')).toThrow(InputError);
    expect(leftovers()).toEqual([]);
  });
});
