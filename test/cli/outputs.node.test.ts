/**
 * Outputs of the command line: each has one owner from before its first byte to its name, and nothing else is touched,
 * whatever names, links, pipes and signals there are. RUNS=200 repeats the races so often.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CLI, useFolder } from '../support/folder.ts';
import { limitFiles, RUNTIME } from '../support/program.ts';
import { random } from '../support/random.ts';

const RUNS = Number(process.env.RUNS ?? 4);
const isWindows = process.platform === 'win32';
const { at, run } = useFolder('outputs');
const LOGITS = resolve('sample/logits.npy');
const LABELS = resolve('sample/labels.npy');

const KEPT = ['in', 'other'];
afterEach(() => {
  for (const name of readdirSync(at())) if (!KEPT.includes(name)) rmSync(at(name), { recursive: true });
});
const files = (): string[] =>
  readdirSync(at())
    .filter((name) => !KEPT.includes(name))
    .sort();
/** The command line for a shell, to be followed by arguments. */
const shell = (script: string): { status: number | null; stdout: string; stderr: string } =>
  spawnSync('bash', ['-c', script, ...RUNTIME, CLI], { cwd: at(), encoding: 'utf8' });
const SOFTMAX = ['--op', 'softmax'];

/** Two matrices of the same shape, 4 MB each, as bare elements, and what softmax and top-k make of them. */
const SHAPE = [4000, 256];
const raw = ['--dtype', 'float32', '--shape', SHAPE.join(), '--quiet'];
const wanted = new Map<string, Buffer>();
beforeAll(() => {
  const { normal } = random(3);
  for (const name of KEPT) {
    const noise = Float32Array.from({ length: 10_007 }, () => 4 * normal());
    const data = Float32Array.from(
      { length: SHAPE[0] * SHAPE[1] },
      (_, i) => noise[(i * 31) % noise.length] + i / 1e6,
    );
    writeFileSync(at(name), data);
    expect(run('apply', name, ...raw, ...SOFTMAX, '--out', 'o').code).toBe(0);
    wanted.set(name, readFileSync(at('o')));
    expect(run('apply', name, ...raw, '--op', 'top-k', '-k', '3', '--out', 'i', '--values', 'v').code).toBe(
      0,
    );
    wanted.set(`${name}, ids`, readFileSync(at('i')));
    wanted.set(`${name}, values`, readFileSync(at('v')));
    for (const output of ['o', 'i', 'v']) rmSync(at(output));
  }
});

