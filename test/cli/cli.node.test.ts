import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, copyFileSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inStepsOrFlushed, worst } from '../support/compare.ts';
import { CLI, type Outcome, useFolder } from '../support/folder.ts';
import { ENDED_BY_CTRL_C, limitFiles, RUNTIME } from '../support/program.ts';
import { npyFile, npyOf } from './npy-file.ts';

const { at, put, runWith } = useFolder('cli');
const LOGITS = resolve('sample/logits.npy');
const LABELS = resolve('sample/labels.npy');
const COLS = 256;

/** Node 20 has relaxed SIMD behind a flag. */
const FLAGS = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];

const run = (...args: string[]): Outcome => runWith({ flags: FLAGS }, ...args);

function json(...args: string[]): Record<string, number> {
  const { code, out, err } = run(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

const data = (path: string): ArrayBuffer => {
  const file = readFileSync(path);
  return file.buffer.slice(file.byteOffset + 128, file.byteOffset + file.length) as ArrayBuffer;
};
const logits = new Float32Array(data(LOGITS));
const labels = new Int32Array(data(LABELS));

/** log-softmax of a row in float64. */
function logSoftmax(row: Float32Array, temperature: number): number[] {
  const z = Array.from(row, (value) => value / temperature);
  const max = Math.max(...z);
  const lse = max + Math.log(z.reduce((sum, value) => sum + Math.exp(value - max), 0));
  return z.map((value) => value - lse);
}

/** What eval should say of the sample, in float64. */
function expected(temperature: number): { accuracy: number; nll: number; perplexity: number } {
  let loss = 0;
  let correct = 0;
  labels.forEach((label, r) => {
    const row = logits.subarray(r * COLS, (r + 1) * COLS);
    loss -= logSoftmax(row, temperature)[label];
    correct += Number(row.indexOf(Math.max(...row)) === label);
  });
  const nll = loss / labels.length;
  return { accuracy: correct / labels.length, nll, perplexity: Math.exp(nll) };
}

/** Close enough to tell a right result from a wrong one; the bounds of each operation are tested elsewhere. */
function expectClose(actual: number, wanted: number, relative = 1e-6): void {
  expect(Math.abs(actual / wanted - 1)).toBeLessThan(relative);
}

const features = JSON.parse(
  execFileSync(process.execPath, [...FLAGS, CLI, 'info', '--json'], { encoding: 'utf8' }),
).features;
const BACKENDS = [
  'js',
  ...(features.simd ? ['simd'] : []),
  ...(features.relaxedSimd ? ['relaxed-simd'] : []),
];

describe.each(BACKENDS)('with --backend %s', (backend) => {
  for (const temperature of [1, 0.9301055113356893, 2]) {
    it(`eval agrees with float64 at T = ${temperature}`, () => {
      const result = json('eval', LOGITS, LABELS, '--temperature', `${temperature}`, '--backend', backend);
      const { accuracy, nll, perplexity } = expected(temperature);
      expect(result).toMatchObject({ rows: 256, ignored: 0, classes: 256, temperature, backend, accuracy });
      expectClose(result.nll, nll);
      expectClose(result.perplexity, perplexity);
    });
  }

  it('eval agrees with the values in sample/README.md', () => {
    const table = readFileSync('sample/README.md', 'utf8').matchAll(
      /^\| ([\d.]+) +\|[^|]*\| ([\d.]+) \| ([\d.]+) \|$/gm,
    );
    const rows = [...table];
    expect(rows.length).toBe(2);
    for (const [, temperature, nll, perplexity] of rows) {
      const result = json('eval', LOGITS, LABELS, '--temperature', temperature, '--backend', backend);
      expect(result.accuracy).toBe(0.58984375);
      expectClose(result.nll, Number(nll));
      expectClose(result.perplexity, Number(perplexity));
    }
  });

  for (const op of ['softmax', 'log-softmax']) {
    it(`apply --op ${op} agrees with float64`, () => {
      const out = at(`${backend}-${op}.npy`);
      const args = ['--op', op, '--temperature', '0.7', '--out', out, '--backend', backend];
      expect(run('apply', LOGITS, ...args)).toEqual({
        ...{ code: 0, out: '', err: `wrote ${out}, float32 (256, 256)\n` },
      });
      const results = new Float32Array(data(out));
      expect(readFileSync(out).subarray(0, 128)).toEqual(readFileSync(LOGITS).subarray(0, 128));
      expect(results.length).toBe(logits.length);
      const exact = Array.from(labels, (_, r) =>
        logSoftmax(logits.subarray(r * COLS, (r + 1) * COLS), 0.7).map((value) =>
          op === 'softmax' ? Math.exp(value) : value,
        ),
      ).flat();
      const { error, where } = worst(results, exact, inStepsOrFlushed);
      expect(error, where).toBeLessThanOrEqual(backend === 'js' ? 1 : 2);
    });
  }

  it('eval takes T = 0 and T = Infinity', () => {
    const file = put(npyOf('<f4', [1, 2], [3, 1]));
    const label = put(npyOf('<i4', [1], [0]));
    const nll = (T: string): number =>
      json('eval', file, label, '--temperature', T, '--backend', backend).nll;
    expect(nll('0')).toBe(0);
    expectClose(nll('Infinity'), Math.log(2));
  });
});

describe('eval', () => {
  it('prints for people', () => {
    const { code, out } = run('eval', LOGITS, LABELS, '--backend', 'js');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'rows         256',
        'classes      256',
        'accuracy     58.984 % (151 of 256)',
        'NLL          1.494985 nats',
        'perplexity   4.459269',
        'temperature  1',
        'backend      js',
        '',
      ].join('\n'),
    );
  });

  it('is the same for every integer type, layout and version of the labels', () => {
    const all = json('eval', LOGITS, LABELS);
    for (const descr of ['|u1', '>i2', '<u2', '>i4', '<i8', '>u8']) {
      expect(json('eval', LOGITS, put(npyOf(descr, [256], [...labels]))), descr).toEqual(all);
    }
    for (const shape of [
      [256, 1],
      [1, 256],
    ]) {
      expect(json('eval', LOGITS, put(npyOf('<i4', shape, [...labels])))).toEqual(all);
    }
    const v3 = npyFile({
      version: [3, 0],
      descr: '<f4',
      shape: [256, 256],
      data: new Uint8Array(data(LOGITS)),
    });
    expect(json('eval', put(v3), LABELS)).toEqual(all);
  });

  it('is the same for float64 and big-endian logits, and for more dimensions', () => {
    const all = json('eval', LOGITS, LABELS);
    for (const descr of ['<f8', '>f8', '>f4']) {
      expect(json('eval', put(npyOf(descr, [256, 256], [...logits])), LABELS), descr).toEqual(all);
    }
    const cube = put(npyOf('<f4', [4, 64, 256], [...logits]));
    expect(json('eval', cube, put(npyOf('<i4', [4, 64], [...labels])))).toEqual(all);
    expect(json('eval', cube, LABELS)).toEqual(all);
  });

  it('does not count rows labelled -100', () => {
    const file = put(npyOf('<f4', [3, 2], [1, 0, 5, 9, Number.NaN, 1]));
    const result = json('eval', file, put(npyOf('<i8', [3], [0, 0, -100])), '--backend', 'js');
    expect(result).toMatchObject({ rows: 2, ignored: 1, correct: 1, accuracy: 0.5 });
    expectClose(result.nll, (Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(4))) / 2);
  });

  it('takes the first of equals, and counts a row with a NaN as wrong', () => {
    const file = put(npyOf('<f4', [4, 3], [2, 2, 1, 1, 2, 2, 1, 2, Number.NaN, Number.NaN, 2, 1]));
    const { out } = run('eval', file, put(npyOf('|i1', [4], [0, 2, 1, 0])), '--json');
    expect(JSON.parse(out)).toMatchObject({ correct: 1, accuracy: 0.25, nll: null, perplexity: null });
  });

  it('takes one dimension as one row', () => {
    const row = put(npyOf('<f4', [3], [0, 0, 0]));
    for (const shape of [[], [1]]) {
      const result = json('eval', row, put(npyOf('<i4', shape, [0])));
      expect(result).toMatchObject({ rows: 1, classes: 3, accuracy: 1 });
      expectClose(result.nll, Math.log(3));
    }
  });

  it('has no mean over no rows', () => {
    const result = json('eval', put(npyOf('<f4', [0, 3], [])), put(npyOf('<i4', [0], [])));
    expect(result).toMatchObject({ rows: 0, accuracy: null, nll: null, perplexity: null });
  });

  it('adds up over blocks of rows', () => {
    const [many, manyLabels] = [tile(data(LOGITS), 9), tile(data(LABELS), 9)];
    const file = put(npyFile({ descr: '<f4', shape: [9 * 256, 256], data: many }));
    const result = json('eval', file, put(npyFile({ descr: '<i4', shape: [9 * 256], data: manyLabels })));
    const once = json('eval', LOGITS, LABELS);
    expect(result).toMatchObject({ rows: 9 * 256, correct: 9 * once.correct, accuracy: once.accuracy });
    expect(Math.abs(result.nll / once.nll - 1)).toBeLessThan(1e-7);
  });
});

