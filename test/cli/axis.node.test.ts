/** Classes along any axis, in C and in Fortran order: what comes out is what the transposed file in row-major order gives. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBlocks } from '../../src/cli/blocks.ts';
import { InputError } from '../../src/cli/errors.ts';
import { dtypeOf } from '../../src/cli/input/dtype.ts';
import { type InputOptions, openLabels, openLogits } from '../../src/cli/input/open.ts';
import { loadSync } from '../../src/index.ts';
import { CLI, useFolder } from '../support/folder.ts';
import { random } from '../support/random.ts';
import { bytesOf, npyFile, npyOf } from './npy-file.ts';
import { safetensorsFile } from './safetensors-file.ts';
import { zipFile } from './zip-file.ts';

const { at, put, run, runHere, runWith } = useFolder('axis');
const MIB = 2 ** 20;

const product = (shape: readonly number[]): number => shape.reduce((all, size) => all * size, 1);

/** For each element of an array whose dimensions are moved, in C order, its number in the array as it was, in C order. */
function moved(shape: readonly number[], order: readonly number[]): number[] {
  const stride = (dim: number): number => product(shape.slice(dim + 1));
  return order.reduce<number[]>(
    (all, dim) => all.flatMap((from) => Array.from({ length: shape[dim] }, (_, i) => from + i * stride(dim))),
    [0],
  );
}

const dimsOf = (shape: readonly number[]): number[] => shape.map((_, dim) => dim);
/** The axis last. */
const lastOf = (shape: readonly number[], axis: number): number[] => [
  ...dimsOf(shape).filter((dim) => dim !== axis),
  axis,
];
const restOf = (shape: readonly number[], axis: number): number[] => shape.filter((_, dim) => dim !== axis);

const pick = (values: ArrayLike<number>, order: readonly number[]): number[] => order.map((i) => values[i]);

type Order = 'C' | 'F';
const ORDERS = ['C', 'F'] as const;

/** A .npy of values that are given in C order. */
function npyIn(order: Order, shape: readonly number[], values: ArrayLike<number>, descr = '<f4'): Buffer {
  if (order === 'C') return npyOf(descr, shape, Array.from(values));
  const stored = pick(values, moved(shape, dimsOf(shape).reverse()));
  return npyFile({ descr, shape, fortranOrder: true, data: bytesOf(descr, stored) });
}

/** Rows of classes, row by row. */
const rowsAlong = (shape: readonly number[], axis: number, values: ArrayLike<number>): number[] =>
  pick(values, moved(shape, lastOf(shape, axis)));

/** float16 has all of these, and so has every other type. */
function wholes(length: number, seed = 3): number[] {
  const { below } = random(seed);
  return Array.from({ length }, () => below(2001) - 1000);
}

/** The codes of whole numbers as float16 and as bfloat16: by the engine's own view of float32, which both cut. */
function codesOf(values: readonly number[], mantissa: 10 | 7): number[] {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  if (mantissa === 7) return Array.from(bits, (b) => b >>> 16);
  return Array.from(bits, (b) => {
    return (b & 0x7fffffff) === 0
      ? 0
      : ((b >>> 16) & 0x8000) | ((((b >>> 23) & 255) - 112) << 10) | ((b >>> 13) & 1023);
  });
}

/** What readRows gives: all at once, row by row, and pieces in between. */
async function check(
  name: string,
  expected: readonly number[],
  options: InputOptions,
  inOrder = false,
): Promise<void> {
  const source = await openLogits([name], options);
  const { rows, cols } = source;
  expect(rows * cols).toBe(expected.length);
  try {
    for (const step of inOrder ? [rows] : [rows, 1, 3, 7]) {
      for (let row = 0; row < rows; row += step) {
        const count = Math.min(step, rows - row);
        const into = new Float32Array(count * cols);
        await source.readRows(row, count, into);
        const wrong = into.findIndex((value, i) => !Object.is(value, expected[row * cols + i]));
        expect({ step, row, wrong }).toEqual({ step, row, wrong: -1 });
      }
    }
  } finally {
    await source.close();
  }
}

const SHAPES = [
  [6],
  [1],
  [3, 4],
  [1, 5],
  [5, 1],
  [2, 3, 4],
  [3, 1, 2],
  [2, 3, 1, 4],
  [3, 2, 4, 5],
  [1, 3, 2, 2],
];
const AXES = SHAPES.flatMap((shape) => shape.map((_, axis) => ({ shape, axis })));

