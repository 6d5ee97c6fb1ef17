/** Labels as people have them: with a dimension of 1, one-hot, with another label for rows that do not count. */
import { describe, expect, it } from 'vitest';
import { useFolder } from '../support/folder.ts';
import { random } from '../support/random.ts';
import { bytesOf, npyFile, npyOf } from './npy-file.ts';

const { at, put, runHere, runWith } = useFolder('labels');

const ROWS = 60;
const COLS = 5;
const r = random(4);
const values = Array.from({ length: ROWS * COLS }, () => Math.fround(r.normal()));
const classes = Array.from({ length: ROWS }, () => r.below(COLS));
const hot = (labels: readonly number[], cols = COLS): number[] =>
  labels.flatMap((label) => Array.from({ length: cols }, (_, col) => Number(col === label)));

const logits = (): string => put(npyOf('<f4', [ROWS, COLS], values), 'x.npy');

/** What a command prints, less the names of the files. */
async function figures(command: string, x: string, labels: string, ...more: string[]): Promise<unknown> {
  const { code, out, err } = await runHere(command, x, labels, '--json', ...more);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out.replaceAll(x, ''));
}

const COMMANDS = ['eval', 'calibrate'];

describe.each(COMMANDS)('%s', (command) => {
  it('[N, 1]', async () => {
    const x = logits();
    const plain = await figures(command, x, put(npyOf('<i8', [ROWS], classes), 'y.npy'));
    expect(await figures(command, x, put(npyOf('<i8', [ROWS, 1], classes), 'y.npy'))).toEqual(plain);
  });

  it.each(['<f4', '<f8', '>f4', '|u1', '<i8', '|i1', '<u2'])('one-hot of %s', async (descr) => {
    const x = logits();
    const plain = await figures(command, x, put(npyOf('<i4', [ROWS], classes), 'y.npy'));
    expect(await figures(command, x, put(npyOf(descr, [ROWS, COLS], hot(classes)), 'y.npy'))).toEqual(plain);
  });

  it('--ignore-index', async () => {
    const x = logits();
    const but = (index: number): number[] => classes.map((label, row) => (row % 4 === 0 ? index : label));
    const plain = await figures(command, x, put(npyOf('<i4', [ROWS], but(-100)), 'y.npy'));
    for (const index of [-1, 255, -(2 ** 31)]) {
      const y = put(npyOf('<i4', [ROWS], but(index)), 'y.npy');
      expect(await figures(command, x, y, '--ignore-index', String(index))).toEqual(plain);
    }
    const padded = put(npyOf('|u1', [ROWS, 1], but(255)), 'y.npy');
    expect(await figures(command, x, padded, '--ignore-index', '255')).toEqual(plain);
  });
});

it('a class may be what is ignored, in one-hot rows too', async () => {
  const x = logits();
  const left = classes.map((label) => (label === 2 ? -100 : label));
  const plain = await figures('eval', x, put(npyOf('<i4', [ROWS], left), 'y.npy'));
  for (const y of [npyOf('<i4', [ROWS], classes), npyOf('<f4', [ROWS, COLS], hot(classes))])
    expect(await figures('eval', x, put(y, 'y.npy'), '--ignore-index', '2')).toEqual(plain);
});

it('one-hot along an axis, in Fortran order, of several files, from a pipe', async () => {
  const shape = [2, COLS, 3, 10];
  const flat = (row: number, col: number): number => (Math.floor(row / 30) * COLS + col) * 30 + (row % 30);
  const tensor: number[] = [];
  const ones: number[] = Array(ROWS * COLS).fill(0);
  for (let row = 0; row < ROWS; row++) {
    for (let col = 0; col < COLS; col++) tensor[flat(row, col)] = values[row * COLS + col];
    ones[flat(row, classes[row])] = 1;
  }
  const plain = await figures('eval', logits(), put(npyOf('<i4', [ROWS], classes), 'y.npy'));
  const x = put(npyOf('<f4', shape, tensor), 'x.npy');
  expect(await figures('eval', x, put(npyOf('<f4', shape, ones), 'y.npy'), '--axis', '1')).toEqual(plain);

  const columns = hot(classes).map((_, i) => hot(classes)[(i % ROWS) * COLS + Math.floor(i / ROWS)]);
  const fortran = { descr: '<f4', shape: [ROWS, COLS], fortranOrder: true, data: bytesOf('<f4', columns) };
  expect(await figures('eval', logits(), put(npyFile(fortran), 'y.npy'))).toEqual(plain);

  const halves = [classes.slice(0, 20), classes.slice(20)].map((part) =>
    put(npyOf('|u1', [part.length, COLS], hot(part)), 'y.npy'),
  );
  const { out } = await runHere('eval', logits(), '--labels', ...halves, '--json');
  expect(JSON.parse(out)).toEqual(plain);

  const piped = runWith({ stdin: npyOf('<f8', [ROWS, COLS], hot(classes)) }, 'eval', logits(), '-', '--json');
  expect(JSON.parse(piped.out)).toEqual(plain);
});