function tile(buffer: ArrayBuffer, times: number): Uint8Array {
  return Buffer.concat(Array(times).fill(new Uint8Array(buffer)));
}

describe('apply', () => {
  it('gives every block of rows the same bits', () => {
    const [once, many] = [at('once.npy'), at('many.npy')];
    const file = put(npyFile({ shape: [9 * 256, 256], data: tile(data(LOGITS), 9) }));
    expect(run('apply', LOGITS, '--op', 'softmax', '--out', once).code).toBe(0);
    expect(run('apply', file, '--op', 'softmax', '--out', many).code).toBe(0);
    expect(Buffer.from(data(many)).equals(tile(data(once), 9))).toBe(true);
  });

  it('keeps the shape', () => {
    const out = at('shape.npy');
    for (const shape of [[6], [2, 3], [1, 2, 3], [3, 0], [0, 3], [0]]) {
      const values = shape.includes(0) ? [] : [0, 0, 0, 0, 0, 0];
      expect(run('apply', put(npyOf('>f8', shape, values)), '--op', 'softmax', '--out', out).code).toBe(0);
      const share = values.map(() => Math.fround(1 / (shape.at(-1) ?? 1)));
      expect(readFileSync(out)).toEqual(npyOf('<f4', shape, share));
    }
  });

  it('takes a row longer than a block', () => {
    const out = at('long.npy');
    const file = put(npyFile({ shape: [2, 300_000], data: new Uint8Array(2 * 4 * 300_000) }));
    expect(run('apply', file, '--op', 'softmax', '--out', out).code).toBe(0);
    const first = Math.fround(1 / 300_000);
    expect(new Float32Array(data(out)).every((value) => Math.abs(value / first - 1) < 1e-6)).toBe(true);
  });
});