describe('reading rows along an axis', () => {
  describe.each(AXES)('$axis of $shape', ({ shape, axis }) => {
    const values = wholes(product(shape));
    const expected = rowsAlong(shape, axis, values);
    const halves = codesOf(values, 10);
    const brain = values.map((value) => value & ~7);
    const expectedBrain = rowsAlong(shape, axis, brain);

    it.each(ORDERS)('of a .npy in %s order, of every type', async (order) => {
      for (const option of [axis, axis - shape.length]) {
        for (const descr of ['<f4', '>f4', '<f8', '>f8']) {
          await check(put(npyIn(order, shape, values, descr)), expected, { axis: option });
        }
        for (const descr of ['<f2', '>f2']) {
          await check(put(npyIn(order, shape, halves, descr)), expected, { axis: option });
        }
        const codes = codesOf(brain, 7);
        const options = { axis: option, bfloat16: true };
        await check(put(npyIn(order, shape, codes, '<u2')), expectedBrain, options);
      }
    });

    it.each(ORDERS)('of a member in %s order, stored or deflated', async (order) => {
      for (const deflate of [false, true]) {
        const data = npyIn(order, shape, values);
        const path = put(zipFile([{ name: 'x.npy', data, deflate }]), 'x.npz');
        await check(path, expected, { axis });
      }
    });

    it('of a tensor, and of bare elements', async () => {
      const data = bytesOf('<f2', halves);
      const tensors = safetensorsFile({ x: { dtype: 'F16', shape, data } });
      await check(put(tensors, 'x.safetensors'), expected, { axis });
      await check(put(data, 'x.bin'), expected, { axis, shape, dtype: dtypeOf('float16', '<') });
    });
  });

  it.each([
    { shape: [2, 40, 9000], axis: 1, why: 'gaps too wide to be read' },
    { shape: [40, 9000, 2], axis: 0, why: 'gaps too wide, rows of two dimensions' },
    { shape: [3, 5, 30_000], axis: 1, why: 'a slab of more than a reading' },
    { shape: [2, 300_000], axis: 0, why: 'a run of more than a reading' },
    { shape: [700, 3, 300], axis: 0, why: 'small gaps' },
    { shape: [50, 60, 70], axis: 2, why: 'rows in the wrong order' },
  ])('$why: axis $axis of $shape, in any order, whatever the memory', async ({ shape, axis }) => {
    const values = wholes(product(shape));
    const expected = Float32Array.from(rowsAlong(shape, axis, values));
    const cols = shape[axis];
    const kernels = loadSync({ backend: 'js' });
    for (const order of ORDERS) {
      const path = put(npyIn(order, shape, values));
      for (const memory of [8.25 * MIB, 9 * MIB, 64 * MIB]) {
        const total = expected.length / cols;
        for (const [first, end] of [
          [0, total],
          [total - 11, total - 2],
        ]) {
          const logits = await openLogits([path], { axis });
          let next = first;
          for await (const { start, count, x } of readBlocks(logits, kernels, { memory, first, end })) {
            expect(start).toBe(next);
            const part = expected.subarray(start * cols, (start + count) * cols);
            expect(Buffer.from(x.slice().buffer).equals(Buffer.from(part.slice().buffer))).toBe(true);
            next += count;
          }
          expect(next).toBe(end);
          await logits.close();
        }
      }
    }
    kernels.close();
  });

  it('of several files, rows one after the other', async () => {
    const [a, b] = [wholes(24, 1), wholes(12, 2)];
    const names = [put(npyIn('C', [2, 3, 4], a)), put(npyIn('F', [3, 4], b))];
    const source = await openLogits(names, { axis: -2 });
    const into = new Float32Array(36);
    await source.readRows(0, 12, into);
    expect([...into]).toEqual([...rowsAlong([2, 3, 4], 1, a), ...rowsAlong([3, 4], 0, b)]);
    await source.close();
    const other = put(npyIn('C', [4, 3], b));
    await expect(openLogits([names[0], other], { axis: -2 })).rejects.toThrow('expected 3 classes');
  });

  it('labels in Fortran order', async () => {
    const values = wholes(24);
    for (const descr of ['<i2', '>i4', '<i8']) {
      const data = npyIn('F', [2, 3, 4], values, descr);
      for (const name of [put(data), put(zipFile([{ name: 'y.npy', data, deflate: true }]), 'y.npz')]) {
        const labels = await openLabels([name]);
        for (const [start, count] of [
          [0, 24],
          [5, 13],
        ]) {
          const into = new Int32Array(count);
          await labels.readLabels(start, count, into);
          expect([...into]).toEqual(values.slice(start, start + count));
        }
        await labels.close();
      }
    }
    const wrong = await openLabels([put(npyIn('F', [2, 3], [0, 0, 2 ** 31, 0, 0, 0], '<i8'))]);
    await wrong.readLabels(3, 3, new Int32Array(3));
    await expect(wrong.readLabels(1, 5, new Int32Array(5))).rejects.toThrow(
      'row 2: expected a label that fits',
    );
    await wrong.close();
  });
});

