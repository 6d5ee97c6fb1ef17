/** Runs that end before their time, those that continue them, and how far one has come. */
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
import { CLI, useFolder } from '../support/folder.ts';
import { ENDED_BY_CTRL_C, limitFiles, RUNTIME } from '../support/program.ts';
import { random } from '../support/random.ts';
import { npyFile } from './npy-file.ts';

const { at, run, runWith } = useFolder('resume');
const LOGITS = resolve('sample/logits.npy');
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