describe('info and bench', () => {
  it('info names what computes', () => {
    const facts = json('info');
    expect(BACKENDS).toContain(facts.backend);
    expect(facts.node).toBe(process.version);
    expect(run('info').out).toMatch(/^backend +(js|simd|relaxed-simd)$/m);
    expect(json('info', '--backend', 'js').backend).toBe('js');
    expect(json('--backend', 'js', 'info').backend).toBe('js');
  });

  it('bench compares every backend with naive JS', () => {
    const { results, skipped } = json('bench') as unknown as {
      results: { name: string; elementsPerSecond: number; ratio: number }[];
      skipped: { backend: string; reason: string }[];
    };
    expect(new Set(results.map(({ name }) => name))).toEqual(new Set(['naive JS', ...BACKENDS]));
    expect(results.every(({ elementsPerSecond, ratio }) => elementsPerSecond > 0 && ratio > 0)).toBe(true);
    expect(
      skipped
        .map(({ backend }) => backend)
        .concat(BACKENDS)
        .sort(),
    ).toEqual(['js', 'relaxed-simd', 'simd']);
    expect(skipped.every(({ reason }) => reason.length > 0)).toBe(true);
  });
});

describe('help and version', () => {
  it('are no errors', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
    expect(run('--help')).toMatchObject({ code: 0, err: '' });
    for (const command of ['info', 'apply', 'eval', 'bench']) {
      expect(run('--help').out).toContain(`  ${command} `);
      const { code, out, err } = run(command, '--help');
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toContain('--backend');
    }
  });
});

