/** Runs that end before their time, and those that continue them; pipes; progress. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sample, softmax, topK } from '../../src/index.ts';
import { CLI, useFolder } from '../support/folder.ts';
import { ENDED_BY_CTRL_C, limitFiles, RUNTIME } from '../support/program.ts';
import { random } from '../support/random.ts';
import { npyFile, npyOf } from './npy-file.ts';

const { at, run, runWith } = useFolder('resume');
const LOGITS = resolve('sample/logits.npy');
const LABELS = resolve('sample/labels.npy');
const ROWS = 12_000;
const COLS = 4096;

/** 94 MiB of float16, whose softmax as float32 takes 188. */
let input: string;
let undisturbed: Buffer;
const WROTE = `wrote out.npy, float32 (${ROWS}, ${COLS})\n`;
const options = ['--op', 'log-softmax', '--temperature', '0.7'];
beforeAll(() => {
  input = at('in.npy');
  const { below } = random(1);
  const codes = new Uint16Array(ROWS * COLS);
  // Finite numbers of either sign; rows differ, which a few random numbers each see to.
  const noise = Uint16Array.from({ length: 5003 }, () => (below(2) << 15) | below(0x4c00));
  for (let i = 0; i < codes.length; i++) codes[i] = noise[(i + (i >> 12)) % noise.length];
  writeFileSync(input, npyFile({ descr: '<f2', shape: [ROWS, COLS], data: new Uint8Array(codes.buffer) }));
  expect(run('apply', input, ...options, '--out', 'whole.npy')).toEqual({
    ...{ code: 0, out: '', err: WROTE.replace('out.npy', 'whole.npy') },
  });
  undisturbed = readFileSync(at('whole.npy'));
  rmSync(at('whole.npy'));
});
afterEach(() => {
  for (const name of readdirSync(at())) if (at(name) !== input) rmSync(at(name));
});

const files = (): string[] =>
  readdirSync(at())
    .filter((name) => name !== 'in.npy')
    .sort();

/** What is written of out.npy, which has a name that no other run gives it. */
const partial = (): string =>
  files().find((name) => /^out\.npy\.partial\.[0-9a-f]{16}$/.test(name)) ?? 'nothing is written';

/** Complete rows of out.npy that are on record. */
function recorded(): number {
  const state = at('out.npy.partial.state');
  if (!existsSync(state)) return 0;
  const rows = [...readFileSync(state, 'utf8').matchAll(/\{"rows":(\d+)\}\n/g)].map((match) =>
    Number(match[1]),
  );
  return rows.at(-1) ?? 0;
}

/** Starts apply, and does something as soon as some rows are on record. */
async function disturb(
  act: (child: ChildProcess) => void,
  when = (): boolean => recorded() > 0,
): Promise<{ code: number | null; signal: string | null; err: string }> {
  // It may happen that all is done before anybody notices.
  for (let attempt = 0; attempt < 10; attempt++) {
    const child = spawn(process.execPath, [CLI, 'apply', input, ...options, '--out', 'out.npy'], {
      cwd: at(),
    });
    let err = '';
    child.stderr.on('data', (data) => {
      err += data;
    });
    const ended = new Promise<[number | null, string | null]>((done) => {
      child.on('close', (code, signal) => done([code, signal]));
    });
    let acted = false;
    const timer = setInterval(() => {
      if (acted || !when()) return;
      acted = true;
      act(child);
    }, 1);
    const [code, signal] = await ended;
    clearInterval(timer);
    if (!existsSync(at('out.npy'))) return { code, signal, err };
    rmSync(at('out.npy'));
  }
  throw new Error('nothing was ever disturbed');
}

const resumed = (...more: string[]): ReturnType<typeof run> =>
  run('apply', input, ...options, '--out', 'out.npy', '--resume', ...more);

