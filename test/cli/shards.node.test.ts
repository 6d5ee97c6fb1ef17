/** `eval --partial` and `merge`: shards add up to what one run gives, and what does not fit together is refused. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useFolder } from '../support/folder.ts';
import { random } from '../support/random.ts';
import { npyOf } from './npy-file.ts';

const { at, runHere, runWith } = useFolder('shards');
const COLS = 50;
/** Two tiles of 1024 rows, and a part of a third. */
const ROWS = 2500;

beforeAll(() => {
  const rng = random(8);
  const logits = Float32Array.from({ length: ROWS * COLS }, () => 3 * rng.normal());
  const labels = Array.from({ length: ROWS }, (_, row) => (row % 97 === 5 ? -100 : rng.below(COLS)));
  for (const [name, from, to] of [
    ['all', 0, ROWS],
    ['a', 0, 1024],
    ['b', 1024, 2048],
    ['c', 2048, ROWS],
  ] as const) {
    write(name, [...logits.subarray(from * COLS, to * COLS)], labels.slice(from, to));
  }
});

function write(name: string, logits: number[], labels: number[], cols = COLS): void {
  writeFileSync(at(`${name}.npy`), npyOf('<f4', [labels.length, cols], logits));
  writeFileSync(at(`${name}-labels.npy`), npyOf('<i4', [labels.length], labels));
}

async function json(...args: string[]): Promise<Record<string, number> & { bins: Record<string, number>[] }> {
  const { code, out, err } = await runHere(...args, '--json');
  // Rows without a loss are told of.
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/^(\S+: row \d+: no loss, NaN.*\n)?$/),
  });
  return JSON.parse(out);
}

const evalArgs = (name: string, ...more: string[]): string[] => [
  'eval',
  `${name}.npy`,
  `${name}-labels.npy`,
  ...more,
];

/** Evaluates a shard, once; its file. */
async function shard(name: string, rows?: string, ...more: string[]): Promise<string> {
  const path = `${name}-${(rows ?? 'all').replace(':', '+')}${more.join('')}.json`;
  const range = rows === undefined ? [] : ['--rows', rows];
  if (existsSync(at(path))) return path;
  const { code, err } = await runHere(...evalArgs(name, ...range, '--partial', path, ...more));
  // Rows without a loss are told of.
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/^(\S+: row \d+: no loss, NaN.*\n)?$/),
  });
  return path;
}

/** One after the other: of the same rows there is one. */
async function shards(of: readonly string[], evaluate: (what: string) => Promise<string>): Promise<string[]> {
  const paths = [];
  for (const what of of) paths.push(await evaluate(what));
  return paths;
}

/** Shards that do not go together. */
async function refused(paths: string[], ...texts: string[]): Promise<void> {
  await expectError(1, paths, texts);
}

/** Files that are not what eval writes. */
async function unreadable(paths: string[], ...texts: string[]): Promise<void> {
  await expectError(2, paths, texts);
}

async function expectError(expected: number, paths: string[], texts: string[]): Promise<void> {
  const { code, out, err } = await runHere('merge', ...paths, '--json');
  expect({ code, out }).toEqual({ code: expected, out: '' });
  expect(err).toMatch(/^error: [^\n]+\n$/);
  for (const text of texts) expect(err).toContain(text);
}