describe('bad usage and bad input: exit code 2, one line on stderr, no output', () => {
  const out = 'refused.npy';
  const apply = (path: string, ...more: string[]): string[] => ['apply', path, '--out', out, ...more];
  const softmax = (path: string): string[] => apply(path, '--op', 'softmax');
  const truncated = (): string => put(readFileSync(LOGITS).subarray(0, 200_000));
  const cases: [string, () => string[], string[]][] = [
    ['an unknown command', () => ['evaluate'], ["unknown command 'evaluate'"]],
    ['an unknown option', () => ['info', '--fast'], ["unknown option '--fast'"]],
    ['a file missing', () => ['eval', LOGITS], ['expected LOGITS and LABELS', 'got 1']],
    ['a file too many', () => ['eval', LOGITS, LABELS, LABELS], ['expected LOGITS and LABELS', 'got 3']],
    ['no file', () => ['eval'], ["'FILES'"]],
    ['no size', () => [...softmax(LOGITS), '--memory', 'lots'], ["'--memory <SIZE>'", "'lots'", '64M']],
    ['a row too long', () => [...softmax(LOGITS), '--memory', '8M'], ['--memory 8M, got 256 classes', '9M']],
    ['no files of a pattern', () => softmax('none-*.npy'), ['none-*.npy: expected files of this pattern']],
    ['bare elements', () => softmax('x.bin'), ['x.bin: expected --dtype and --shape']],
    [
      'no type',
      () => [...softmax('x.bin'), '--dtype', 'float', '--shape', '1,2'],
      ["'--dtype <TYPE>'", 'float16'],
    ],
    ['no shape', () => [...softmax('x.bin'), '--dtype', 'float16', '--shape', '-1,-1'], ["'--shape"]],
    ['no operation', () => apply(LOGITS), ["'--op <op>'"]],
    ['an unknown operation', () => apply(LOGITS, '--op', 'max'), ["'max'", 'softmax, log-softmax']],
    ['no --out', () => ['apply', LOGITS, '--op', 'softmax'], ["'--out <OUT.npy>'"]],
    ['an unknown backend', () => ['info', '--backend', 'gpu'], ["'gpu'", 'relaxed-simd']],
    ...['-1', 'warm', '', 'NaN', '1,5', '0x10', '-Infinity'].map(
      (text): [string, () => string[], string[]] => [
        `the temperature '${text}'`,
        () => ['eval', LOGITS, LABELS, '--temperature', text],
        ["'--temperature <T>'", `'${text}'`, 'not negative'],
      ],
    ),
    ['no such logits', () => softmax('none.npy'), ['none.npy: expected', 'no such file']],
    [
      'no such labels',
      () => ['eval', LOGITS, 'none.npy'],
      ['none.npy: expected', 'integer labels', 'no such file'],
    ],
    ['a folder', () => softmax('.'), ['.: expected', 'regular file']],
    ['no .npy', () => softmax(CLI), ['cli.js: expected a .npy file', 'got bytes']],
    ['a truncated file', () => softmax(truncated()), ['truncated .npy: expected 262144 bytes', 'got 199872']],
    [
      'labels as logits',
      () => softmax(LABELS),
      ['labels.npy', 'what labels look like: int32 of shape (256,)'],
    ],
    ['logits as labels', () => ['eval', LOGITS, LOGITS], ['logits.npy', 'integer labels', 'got -3.98']],
    [
      'labels of other rows',
      () => ['eval', LOGITS, put(npyOf('<i4', [3], [1, 2, 3]))],
      ['expected one label for each of the 256 rows', '(256, 256)', 'got shape (3,)'],
    ],
    [
      'labels of other dimensions',
      () => [
        'eval',
        put(npyOf('<f4', [2, 3, 1], [1, 2, 3, 4, 5, 6])),
        put(npyOf('<i4', [3, 2], [0, 0, 0, 0, 0, 0])),
      ],
      ['got shape (3, 2)'],
    ],
    [
      'a label out of range',
      () => ['eval', LOGITS, put(npyOf('<i4', [256], [...labels.subarray(0, 255), 256]))],
      ['row 255: expected a label in [0, 256) or -100, got 256'],
    ],
    [
      'a negative label',
      () => ['eval', put(npyOf('<f4', [1, 2], [0, 0])), put(npyOf('|i1', [1], [-1]))],
      ['row 0: expected a label in [0, 2) or -100, got -1'],
    ],
    [
      'a label in a later block',
      () => [
        'eval',
        put(npyFile({ shape: [300_000, 1], data: new Uint8Array(4 * 300_000) })),
        put(npyFile({ descr: '|u1', shape: [300_000], data: new Uint8Array(300_000).fill(7, 299_999) })),
      ],
      ['row 299999: expected a label in [0, 1) or -100, got 7'],
    ],
    [
      'no classes',
      () => ['eval', put(npyOf('<f4', [2, 0], [])), put(npyOf('<i4', [2], [0, 0]))],
      ['at least one class', '(2, 0)'],
    ],
    [
      'an output in a folder that is not there',
      () => ['apply', LOGITS, '--op', 'softmax', '--out', 'none/out.npy'],
      ['none/out.npy', 'no such file or folder'],
    ],
    [
      'the standard output as output',
      () => ['apply', LOGITS, '--op', 'softmax', '--out', '-'],
      ['-: expected a file'],
    ],
    [
      'a folder as output',
      () => ['apply', LOGITS, '--op', 'softmax', '--out', '.'],
      ['.: expected a regular file'],
    ],
  ];
  if (!features.relaxedSimd) {
    cases.push([
      'a backend this host lacks',
      () => ['info', '--backend', 'relaxed-simd'],
      ['--backend relaxed-simd'],
    ]);
  }
  for (const [name, args, pieces] of cases) {
    it(name, () => {
      const list = args();
      const before = readdirSync(at());
      const result = run(...list);
      expect(result).toMatchObject({ code: 2, out: '' });
      expect(result.err).toMatch(/^error: [^\n]+\n$/);
      for (const piece of pieces) expect(result.err).toContain(piece);
      expect(readdirSync(at())).toEqual(before);
    });
  }

  it('no command: the help, on stderr', () => {
    const { code, out, err } = run();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: softmax-simd');
  });
});