/** The elements of an output, and its shape. */
function outputOf(name: string): { shape: number[]; values: number[] } {
  const file = readFileSync(at(name));
  const start = 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', 10, start);
  expect(header).toContain("'fortran_order': False");
  const shape =
    /\(([\d, ]*)\)/
      .exec(header)?.[1]
      .split(',')
      .filter((dim) => dim.trim())
      .map(Number) ?? [];
  const data = file.buffer.slice(file.byteOffset + start, file.byteOffset + file.length) as ArrayBuffer;
  const type = header.includes('f2') ? Uint16Array : Uint32Array;
  return { shape, values: [...new type(data)] };
}

/** Runs a command that is to go well; what it prints. */
async function good(...args: string[]): Promise<string> {
  const { code, out, err } = await runHere(...args);
  expect({ code, err: code === 0 ? '' : err, args }).toEqual({ code: 0, err: '', args });
  return out;
}

const CASES = [
  { shape: [5], axis: 0 },
  { shape: [4, 6], axis: 0 },
  { shape: [2, 5, 6], axis: -2 },
  { shape: [3, 4, 2, 5], axis: 1 },
  { shape: [3, 4, 2, 5], axis: 3 },
  // More than a block, at the smallest of the memories.
  { shape: [2, 40, 2200], axis: 1 },
];

describe.each(CASES)('commands, axis $axis of $shape', ({ shape, axis }) => {
  const { normal, below } = random(11);
  const last = axis < 0 ? axis + shape.length : axis;
  const rest = restOf(shape, last);
  const cols = shape[last];
  const values = Float32Array.from({ length: product(shape) }, () => 3 * normal());
  const rows = rowsAlong(shape, last, values);
  const labels = Array.from({ length: product(rest) }, () => below(cols));
  const along = ['--axis', String(axis)];
  const memories = values.length > 2 ** 16 ? ['9M', '256M'] : ['9M'];
  const transposed = (): string => put(npyOf('<f4', [...rest, cols], rows));

  it.each([
    ['softmax', '--temperature', '0.7'],
    ['log-softmax', '--out-dtype', 'float16'],
    ['hardmax'],
    ['top-k', '-k', '3', '--values', 'values.npy'],
    ['argmax'],
  ])('apply --op %s %s %s', async (...op) => {
    const [out, values2] = ['out.npy', 'values.npy'];
    await good('apply', transposed(), '--op', ...op, '--out', out);
    const names = op[0] === 'top-k' ? [out, values2] : [out];
    const expected = names.map(outputOf);
    for (const o of ORDERS) {
      const input = put(npyIn(o, shape, values));
      for (const memory of memories) {
        await good('apply', input, '--op', ...op, '--out', out, ...along, '--memory', memory);
        for (const [i, name] of names.entries()) {
          const got = outputOf(name);
          if (op[0] === 'argmax') {
            expect(got).toEqual(expected[i]);
            continue;
          }
          const width = expected[i].shape.at(-1) as number;
          expect(got.shape).toEqual(shape.with(last, width));
          expect(rowsAlong(got.shape, last, got.values)).toEqual(expected[i].values);
        }
      }
    }
  });

  it('apply --json, sample', async () => {
    const input = transposed();
    const commands = [
      ['apply', '--op', 'top-k', '-k', '2', '--json'],
      ['apply', '--op', 'argmax', '--json'],
      ['sample', '--seed', '5'],
    ];
    for (const [command, ...options] of commands) {
      const expected = await good(command, input, ...options);
      for (const o of ORDERS) {
        const file = put(npyIn(o, shape, values));
        for (const memory of memories) {
          expect(await good(command, file, ...options, ...along, '--memory', memory)).toBe(expected);
        }
      }
    }
    await good('sample', put(npyIn('F', shape, values)), '--seed', '5', ...along, '--out', 'ids.npy');
    const ids = (await good('sample', input, '--seed', '5')).trim().split('\n');
    expect(outputOf('ids.npy')).toEqual({ shape: rest, values: ids.map((id) => Number(id.split('\t')[1])) });
  });

  it('eval, its rows and shards, calibrate', async () => {
    const flat = put(npyOf('<i4', [labels.length], labels));
    const input = transposed();
    const half = labels.length >> 1;
    const shards = [
      ['--rows', `0:${half}`, '--partial', 'a.json'],
      ['--rows', `${half}:${labels.length - half}`, '--partial', 'b.json'],
    ];
    const merged = async (file: string, y: string, ...more: string[]): Promise<string> => {
      const parts = [];
      for (const shard of shards) parts.push(await good('eval', file, y, '--json', ...shard, ...more));
      return [...parts, await good('merge', 'a.json', 'b.json', '--json')].join();
    };
    const whole = ['--bins', '15', '--json'];
    const expected = await good('eval', input, flat, ...whole);
    const expectedParts = await merged(input, flat);
    const fit = async (file: string, y: string, ...more: string[]): Promise<string> =>
      labels.length === 1 ? '' : (await good('calibrate', file, y, '--json', ...more)).replace(file, '');
    const fitted: string[] = [];
    for (const memory of memories) fitted.push(await fit(input, flat, '--memory', memory));
    for (const o of ORDERS) {
      const file = put(npyIn(o, shape, values));
      const y = o === 'C' ? flat : put(npyIn(o, rest, labels, '<i8'));
      for (const [i, memory] of memories.entries()) {
        const more = [...along, '--memory', memory];
        expect(await good('eval', file, y, ...whole, ...more)).toBe(expected);
        expect(await merged(file, y, ...more)).toBe(expectedParts);
        expect(await fit(file, y, ...more)).toBe(fitted[i]);
      }
    }
  });
});