describe.skipIf(process.platform === 'win32')('a run that is interrupted', () => {
  it('by kill -9 is continued to the same bytes', async () => {
    expect((await disturb((child) => child.kill('SIGKILL'))).signal).toBe('SIGKILL');
    expect(files()).toEqual([partial(), 'out.npy.partial.state']);
    const rows = recorded();
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(ROWS);
    const { code, err } = resumed();
    expect({ code, err }).toEqual({ code: 0, err: `continuing out.npy at row ${rows} of ${ROWS}\n${WROTE}` });
    expect(readFileSync(at('out.npy')).equals(undisturbed)).toBe(true);
    expect(files()).toEqual(['out.npy']);
  });

  it('is really continued: what was complete is not written again', async () => {
    await disturb((child) => child.kill('SIGKILL'));
    const bytes = readFileSync(at(partial()));
    bytes[200] ^= 1;
    writeFileSync(at(partial()), bytes);
    expect(resumed('--quiet', '--memory', '16M')).toEqual({ code: 0, out: '', err: '' });
    const expected = Buffer.from(undisturbed);
    expected[200] ^= 1;
    expect(readFileSync(at('out.npy')).equals(expected)).toBe(true);
  });

  it('before its first byte is continued, too', async () => {
    await disturb((child) => child.kill('SIGKILL'));
    truncateSync(at(partial()), 0);
    expect(resumed('--quiet')).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(at('out.npy')).equals(undisturbed)).toBe(true);
  });

  it('by Ctrl-C ends with 130, says what is kept, and is continued', async () => {
    const { code, signal, err } = await disturb((child) => child.kill('SIGINT'));
    expect(signal ?? code).toBe(ENDED_BY_CTRL_C);
    const rows = recorded();
    expect(err).toBe(
      `error: interrupted by SIGINT; ${rows} of ${ROWS} rows of out.npy are kept: --resume continues\n`,
    );
    expect(resumed().code).toBe(0);
    expect(readFileSync(at('out.npy')).equals(undisturbed)).toBe(true);
  });

  it('by a full disk ends with 1 and the reason, and is continued', () => {
    const command = limitFiles(262_144); // 128 MiB
    const args = [...RUNTIME, CLI, 'apply', input, ...options, '--out', 'out.npy'];
    const { status, stderr } = spawnSync('sh', ['-c', command, ...args], { encoding: 'utf8', cwd: at() });
    expect(stderr).toMatch(
      /^error: out\.npy: [^\n]*file too large[^\n]*; \d+ of 12000 rows of out\.npy are kept: --resume continues\n$/i,
    );
    expect(status).toBe(1);
    expect(files()).toEqual([partial(), 'out.npy.partial.state']);
    expect(resumed().code).toBe(0);
    expect(readFileSync(at('out.npy')).equals(undisturbed)).toBe(true);
  });

  it('by an input that shrinks ends with 1 and the reason', async () => {
    const original = readFileSync(input);
    const { mtime } = statSync(input);
    const { code, err } = await disturb(
      () => truncateSync(input, 1000),
      () => existsSync(at('out.npy.partial.state')),
    );
    expect(err).toMatch(/^error: [^\n]*in\.npy: the file became shorter while it was read[^\n]*\n$/);
    expect(code).toBe(1);
    expect(files()).not.toContain('out.npy');
    // The same file again, to the second: still not what the run began with.
    writeFileSync(input, original);
    utimesSync(input, mtime, mtime);
  });

  it('begins anew without --resume', async () => {
    await disturb((child) => child.kill('SIGKILL'));
    writeFileSync(at(partial()), 'something else');
    expect(run('apply', input, ...options, '--out', 'out.npy')).toEqual({ code: 0, out: '', err: WROTE });
    expect(readFileSync(at('out.npy')).equals(undisturbed)).toBe(true);
    expect(files()).toEqual(['out.npy']);
  });

  it('is not continued with other options, or another input', async () => {
    await disturb((child) => child.kill('SIGKILL'));
    const before = files();
    for (const [more, message] of [
      [
        ['--temperature', '0.8'],
        'error: --resume: the unfinished out.npy was begun with temperature 0.7, not 0.8\n',
      ],
      [['--out-dtype', 'float16'], 'begun with type float32, not float16'],
      [['--op', 'softmax'], 'begun with op log-softmax, not softmax'],
      [['--backend', 'js'], 'begun with backend'],
    ] as const) {
      const { code, err } = resumed(...more);
      expect(code).toBe(2);
      expect(err).toContain(message);
    }
    const { atime, mtime } = statSync(input);
    utimesSync(input, atime, new Date(mtime.getTime() - 1000));
    const { code, err } = resumed();
    expect({ code, err: err.slice(0, 60) }).toEqual({
      code: 2,
      err: 'error: --resume: the unfinished out.npy was begun with input',
    });
    expect(files()).toEqual(before);
  });
});

describe('--resume', () => {
  const apply = (...more: string[]): ReturnType<typeof run> =>
    run('apply', LOGITS, '--op', 'softmax', '--out', 'out.npy', '--resume', ...more);

  it('begins where there is nothing to continue', () => {
    expect(apply('--quiet')).toEqual({ code: 0, out: '', err: '' });
    expect(apply('--quiet')).toEqual({ code: 0, out: '', err: '' });
    expect(files()).toEqual(['out.npy']);
  });

  it('leaves alone what it does not know', () => {
    const state = at('out.npy.partial.state');
    for (const text of ['x', '[1]', 'null', '{"format":"x"}\n']) {
      writeFileSync(state, text);
      expect(apply()).toMatchObject({ code: 2, out: '' });
    }
    expect(files()).toEqual(['out.npy.partial.state']);
  });

  it('wants a file, and an input that can be read again', () => {
    for (const args of [
      ['--op', 'argmax', '--json'],
      ['--op', 'argmax', '--out', 'out.jsonl'],
    ]) {
      expect(run('apply', LOGITS, '--resume', ...args).err).toContain('--resume goes with');
    }
    const stdin = readFileSync(LOGITS);
    expect(runWith({ stdin }, 'apply', '-', '--op', 'softmax', '--out', 'o.npy', '--resume')).toEqual({
      code: 2,
      out: '',
      err: 'error: --resume: standard input cannot be read again\n',
    });
    expect(files()).toEqual([]);
  });

  it('begins anew where the unfinished file is gone, and says so', async () => {
    await disturb((child) => child.kill('SIGKILL'));
    rmSync(at(partial()));
    const { code, err } = resumed();
    expect({ code, err }).toEqual({
      code: 0,
      err: `out.npy: what was complete is not there any more: beginning anew\n${WROTE}`,
    });
    expect(readFileSync(at('out.npy')).equals(undisturbed)).toBe(true);
    expect(files()).toEqual(['out.npy']);
  });
});

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

const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('progress', () => {
  it('is shown on a terminal, and gone in the end', () => {
    const program = [...RUNTIME, CLI, 'apply', input].map((word) => `'${word}'`).join(' ');
    const command = `${program} --op softmax --out out.npy`;
    const onTerminal = (more: string): string => {
      const args = ['-qec', `${command} ${more}`, '/dev/null'];
      return spawnSync('script', args, { encoding: 'utf8', cwd: at(), input: '' }).stdout;
    };
    const text = onTerminal('');
    expect(text).toMatch(/softmax .*\d+ % \| \d+ of 12000 rows \| \d\.\d{3} Gelem\/s \| \d+:\d\d left/);
    expect(onTerminal('--quiet')).toBe('');
  });
});