describe.skipIf(process.platform === 'win32')('what goes wrong on the way', () => {
  it('leaves no output when it cannot be written to the end: exit code 1 and the reason', () => {
    const before = readdirSync(at());
    const args = [...RUNTIME, CLI, 'apply', LOGITS, '--op', 'softmax', '--out', 'full.npy'];
    const options = { encoding: 'utf8', cwd: at() } as const;
    const { status, stderr } = spawnSync('sh', ['-c', limitFiles(100), ...args], options);
    expect(stderr).toMatch(/^error: full\.npy: [^\n]*file too large[^\n]*\n$/i);
    expect(status).toBe(1);
    expect(readdirSync(at())).toEqual(before);
  });

  it('leaves the file that was there', () => {
    const path = at('kept.npy');
    copyFileSync(LABELS, path);
    expect(run('apply', truncatedLater(), '--op', 'softmax', '--out', path).code).toBe(2);
    expect(readFileSync(path)).toEqual(readFileSync(LABELS));
  });

  it('leaves no finished file on Ctrl-C', async () => {
    // 2 GiB of zeros that take no space: some seconds of work.
    const path = put(npyFile({ shape: [2 ** 21, 256] }));
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, 128 + 2 ** 31);
    closeSync(fd);
    const before = readdirSync(at());
    const args = [CLI, 'apply', path, '--op', 'softmax', '--out', 'stopped.npy'];
    const child = spawn(process.execPath, args, { cwd: at() });
    const ended = new Promise((done) => child.on('exit', (code, signal) => done(signal ?? code)));
    const started = setInterval(() => {
      if (readdirSync(at()).some((name) => name.includes('.partial.'))) child.kill('SIGINT');
    }, 5);
    const end = await ended;
    clearInterval(started);
    expect(end).toBe(ENDED_BY_CTRL_C);
    // What is complete stays, under a name that says that it is not all.
    const left = readdirSync(at()).filter((name) => !before.includes(name));
    expect(left.sort().join()).toMatch(
      /^(stopped\.npy\.partial\.[0-9a-f]{16},stopped\.npy\.partial\.state)?$/,
    );
    for (const name of [...left, path]) rmSync(resolve(at(), name));
  });

  it('does not mind a reader that stops reading', () => {
    const args = ['-c', `"$0" "$@" --help | true`, ...RUNTIME, CLI];
    const { status, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

/** A file whose data ends too early. */
function truncatedLater(): string {
  return put(readFileSync(LOGITS).subarray(0, -4));
}