describe('what comes in order', () => {
  const shape = [2, 30, 20_000];
  const values = wholes(product(shape));
  const file = npyIn('C', shape, values);
  const expected = (): Promise<string> => good('apply', put(file), '--op', 'argmax', '--axis', '1', '--json');

  it('is read slab by slab', async () => {
    const lines = await expected();
    const args = ['--op', 'argmax', '--axis', '1', '--json', '--memory', '11M'];
    const { code, out } = runWith({ stdin: file }, 'apply', '-', ...args);
    expect({ code, same: out === lines }).toEqual({ code: 0, same: true });
    const member = put(zipFile([{ name: 'x.npy', data: file, deflate: true }]), 'x.npz');
    expect((await good('apply', member, ...args)) === lines).toBe(true);
    await good('apply', member, '--op', 'softmax', '--axis', '1', '--out', 'a.npy', '--memory', '11M');
    await good('apply', put(file), '--op', 'softmax', '--axis', '1', '--out', 'b.npy');
    expect(readFileSync(at('a.npy')).equals(readFileSync(at('b.npy')))).toBe(true);
  });

  it('is refused if a slab does not fit, and told what would do', () => {
    const args = ['--op', 'argmax', '--axis', '1', '--json', '--memory', '10M'];
    const { code, out, err } = runWith({ stdin: file }, 'apply', '-', ...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^error: standard input: expected data that fits --memory 10M.*--memory 11M would do\n$/,
    );
    // Along the last axis there are no slabs.
    const last = ['--op', 'argmax', '--json', '--memory', '10M'];
    expect(runWith({ stdin: file }, 'apply', '-', ...last).code).toBe(0);
  });
});