it('ranges of rows and shards of one-hot labels are those of the whole', async () => {
  const x = logits();
  const y = put(npyOf('<f4', [ROWS, COLS], hot(classes)), 'y.npy');
  const shards = ['first.json', 'second.json'].map((name) => at(name));
  for (const [i, rows] of ['0:25', '25:35'].entries()) {
    const { code } = await runHere('eval', x, y, '--rows', rows, '--partial', shards[i]);
    expect(code).toBe(0);
  }
  const whole = await figures('eval', x, y, '--bins', '15');
  const merged = JSON.parse((await runHere('merge', ...shards, '--json')).out);
  expect(merged.correct).toBe((whole as { correct: number }).correct);
});

it('shards that ignore other labels do not go together', async () => {
  const x = logits();
  const y = put(npyOf('<i4', [ROWS], classes), 'y.npy');
  const one = at('one.json');
  const other = at('other.json');
  expect((await runHere('eval', x, y, '--rows', '0:30', '--partial', one)).code).toBe(0);
  expect(
    (await runHere('eval', x, y, '--rows', '30:30', '--partial', other, '--ignore-index', '2')).code,
  ).toBe(0);
  expect((await runHere('merge', one, other)).code).toBe(1);
});

describe('what does not fit is told', () => {
  const refused = async (labels: Buffer, ...more: string[]): Promise<string> => {
    const { code, err } = await runHere('eval', logits(), put(labels, 'y.npy'), ...more);
    expect(code).toBe(2);
    return err;
  };

  it('rows that are not one-hot', async () => {
    const soft = hot(classes).map((one) => (one ? 0.9 : 0.025));
    expect(await refused(npyOf('<f4', [ROWS, COLS], soft))).toMatch(
      /row 0: expected integer labels, or one-hot rows .* got 0\.\d+ at/,
    );
    const twice = hot(classes);
    twice.fill(1, 7 * COLS, 8 * COLS);
    expect(await refused(npyOf('|u1', [ROWS, COLS], twice))).toContain(
      'row 7: expected integer labels, or one-hot rows',
    );
    const none = hot(classes).fill(0, 9 * COLS, 10 * COLS);
    expect(await refused(npyOf('|u1', [ROWS, COLS], none))).toContain(
      'one-hot rows (zeros and a single 1), got no 1',
    );
  });

  it('other shapes and float classes', async () => {
    expect(await refused(npyOf('|u1', [COLS, ROWS], hot(classes)))).toContain(
      'or one-hot rows, got shape (5, 60)',
    );
    expect(await refused(npyOf('<f4', [ROWS], classes))).toContain(
      'expected integer labels, or one-hot rows, got float32',
    );
  });

  it('labels outside, and indices that are none', async () => {
    const off = classes.with(3, 9);
    expect(await refused(npyOf('<i4', [ROWS], off), '--ignore-index', '255')).toContain(
      'row 3: expected a label in [0, 5) or 255, got 9',
    );
    expect(await refused(npyOf('<i4', [ROWS], classes.with(3, -100)), '--ignore-index', '255')).toContain(
      'row 3: expected a label in [0, 5) or 255, got -100',
    );
    for (const index of ['x', '1.5', '2147483648', ''])
      expect(await refused(npyOf('<i4', [ROWS], classes), '--ignore-index', index)).toContain(
        'Expected a whole number',
      );
  });
});
