/** Whole commands by what they read and write: the standard input, several files, data read anew, other formats. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sample, softmax, topK } from '../../src/index.ts';
import { useFolder } from '../support/folder.ts';
import { random } from '../support/random.ts';
import { npyFile, npyOf } from './npy-file.ts';

const { at, run, runWith } = useFolder('cli-files');
const LOGITS = resolve('sample/logits.npy');
const LABELS = resolve('sample/labels.npy');
afterEach(() => {
  for (const name of files()) rmSync(at(name));
});

const files = (): string[] => readdirSync(at()).sort();

const x = new Float32Array(readFileSync(LOGITS).buffer.slice(-65536 * 4));
const cols = 256;

describe('the standard input', () => {
  it('gives what the file gives', () => {
    const stdin = readFileSync(LOGITS);
    expect(run('apply', LOGITS, '--op', 'softmax', '--out', 'a.npy').code).toBe(0);
    expect(runWith({ stdin }, 'apply', '-', '--op', 'softmax', '--out', 'b.npy', '--quiet')).toEqual({
      ...{ code: 0, out: '', err: '' },
    });
    expect(readFileSync(at('b.npy')).equals(readFileSync(at('a.npy')))).toBe(true);
    const figures = run('eval', LOGITS, LABELS, '--json').out;
    expect(runWith({ stdin }, 'eval', '-', LABELS, '--json').out).toBe(figures);
    expect(runWith({ stdin: readFileSync(LABELS) }, 'eval', LOGITS, '-', '--json').out).toBe(figures);
    const raw = ['eval', '-', LABELS, '--dtype', 'float32', '--shape', '256,256', '--json'];
    expect(runWith({ stdin: stdin.subarray(128) }, ...raw).out).toBe(figures);
    const fitted = run('calibrate', LOGITS, LABELS, '--json').out;
    const fittedToo = runWith({ stdin }, 'calibrate', '-', LABELS, '--json').out;
    expect(JSON.parse(fittedToo).temperature).toBe(JSON.parse(fitted).temperature);
  });

  it('that ends early, or does not end, or is read twice, leaves no file', () => {
    const stdin = readFileSync(LOGITS);
    const args = ['apply', '-', '--op', 'softmax', '--out', 'b.npy'];
    const short = runWith({ stdin: stdin.subarray(0, -1) }, ...args);
    expect(short).toMatchObject({ code: 2, out: '' });
    expect(short.err).toMatch(
      /^error: standard input: truncated: expected more data, got the end after 262271 bytes/,
    );
    const long = runWith({ stdin: Buffer.concat([stdin, Buffer.of(0)]) }, ...args);
    expect(long.err).toBe(
      'error: standard input: trailing bytes: expected the end after 262272 bytes, got more\n',
    );
    expect(runWith({}, ...args).code).toBe(2);
    expect(runWith({ stdin }, 'eval', '-', '-').err).toContain('the standard input (-) once');
    const small = runWith({ stdin }, 'calibrate', '-', LABELS, '--memory', '8300k');
    expect(small.err).toMatch(
      /^error: standard input: expected data that fits --memory .*cannot be read twice/,
    );
    expect(files()).toEqual([]);
  });
});

describe('outputs', () => {
  it('float16, rounded to the nearest', () => {
    expect(
      run(
        'apply',
        LOGITS,
        '--op',
        'softmax',
        '--backend',
        'simd',
        '--out',
        'a.npy',
        '--out-dtype',
        'float16',
        '--quiet',
      ),
    ).toEqual({ code: 0, out: '', err: '' });
    const file = readFileSync(at('a.npy'));
    expect(file.toString('latin1', 10, 70)).toContain(
      "'descr': '<f2', 'fortran_order': False, 'shape': (256, 256)",
    );
    expect(
      run('apply', 'a.npy', '--op', 'top-k', '-k', '256', '--out', 'i.npy', '--values', 'v.npy').code,
    ).toBe(0);
    const p = softmax(x, { cols });
    const values = new Float32Array(readFileSync(at('v.npy')).buffer.slice(-65536 * 4));
    const ids = new Int32Array(readFileSync(at('i.npy')).buffer.slice(-65536 * 4));
    ids.forEach((id, i) => {
      const exact = p[id + cols * Math.floor(i / cols)];
      // Half of the last bit, which below 2^-14 is 2^-24.
      expect(Math.abs(values[i] - exact)).toBeLessThanOrEqual(Math.max(exact * 2 ** -11, 2 ** -25));
    });
  });

  it('lines of JSON in a file', () => {
    expect(run('apply', LOGITS, '--op', 'top-k', '-k', '3', '--out', 't.jsonl').code).toBe(0);
    expect(run('sample', LOGITS, '--seed', '7', '--out', 's.jsonl').code).toBe(0);
    const lines = (name: string): Record<string, unknown>[] =>
      readFileSync(at(name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    const top = topK(x, 3, { cols });
    expect(lines('t.jsonl')[5]).toEqual({
      row: 5,
      ids: [...top.indices.subarray(15, 18)],
      values: [...top.values.subarray(15, 18)],
    });
    expect(lines('s.jsonl').map(({ id }) => id)).toEqual([...sample(x, { cols, seed: 7 }).ids]);
    expect(files()).toEqual(['s.jsonl', 't.jsonl']);
  });
});

describe('several files', () => {
  it('are one matrix, with labels or without', () => {
    const piece = (first: number, end: number): Buffer =>
      npyOf('<f4', [end - first, cols], [...x.subarray(first * cols, end * cols)]);
    const y = new Int32Array(Uint8Array.from(readFileSync(LABELS).subarray(-1024)).buffer);
    for (const [i, [first, end]] of [
      [0, 100],
      [100, 101],
      [101, 256],
    ].entries()) {
      writeFileSync(at(`x-${i}.npy`), piece(first, end));
      writeFileSync(at(`y-${i}.npy`), npyOf('|u1', [end - first], [...y.subarray(first, end)]));
    }
    const one = run('eval', LOGITS, LABELS, '--json').out;
    expect(run('eval', 'x-*.npy', 'y-*.npy', '--json').out).toBe(one);
    const labels = ['--labels', 'y-0.npy', 'y-1.npy', 'y-2.npy'];
    expect(run('eval', 'x-0.npy', 'x-1.npy', 'x-2.npy', ...labels, '--json').out).toBe(one);
    expect(run('apply', 'x-?.npy', '--op', 'softmax', '--out', 'a.npy').code).toBe(0);
    expect(run('apply', LOGITS, '--op', 'softmax', '--out', 'b.npy').code).toBe(0);
    expect(readFileSync(at('a.npy')).equals(readFileSync(at('b.npy')))).toBe(true);
    writeFileSync(at('x-2.npy'), npyOf('<f4', [1, cols], Array(cols).fill(Number.NaN)));
    expect(run('apply', 'x-?.npy', '--op', 'argmax', '--json').err).toBe(
      'error: x-2.npy: row 0: expected logits below Infinity, got NaN in column 0\n',
    );
  });
});

describe('calibrate', () => {
  it('gives the same temperature when it has to read anew for every pass', () => {
    const rows = 3000;
    const { normal, below } = random(3);
    const logits = Float32Array.from({ length: rows * cols }, () => 3 * normal());
    const labels = Array.from({ length: rows }, () => below(cols));
    writeFileSync(at('x.npy'), npyFile({ shape: [rows, cols], data: new Uint8Array(logits.buffer) }));
    writeFileSync(at('y.npy'), npyOf('<i4', [rows], labels));
    const fit = (memory: string): { temperature: number; results: { before: { ece: number } }[] } =>
      JSON.parse(run('calibrate', 'x.npy', 'y.npy', '--json', '--memory', memory).out);
    const [large, small] = [fit('256M'), fit('9M')];
    expect(small.temperature).toBe(large.temperature);
    const [a, b] = [large, small].map(({ results }) => results[0].before.ece);
    expect(Math.abs(a / b - 1)).toBeLessThan(1e-12);
  });
});