describe('what is wrong', () => {
  it('an axis that is none', async () => {
    const path = put(npyIn('C', [2, 3], wholes(6)));
    for (const axis of ['2', '-3', '99']) {
      const { code, out, err } = await runHere('apply', path, '--op', 'argmax', '--json', '--axis', axis);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toBe(`error: --axis ${axis}: expected an axis from -2 to 1 of ${path}, got shape (2, 3)\n`);
    }
    for (const axis of ['x', '1.5', '', '1e0']) {
      const { code, err } = await runHere('eval', path, path, '--axis', axis);
      expect(code).toBe(2);
      expect(err).toContain('Expected a whole number');
    }
  });

  it('bare elements without a shape', async () => {
    const path = put(new Uint8Array(24), 'x.bin');
    const { code, err } = await runHere(
      'apply',
      path,
      '--dtype',
      'float32',
      '--axis',
      '0',
      '--op',
      'argmax',
      '--json',
    );
    expect({ code, err }).toEqual({
      ...{ code: 2, err: `error: ${path}: expected --shape, which a file of bare elements does not say\n` },
    });
  });

  it('labels of another shape', async () => {
    const logits = put(npyIn('C', [2, 3, 4], wholes(24)));
    const labels = put(npyOf('<i4', [2, 3], wholes(6)));
    const { code, err } = await runHere('eval', logits, labels, '--axis', '1');
    expect(code).toBe(2);
    expect(err).toContain('expected one label for each of the 8 rows');
    expect(
      (await runHere('eval', logits, put(npyOf('<i4', [2, 4], Array(8).fill(1))), '--axis', '1')).code,
    ).toBe(0);
    await expect(openLogits([put(npyOf('<f4', [], [1]))], { axis: 0 })).rejects.toThrow(InputError);
  });

  it('shards along different axes are shards of different files', async () => {
    // The same rows along both axes.
    const x = put(npyIn('C', [4, 4], Array(16).fill(1)));
    const y = put(npyOf('<i4', [4], [0, 1, 2, 3]));
    await good('eval', x, y, '--partial', 'last.json', '--rows', '0:2');
    await good('eval', x, y, '--partial', 'first.json', '--rows', '2:2', '--axis', '0');
    const { code, err } = await runHere('merge', 'last.json', 'first.json');
    expect(code).toBe(1);
    expect(err).toContain('missing: rows 2 to 3');
    await good('eval', x, y, '--partial', 'other.json', '--rows', '2:2', '--axis', '-1');
    await good('merge', 'last.json', 'other.json');
  });
});

it('dimensions of no size', async () => {
  for (const o of ORDERS) {
    for (const [shape, axis] of [
      [[0, 5], 0],
      [[5, 0], 0],
      [[2, 0, 3], 1],
      [[2, 0, 3], 0],
      [[0, 0, 3], 1],
    ] as const) {
      const path = put(npyIn(o, shape, []));
      await good('apply', path, '--op', 'softmax', '--axis', String(axis), '--out', 'out.npy');
      expect(outputOf('out.npy')).toEqual({ shape, values: [] });
      const argmax = await runHere(
        'apply',
        path,
        '--op',
        'argmax',
        '--axis',
        String(axis),
        '--out',
        'ids.npy',
      );
      if (shape[axis] === 0) expect(argmax.code).toBe(2);
      else expect(outputOf('ids.npy').shape).toEqual(restOf(shape, axis));
    }
  }
});

describe.skipIf(process.platform === 'win32')('a run that is interrupted', () => {
  const ROWS = 1_500_000;
  const options = ['--op', 'log-softmax', '--axis', '0', '--memory', '16M', '--out', 'resumed.npy'];
  const recorded = (): number => {
    const state = at('resumed.npy.partial.state');
    const text = existsSync(state) ? readFileSync(state, 'utf8') : '';
    return Number([...text.matchAll(/\{"rows":(\d+)\}\n/g)].at(-1)?.[1] ?? 0);
  };

  it('amid a slab is continued to the same bytes', async () => {
    const input = at('long.npy');
    const values = new Float32Array(21 * ROWS);
    for (let i = 0; i < values.length; i++) values[i] = Math.sin(i) * 5;
    writeFileSync(input, npyFile({ shape: [21, ROWS], data: new Uint8Array(values.buffer) }));
    expect(run('apply', input, ...options).code).toBe(0);
    const undisturbed = readFileSync(at('resumed.npy'));
    let killed = false;
    for (let attempt = 0; attempt < 10 && !killed; attempt++) {
      rmSync(at('resumed.npy'), { force: true });
      const child = spawn(process.execPath, [CLI, 'apply', input, ...options], {
        cwd: at(),
        stdio: 'ignore',
      });
      const timer = setInterval(() => recorded() > 0 && child.kill('SIGKILL'), 1);
      killed = await new Promise((done) => child.on('close', (_, signal) => done(signal === 'SIGKILL')));
      clearInterval(timer);
    }
    const rows = recorded();
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(ROWS);
    // Along the other axis it is another's.
    const other = options.with(3, '1');
    expect(run('apply', input, ...other, '--resume')).toMatchObject({ code: 2, out: '' });
    const { code, err } = run('apply', input, ...options, '--resume');
    expect(code).toBe(0);
    expect(err).toContain(`continuing resumed.npy at row ${rows} of ${ROWS}\n`);
    expect(readFileSync(at('resumed.npy')).equals(undisturbed)).toBe(true);
  });
});