describe('an output that is', () => {
  const refused = (script: string, ...texts: string[]): void => {
    const { status, stdout, stderr } = shell(script);
    expect({ status, stdout, stderr }).toMatchObject({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
    for (const text of texts) expect(stderr).toContain(text);
  };
  const input = readFileSync(LOGITS);

  it.skipIf(isWindows)('the input, by whatever name, is refused, and the input unchanged', () => {
    writeFileSync(at('x.npy'), input);
    linkSync(at('x.npy'), at('hard.npy'));
    symlinkSync('x.npy', at('soft.npy'));
    const before = files();
    const names = ['x.npy', './x.npy', 'hard.npy', 'soft.npy', at('x.npy')];
    for (const out of names) {
      refused(`"$0" "$@" apply x.npy --op softmax --out '${out}'`, 'the input itself');
    }
    for (const from of names)
      refused(`"$0" "$@" apply '${from}' --op softmax --out x.npy`, 'the input itself');
    refused('"$0" "$@" apply - --op softmax --out x.npy < x.npy', 'the input itself');
    refused('"$0" "$@" apply "*.npy" --op softmax --out x.npy', 'the input itself');
    refused('"$0" "$@" apply x.npy --op top-k -k 2 --out new.npy --values hard.npy', '--values', 'the input');
    refused('"$0" "$@" sample x.npy --out x.npy', 'the input itself');
    refused('"$0" "$@" sample x.npy --out soft.npy', 'the input itself');
    refused(`"$0" "$@" eval x.npy ${LABELS} --partial x.npy`, 'the input itself');
    refused(`"$0" "$@" calibrate x.npy ${LABELS} --svg hard.npy`, 'the input itself');
    expect(files()).toEqual(before);
    expect(readFileSync(at('x.npy')).equals(input)).toBe(true);
  });

  it.skipIf(isWindows)('another output is refused', () => {
    const topK = `"$0" "$@" apply ${LOGITS} --op top-k -k 2`;
    refused(`${topK} --out o.npy --values o.npy`, '--values o.npy: expected another file than --out o.npy');
    refused(`${topK} --out o.npy --values ./o.npy`, 'expected another file');
    symlinkSync('o.npy', at('soft.npy'));
    refused(`${topK} --out o.npy --values soft.npy`, 'expected another file');
    expect(files()).toEqual(['soft.npy']);
    writeFileSync(at('o.npy'), 'before');
    linkSync(at('o.npy'), at('hard.npy'));
    refused(`${topK} --out o.npy --values hard.npy`, 'expected another file');
    expect(readFileSync(at('o.npy'), 'utf8')).toBe('before');
  });

  it.skipIf(isWindows)('a pipe, a device or a folder is refused, and still there', () => {
    const apply = `"$0" "$@" apply ${LOGITS} --op softmax`;
    expect(spawnSync('mkfifo', [at('pipe')]).status).toBe(0);
    symlinkSync('pipe', at('to-pipe'));
    refused(`${apply} --out pipe`, 'got a pipe');
    refused(`${apply} --out to-pipe`, 'got a pipe');
    refused(`${apply} --out /dev/stdout | cat`.replace('"$0"', 'set -o pipefail; "$0"'), 'got a pipe');
    refused(`${apply} --out >(cat)`, 'got a pipe');
    refused(`${apply} --out /dev/null`, 'got a device');
    refused(`${apply} --out /dev/full`, 'got a device');
    refused(`${apply} --out .`, 'got a folder');
    refused(`${apply} --out /dev/stdout > file`, 'than the standard output goes to');
    expect(readFileSync(at('file')).length).toBe(0);
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
    expect(readlinkSync(at('to-pipe'))).toBe('pipe');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(files()).toEqual(['file', 'pipe', 'to-pipe']);
  });

  it.skipIf(isWindows)('a link is written where the link leads, even if nothing is there', () => {
    mkdirSync(at('far'));
    symlinkSync('far/new.npy', at('dangling.npy'));
    symlinkSync('dangling.npy', at('second.npy'));
    symlinkSync('loop', at('loop'));
    expect(run('apply', LOGITS, ...SOFTMAX, '--quiet', '--out', 'second.npy').code).toBe(0);
    expect(readFileSync(at('far', 'new.npy')).length).toBe(input.length);
    expect(readlinkSync(at('dangling.npy'))).toBe('far/new.npy');
    expect(readdirSync(at('far'))).toEqual(['new.npy']);
    expect(run('apply', LOGITS, ...SOFTMAX, '--out', 'loop')).toMatchObject({ code: 2, out: '' });
  });
});

describe.skipIf(isWindows)('the standard output', () => {
  it('closed by its reader: files are finished, and nothing else is left', () => {
    for (const command of [
      `sample ${LOGITS} --json --out ids.npy`,
      `apply ${LOGITS} --op top-k -k 200 --json --out ids.npy --values v.npy --quiet`,
    ]) {
      const { status, stderr } = shell(`set -o pipefail; "$0" "$@" ${command} | true`);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(files().filter((name) => name !== 'v.npy')).toEqual(['ids.npy']);
      expect(readFileSync(at('ids.npy')).length % 4).toBe(0);
      rmSync(at('ids.npy'));
    }
    const { status, stderr } = shell(`set -o pipefail; "$0" "$@" apply ${LOGITS} --op argmax --json | true`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.skipIf(!existsSync('/dev/full'))('on a full disk: the reason, and exit code 1', () => {
    for (const command of [
      `eval ${LOGITS} ${LABELS}`,
      `sample ${LOGITS} --json --out ids.npy`,
      `sample ${LOGITS}`,
      'info',
    ]) {
      const { status, stderr } = shell(`"$0" "$@" ${command} > /dev/full`);
      expect(stderr, command).toMatch(/^error: standard output: .*no space left on device.*\n$/i);
      expect(status).toBe(1);
      expect(files()).toEqual([]);
    }
  });
});

interface Ended {
  code: number | null;
  signal: string | null;
  err: string;
}

/** Starts the command line; what it comes to. */
function begin(args: string[], kill?: { after: number; signal: NodeJS.Signals }): Promise<Ended> {
  const [runtime, ...flags] = RUNTIME;
  const child = spawn(runtime, [...flags, CLI, ...args], { cwd: at(), stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (data) => {
    err += data;
  });
  if (kill) setTimeout(() => child.kill(kill.signal), kill.after);
  return new Promise((done) => {
    child.on('close', (code, signal) => done({ code, signal, err }));
  });
}

describe('two processes with one output', () => {
  const topK = ['--op', 'top-k', '-k', '3'];
  it.each([
    ['apply --out', [...SOFTMAX, '--out', 'o'], { o: '' }],
    ['apply --out --values', [...topK, '--out', 'i', '--values', 'v'], { i: ', ids', v: ', values' }],
    ['apply --values', [...topK, '--out', '%.npy', '--values', 'v'], { v: ', values' }],
  ] as const)(
    '%s: who exits with 0 has written it',
    { timeout: 1000 * RUNS + 60_000 },
    async (_, args, outputs) => {
      const { below } = random(RUNS);
      let refusals = 0;
      for (let i = 0; i < RUNS; i++) {
        const own = (name: string): string[] => [
          'apply',
          name,
          ...raw,
          ...args.map((arg) => arg.replace('%', name)),
        ];
        const first = begin(own('in'));
        await pause(below(13));
        const ends = await Promise.all([first, begin(own('other'))]);
        const winners = KEPT.filter((_, n) => ends[n].code === 0);
        expect(winners.length, ends.map(({ err }) => err).join()).toBeGreaterThan(0);
        for (const { code, err } of ends) {
          if (code === 0) continue;
          expect({ code, err }).toMatchObject({
            code: 2,
            err: expect.stringMatching(/another process is writing it/),
          });
          refusals++;
        }
        // All outputs are one process's, and that has said so.
        const whole = winners.filter((name) =>
          Object.entries(outputs).every(([path, what]) =>
            readFileSync(at(path)).equals(wanted.get(name + what) as Buffer),
          ),
        );
        expect(whole.length, `run ${i}`).toBe(1);
        expect(files().filter((name) => name.includes('partial'))).toEqual([]);
      }
      if (RUNS > 50) expect(refusals).toBeGreaterThan(0);
    },
  );
});

describe.skipIf(isWindows)('a run that ends at any moment', () => {
  const args = ['apply', 'in', ...raw, ...SOFTMAX, '--memory', '10M', '--out', 'o'];
  it('is continued to the same bytes, and leaves nothing', { timeout: 2000 * RUNS + 60_000 }, async () => {
    const { below } = random(RUNS + 1);
    const started = performance.now();
    await begin(args);
    const whole = performance.now() - started;
    rmSync(at('o'));
    for (let i = 0; i < RUNS; i++) {
      const signal = (['SIGKILL', 'SIGINT', 'SIGTERM'] as const)[i % 3];
      const end = await begin(args, { after: below(Math.ceil(whole * 1.1)), signal });
      if (signal !== 'SIGKILL' && !existsSync(at('o')) && !/are kept/.test(end.err)) {
        expect(files(), end.err).toEqual([]);
      }
      if (end.code === 0) rmSync(at('o'));
      const { code, err } = await begin([...args, '--resume']);
      expect(code, err).toBe(0);
      expect(files()).toEqual(['o']);
      expect(readFileSync(at('o')).equals(wanted.get('in') as Buffer), `run ${i}, ${signal}`).toBe(true);
      rmSync(at('o'));
    }
  });

  it('leaves nothing after early signals, for outputs that are not continued', {
    timeout: 60_000,
  }, async () => {
    const { below } = random(RUNS + 2);
    for (let i = 0; i < RUNS; i++) {
      const command =
        i % 2 === 0 ? ['sample', LOGITS, '--out', 's.npy'] : ['eval', LOGITS, LABELS, '--partial', 'p'];
      await begin(command, { after: below(250), signal: 'SIGTERM' });
      expect(files().filter((name) => name !== 's.npy' && name !== 'p')).toEqual([]);
    }
  });
});

describe.skipIf(isWindows)('what lies beside an output', () => {
  const claim = 'o.npy.partial.state';
  const apply = (...more: string[]): Ended & { out: string } => {
    const { code, out, err } = run('apply', LOGITS, ...SOFTMAX, '--quiet', '--out', 'o.npy', ...more);
    return { code, out, err, signal: null };
  };

  it('is never written to through a planted link', () => {
    writeFileSync(at('victim'), 'before');
    symlinkSync('victim', at(claim));
    for (const more of [[], ['--resume']]) {
      expect(apply(...more)).toMatchObject({
        code: 2,
        err: expect.stringContaining('something else: delete it'),
      });
    }
    rmSync(at(claim));
    symlinkSync('not-there', at(claim));
    expect(apply()).toMatchObject({ code: 2 });
    expect(files()).toEqual([claim, 'victim']);
    expect(readFileSync(at('victim'), 'utf8')).toBe('before');
    rmSync(at(claim));
    spawnSync('mkfifo', [at(claim)]);
    expect(apply()).toMatchObject({ code: 2 });
  });

  /** A claim of a process that is not there, or that cannot be seen. */
  const plant = (owner: object, data = '0123456789abcdef'): void => {
    const first = { format: 'softmax-simd unfinished output 2', token: 'fedcba9876543210', owner, data };
    writeFileSync(at(claim), `${JSON.stringify(first)}\n`);
    writeFileSync(at(`o.npy.partial.${data}`), 'its data');
  };

  it('is taken over from a process that is not there any more, in the same or another container', () => {
    plant({ where: 'another machine', pid: process.pid, started: '1' });
    expect(apply()).toEqual({ code: 0, out: '', err: '', signal: null });
    expect(files()).toEqual(['o.npy']);
  }, 30_000);

  it('is left to a process that shows that it is there, wherever it is', async () => {
    // Of the same number, in another container.
    plant({ where: 'another container', pid: process.pid, started: '1' });
    const beat = setInterval(() => utimesSync(at(claim), new Date(), new Date()), 300);
    const { code, err } = await begin(['apply', LOGITS, ...SOFTMAX, '--out', 'o.npy']);
    clearInterval(beat);
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining('another process is writing it'),
    });
    expect(readFileSync(at('o.npy.partial.0123456789abcdef'), 'utf8')).toBe('its data');
    rmSync(at(claim));
  });

  it('that was begun and never finished is taken over', () => {
    writeFileSync(at(claim), '{"format":"softmax-simd unfini');
    expect(apply()).toMatchObject({ code: 0, err: '' });
    expect(files()).toEqual(['o.npy']);
  }, 30_000);

  it('is nothing after a full disk', () => {
    const command = limitFiles(0);
    for (const args of [
      ['apply', LOGITS, ...SOFTMAX, '--out', 'o.npy'],
      ['sample', LOGITS, '--out', 'o.npy'],
      ['eval', LOGITS, LABELS, '--partial', 'o.json'],
    ]) {
      const { status, stderr } = spawnSync('sh', ['-c', command, ...RUNTIME, CLI, ...args], {
        encoding: 'utf8',
        cwd: at(),
      });
      expect(stderr).toMatch(/^error: o\.\w+: .*\n$/);
      expect(status).toBe(1);
      expect(files()).toEqual([]);
    }
  });

  it('taken over while its owner stood still: the owner notices, and writes nothing', {
    timeout: 60_000,
  }, async () => {
    const [runtime, ...flags] = RUNTIME;
    const args = [...flags, CLI, 'apply', '-', ...raw, ...SOFTMAX, '--out', 'o'];
    const child = spawn(runtime, args, { cwd: at(), stdio: ['pipe', 'ignore', 'pipe'] });
    const ended = new Promise((done) => {
      child.on('close', done);
    });
    let err = '';
    child.stderr.on('data', (data) => {
      err += data;
    });
    // The rest is missing: it owns the output, and waits.
    const input = readFileSync(at('in'));
    const half = input.length / 2;
    child.stdin.on('error', () => {});
    child.stdin.write(input.subarray(0, half));
    const state = at('o.partial.state');
    const textOf = (): string => (existsSync(state) ? readFileSync(state, 'utf8') : '');
    while (!textOf().includes('\n') && child.exitCode === null) await pause(1);
    // Not by child.kill, which in Deno works once.
    const signal = (name: NodeJS.Signals): boolean => process.kill(child.pid as number, name);
    signal('SIGSTOP');
    await pause(20);
    // As if it could not be seen.
    writeFileSync(state, textOf().replace('"where":"', '"where":"not '));
    expect(await begin(['apply', 'other', ...raw, ...SOFTMAX, '--out', 'o'])).toMatchObject({ code: 0 });
    signal('SIGCONT');
    child.stdin.end(input.subarray(half));
    expect(await ended).toBe(1);
    expect(err).toMatch(/^error: o: .*\n$/);
    expect(readFileSync(at('o')).equals(wanted.get('other') as Buffer)).toBe(true);
    expect(files()).toEqual(['o']);
  });
});

const hasNamespaces = spawnSync('unshare', ['-pf', '--mount-proc', 'true']).status === 0;

describe.skipIf(!hasNamespaces)('two processes of the same number in different containers', () => {
  it('do not take each other over', { timeout: 60_000 }, async () => {
    const contained = (name: string): Promise<Ended> => {
      const args = ['-pf', '--mount-proc', ...RUNTIME, CLI, 'apply', name, ...raw, ...SOFTMAX, '--out', 'o'];
      const child = spawn('unshare', args, { cwd: at(), stdio: ['ignore', 'ignore', 'pipe'] });
      let err = '';
      child.stderr.on('data', (data) => {
        err += data;
      });
      return new Promise((done) => {
        child.on('close', (code, signal) => done({ code, signal, err }));
      });
    };
    for (let i = 0; i < Math.min(RUNS, 4); i++) {
      const ends = await Promise.all(KEPT.map(contained));
      const winners = KEPT.filter((_, n) => ends[n].code === 0);
      expect(winners.length, ends.map(({ err }) => err).join()).toBeGreaterThan(0);
      expect(winners.some((name) => readFileSync(at('o')).equals(wanted.get(name) as Buffer))).toBe(true);
      for (const { code, err } of ends) {
        if (code !== 0) expect(err).toMatch(/another process is writing it/);
      }
      expect(files()).toEqual(['o']);
    }
  });
});