describe('merged shards', () => {
  it.each(['js', 'simd'])('give the bits of one run if they are cut between tiles (%s)', async (backend) => {
    const same = ['--backend', backend, '--temperature', '0.7'];
    const one = await json(...evalArgs('all', '--bins', '15', ...same));
    const { out: text } = await runHere(...evalArgs('all', '--bins', '15', ...same));
    const files = await shards(['a', 'b', 'c'], (name) => shard(name, undefined, ...same));
    const ranges = await shards(['0:1024', '1024:1024', '2048:452'], (range) => shard('all', range, ...same));
    for (const paths of [files, ranges]) {
      expect(await json('merge', ...paths)).toEqual(one);
      expect(await json('merge', ...paths.toReversed())).toEqual(one);
      expect((await runHere('merge', ...paths)).out).toBe(text);
    }
    expect(one).toMatchObject({ rows: 2474, ignored: 26, classes: COLS });
  });

  it('give the counts of one run, and its sums to 1e-12, wherever they are cut', async () => {
    const one = await json(...evalArgs('all', '--bins', '7'));
    const cuts = ['0:1', '1:999', '1000:0', '1000:777', '1777:723'];
    const merged = await json(
      'merge',
      ...(await shards(cuts, (range) => shard('all', range, '--bins', '7'))),
    );
    for (const name of ['rows', 'ignored', 'correct', 'accuracy', 'classes']) {
      expect(merged[name], name).toBe(one[name]);
    }
    for (const name of ['nll', 'perplexity', 'ece', 'mce', 'brier']) {
      expect(Math.abs(merged[name] / one[name] - 1), name).toBeLessThan(1e-12);
    }
    merged.bins.forEach((bin, i) => {
      expect(bin).toMatchObject({ count: one.bins[i].count, accuracy: one.bins[i].accuracy });
      expect(Math.abs((bin.confidence - one.bins[i].confidence) / (bin.confidence || 1))).toBeLessThan(1e-12);
    });
  });

  it('have the figures of calibrate', async () => {
    const { out } = await runHere('calibrate', 'all.npy', 'all-labels.npy', '--json');
    const { results } = JSON.parse(out);
    const before = results[0].before;
    const merged = await json('merge', await shard('all'));
    for (const name of ['nll', 'ece', 'mce', 'brier']) {
      expect(Math.abs(merged[name] / before[name] - 1), name).toBeLessThan(1e-12);
    }
    expect(merged.bins.map(({ count }) => count)).toEqual(
      before.bins.map(({ count }: { count: number }) => count),
    );
  });

  it('of rows without probabilities have no calibration, and keep what can be counted', async () => {
    write('nan', [1, 0, Number.NaN, 0, 0, -Infinity], [0, 0, 1], 2);
    const paths = [await shard('nan', '0:1'), await shard('nan', '1:1'), await shard('nan', '2:1')];
    const figures = await json('merge', ...paths);
    expect(figures).toEqual(await json(...evalArgs('nan', '--bins', '15')));
    expect(figures).toMatchObject({ rows: 3, correct: 1, nll: null, ece: null, brier: null, bins: null });
    write('infinite', [0, -Infinity], [1], 2);
    expect(readFileSync(at(await shard('infinite')), 'utf8')).toContain('"loss":"Infinity"');
    expect(await json('merge', 'infinite-all.json')).toMatchObject({
      rows: 1,
      correct: 0,
      nll: null,
      brier: 2,
    });
  });

  it('may have no rows', async () => {
    write('empty', [], [], 2);
    expect(await json('merge', await shard('empty'))).toMatchObject({
      rows: 0,
      accuracy: null,
      ece: null,
      brier: null,
    });
    const labels = Array(3).fill(-100);
    write('ignored', Array(6).fill(0), labels, 2);
    expect(await json('merge', await shard('ignored'))).toMatchObject({
      rows: 0,
      ignored: 3,
      nll: null,
      ece: null,
    });
  });

  it('know a temperature of Infinity', async () => {
    const merged = await json('merge', await shard('c', undefined, '--temperature', 'Infinity'));
    expect(Math.abs(merged.nll / Math.log(COLS) - 1)).toBeLessThan(1e-6);
  });
});

describe('a file of which rows change where nobody looks', () => {
  /** Of 1000 rows all but some 64, spread evenly, become zeros. */
  function change(name: string, time?: Date): void {
    const path = at(`${name}.npy`);
    const { mtime } = statSync(path);
    const bytes = readFileSync(path);
    for (let row = 0; row < 1000; row++) {
      const isLookedAt = Array.from({ length: 64 }, (_, i) => Math.floor((i * 999) / 63)).includes(row);
      const start = bytes.length - 4 * 8 * (1000 - row);
      if (!isLookedAt) bytes.fill(0, start, start + 4 * 8);
    }
    writeFileSync(path, bytes);
    utimesSync(path, time ?? mtime, time ?? mtime);
  }
  const make = (name: string): void => {
    const { normal, below } = random(9);
    const labels = Array.from({ length: 1000 }, () => below(8));
    write(name, Array.from({ length: 8000 }, normal), labels, 8);
    // A time that can be given to it again.
    utimesSync(at(`${name}.npy`), 1e9, 1e9);
  };
  const read = (path: string): { input: Record<string, string>; sums: object } =>
    JSON.parse(readFileSync(at(path), 'utf8'));
  const partial = (name: string, out: string, ...more: string[]): Promise<object> =>
    json(...evalArgs(name, '--partial', out, ...more));

  it('has another digest, the same at whatever --memory and --rows, and is evaluated anew', async () => {
    make('changing');
    const before = await partial('changing', 'whole.json');
    await partial('changing', 'small.json', '--memory', '8300k');
    expect(read('small.json').input).toEqual(read('whole.json').input);
    const { mtimeMs } = statSync(at('whole.json'));
    expect(await partial('changing', 'whole.json', '--resume')).toEqual(before);
    expect(read('whole.json').input).toEqual(read('small.json').input);
    // Not even the time of the file tells.
    change('changing');
    const now = await json(...evalArgs('changing', '--bins', '15'));
    expect(now).not.toEqual(before);
    expect(await partial('changing', 'whole.json', '--resume')).toEqual(now);
    expect(statSync(at('whole.json')).mtimeMs).toBeGreaterThan(mtimeMs);
    const [old, anew] = ['small.json', 'whole.json'].map((path) => read(path).input);
    expect(anew).toMatchObject({ id: old.id, version: old.version });
    expect(anew.digest).not.toBe(old.digest);
    // Another question is another shard; what is no shard is none.
    const hot = await json(...evalArgs('changing', '--bins', '15', '--temperature', '2'));
    expect(await partial('changing', 'whole.json', '--resume', '--temperature', '2')).toEqual(hot);
    writeFileSync(at('whole.json'), '{}');
    expect(await partial('changing', 'whole.json', '--resume')).toEqual(now);
    expect(await runHere(...evalArgs('changing', '--resume'))).toMatchObject({ code: 2, out: '' });
  });

  it('is not mixed with what it was: merge refuses', async () => {
    make('mixed');
    await partial('mixed', 'm0.json', '--rows', '0:500');
    await partial('mixed', 'm1.json', '--rows', '500:500');
    const before = await json('merge', 'm0.json', 'm1.json');
    change('mixed', new Date());
    await partial('mixed', 'm1.json', '--rows', '500:500');
    await refused(
      ['m0.json', 'm1.json'],
      'm1.json: expected mixed.npy as it was for m0.json, got it written anew',
    );
    await partial('mixed', 'm0.json', '--rows', '0:500', '--resume');
    const now = await json('merge', 'm0.json', 'm1.json');
    expect(now.nll).not.toBe(before.nll);
    const { nll } = await json(...evalArgs('mixed'));
    expect(Math.abs(now.nll / nll - 1)).toBeLessThan(1e-12);
  });

  it('is another file than it was, if it has another name', async () => {
    make('one');
    make('two');
    change('two', new Date(1e12));
    const both = await json('merge', await shard('one'), await shard('two'));
    expect(both.rows).toBe(2000);
  });
});

describe('merge --list', () => {
  it('takes names from a file, or the standard input', async () => {
    const paths = await shards(['0:1024', '1024:1024', '2048:452'], (range) => shard('all', range));
    writeFileSync(at('list.txt'), `${paths.join('\n')}\n`);
    const whole = await json('merge', ...paths);
    expect(await json('merge', '--list', 'list.txt')).toEqual(whole);
    const stdin = readFileSync(at('list.txt'));
    expect(JSON.parse(runWith({ stdin }, 'merge', '--list', '-', '--json').out)).toEqual(whole);
    expect(await runHere('merge', '--list', 'none.txt')).toMatchObject({ code: 2, out: '' });
    writeFileSync(at('list.txt'), '\n');
    expect(await runHere('merge', '--list', 'list.txt')).toMatchObject({ code: 2, out: '' });
  });
});

describe('eval --rows', () => {
  it('counts these rows only', async () => {
    expect(await json(...evalArgs('all', '--rows', '1024:1024'))).toEqual(await json(...evalArgs('b')));
    expect(await json(...evalArgs('all', '--rows', '3:0'))).toMatchObject({
      rows: 0,
      ignored: 0,
      accuracy: null,
    });
  });

  it.each([
    ['2000:501', `expected rows among the ${ROWS} of all.npy`],
    ['1', 'FIRST:COUNT'],
    ['-1:2', 'FIRST:COUNT'],
    ['1:2:3', 'FIRST:COUNT'],
    ['9007199254740991:1', 'FIRST:COUNT'],
  ])('refuses %s', async (rows, text) => {
    const { code, err } = await runHere(...evalArgs('all', `--rows=${rows}`, '--partial', 'refused.json'));
    expect(code).toBe(2);
    expect(err).toContain(text);
    expect(readdirSync(at()).filter((name) => name.includes('refused'))).toEqual([]);
  });
});

describe('eval --bins', () => {
  it.each(['-1', '1001', '1.5', 'many'])('refuses %s', async (bins) => {
    expect(await runHere(...evalArgs('a', '--bins', bins))).toMatchObject({ code: 2, out: '' });
  });

  it('may be 0: no calibration, in shards either', async () => {
    const plain = await json(...evalArgs('all'));
    expect(await json(...evalArgs('all', '--bins', '0'))).toEqual(plain);
    const parts = await shards(['0:1024', '1024:1476'], (range) => shard('all', range, '--bins', '0'));
    expect(await json('merge', ...parts)).toEqual(plain);
    await refused([parts[0], await shard('all', '1024:1476')], 'expected bins 0', 'got 15');
  });

  it('leaves the other figures as they are', async () => {
    const plain = await json(...evalArgs('a'));
    const { ece, mce, brier, bins, ...others } = await json(...evalArgs('a', '--bins', '1000'));
    expect(others).toEqual(plain);
    expect(bins.length).toBe(1000);
    for (const figure of [ece, mce, brier]) expect(figure).toBeGreaterThan(0);
  });
});

describe('merge refuses', () => {
  it('a row in two shards, under whatever name, and in whatever format', async () => {
    const half = await shard('all', '0:1250');
    await refused(
      [half, await shard('all', '1000:1500')],
      'rows 1000 to 1249 of all.npy are in all-0+1250.json as well',
    );
    await refused([half, half], 'rows 0 to 1249');
    await refused([await shard('all'), await shard('all', '7:1')], 'row 7 of all.npy');
    for (const suffix of ['', '-labels']) symlinkSync(`c${suffix}.npy`, at(`copy${suffix}.npy`));
    await refused([await shard('c'), await shard('copy')], 'which holds the same as c');
    const logits = new Float32Array(new Uint8Array(readFileSync(at('c.npy')).subarray(128)).buffer);
    writeFileSync(at('wide.npy'), npyOf('>f8', [452, COLS], [...logits]));
    writeFileSync(at('wide-labels.npy'), readFileSync(at('c-labels.npy')));
    await refused([await shard('c'), await shard('wide')], 'which holds the same as c');
  });

  it('a file of which rows are missing', async () => {
    const parts = [await shard('all', '5:995'), await shard('all', '1010:1000'), await shard('a')];
    await refused(
      parts,
      'missing: rows 0 to 4 of all.npy; rows 1000 to 1009 of all.npy; rows 2010 to 2499 of all.npy',
    );
    await refused([await shard('all', '3:0')], 'missing: rows 0 to 2499 of all.npy');
  });

  it('other classes, temperatures, backends, bins', async () => {
    write('narrow', [1, 2], [0], 2);
    await refused(
      [await shard('a'), await shard('narrow')],
      'narrow-all.json: expected classes 50 as in a-all.json, got 2',
    );
    await refused(
      [await shard('a'), await shard('b', undefined, '--temperature', '2')],
      'expected temperature 1',
      'got 2',
    );
    const js = await shard('a', undefined, '--backend', 'js');
    await refused([js, await shard('b', undefined, '--backend', 'simd')], 'expected backend js', 'got simd');
    await refused(
      [await shard('a'), await shard('b', undefined, '--bins', '7')],
      'expected bins 15',
      'got 7',
    );
  });

  it('no file, a missing file, a folder, a large file', async () => {
    expect(await runHere('merge')).toMatchObject({ code: 2, out: '' });
    const missing = await runHere('merge', 'none.json');
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toContain('none.json: expected a file written by eval --partial, got: no such file');
    await unreadable(['.'], 'expected a regular file');
    writeFileSync(at('large.json'), Buffer.alloc(5_000_000, ' '));
    await unreadable(['large.json'], 'at most 4194304 bytes, got 5000000');
  });

  const cut = (text: string): string => text.slice(0, text.length / 2);
  const cases: [string, (text: string) => string, string][] = [
    ['an empty file', () => '', 'expected JSON'],
    ['half a file', cut, 'expected JSON'],
    ['a .npy file', () => '\x93NUMPY', 'expected JSON'],
    ['deep nesting', () => '['.repeat(1e6), 'expected JSON'],
    ['null', () => 'null', 'expected an object, got null'],
    ['an array', () => '[]', 'expected an object, got []'],
    ['other JSON', () => '{"rows": 1}', 'as format, got nothing'],
  ];
  it.each(cases)('%s', async (_, make, text) => {
    writeFileSync(at('bad.json'), make(readFileSync(at(await shard('a')), 'utf8')));
    await unreadable(['bad.json'], 'bad.json: ', text);
  });

  /** Where, what instead, and what is said. */
  const fields: [string, unknown, string][] = [
    ['format', 'other', 'as format, got "other"'],
    ['version', 1, 'as version, got 1'],
    ['input', [], 'expected an object as input, got []'],
    ['input.id', 'abc', '64 hexadecimal digits as input.id, got "abc"'],
    ['input.digest', 'abc', '64 hexadecimal digits as input.digest, got "abc"'],
    ['input.version', 7, '64 hexadecimal digits as input.version, got 7'],
    ['input.logits', 7, 'a string as input.logits, got 7'],
    ['input.rows', -1, 'a whole number from 0 to 2^53 - 1 as input.rows, got -1'],
    ['input.first', 1, 'input.first + input.count ≤ input.rows'],
    ['input.count', 1e300, 'as input.count, got 1e+300'],
    ['settings.classes', 0, 'a whole number from 1 to 2^53 - 1 as settings.classes, got 0'],
    ['settings.temperature', -1, 'not negative, or "Infinity" as settings.temperature, got -1'],
    ['settings.temperature', null, 'as settings.temperature, got null'],
    ['settings.backend', '', 'as settings.backend, got ""'],
    ['sums', undefined, 'expected an object as sums, got nothing'],
    ['sums.rows', '1024', 'as sums.rows, got "1024"'],
    ['sums.rows', 1.5, 'as sums.rows, got 1.5'],
    ['sums.rows', 1000, 'sums.rows + sums.ignored = input.count'],
    ['sums.ignored', -3, 'as sums.ignored, got -3'],
    ['sums.correct', 1025, 'sums.correct ≤ sums.rows'],
    ['sums.correct', 2 ** 53, 'as sums.correct, got 9007199254740992'],
    ['sums.loss', 3, 'the parts of a sum that is not negative'],
    ['sums.loss', ['3'], 'as sums.loss'],
    ['sums.loss', [-3], 'as sums.loss, got [-3]'],
    ['sums.loss', Array(65).fill(0), 'at most 64 numbers'],
    ['sums.loss', '-Infinity', 'as sums.loss'],
    ['sums.calibration', null, 'expected an object as sums.calibration, got null'],
    ['sums.calibration.brier', undefined, 'as sums.calibration.brier, got nothing'],
    ['sums.calibration.bins', [], 'an array of 1 to 1000 bins as sums.calibration.bins, got []'],
    ['sums.calibration.bins', Array(1001).fill(0), 'an array of 1 to 1000 bins'],
    ['sums.calibration.bins.2', 3, 'expected an object as sums.calibration.bins[2], got 3'],
    ['sums.calibration.bins.3.count', -1, 'as sums.calibration.bins[3].count, got -1'],
    ['sums.calibration.bins.3.count', 1e6, 'bins of sums.rows rows in all'],
    ['sums.calibration.bins.3.correct', 1e6, 'correct rows in all bins'],
    ['sums.calibration.bins.3.confidence', [1e9], 'confidence ≤ count in every bin'],
  ];
  it.each(fields.map(([path, value, text]) => [path, text, value] as const))(
    '%s: %s',
    async (path, text, value) => {
      const file = JSON.parse(readFileSync(at(await shard('a')), 'utf8'));
      const keys = path.split('.');
      const last = keys.pop() as string;
      keys.reduce((inner, key) => inner[key], file)[last] = value;
      writeFileSync(at('bad.json'), JSON.stringify(file));
      await unreadable(['bad.json'], 'bad.json: ', text);
    },
  );

  it('numbers beyond float64', async () => {
    const text = readFileSync(at(await shard('a')), 'utf8');
    writeFileSync(at('bad.json'), text.replace('"loss":[', '"loss":[1e400,'));
    await unreadable(['bad.json'], 'as sums.loss');
  });
});
