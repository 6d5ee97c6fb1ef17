/** What the command line says: of names that would command a terminal, of inputs that end early, of what it wrote. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { useFolder } from '../support/folder.ts';
import { npyOf } from './npy-file.ts';
import { safetensorsFile } from './safetensors-file.ts';
import { zipFile } from './zip-file.ts';

const { at, run, runWith } = useFolder('words');
const LOGITS = resolve('sample/logits.npy');
const LABELS = resolve('sample/labels.npy');
afterEach(() => {
  for (const name of readdirSync(at())) rmSync(at(name), { recursive: true });
});

const tensor = { dtype: 'F32', shape: [1, 2], data: new Uint8Array(8) };
const HOSTILE = 'a\x1b[2J\x07\rb\u009b31m\u202ec';
/** Names are not in the code page of old. */
const UTF8 = { flags: 0x800 };
const small = npyOf('<f4', [1, 2], [0, 1]);
/** Nothing that a terminal would obey. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const QUIET = /^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]*$/;

describe('names from files', () => {
  it('are escaped in messages', () => {
    writeFileSync(at('x.safetensors'), safetensorsFile({ [HOSTILE]: tensor, b: tensor }));
    writeFileSync(
      at('x.npz'),
      zipFile([HOSTILE, 'b'].map((name) => ({ name: `${name}.npy`, data: small, claims: UTF8 }))),
    );
    for (const file of ['x.safetensors', 'x.npz']) {
      const { code, err } = run('sample', file);
      expect(code).toBe(2);
      expect(err).toMatch(QUIET);
      expect(err).toContain('a\\x1b[2J\\x07\\x0db\\x9b31m\\u202ec');
    }
    const bad = run('sample', `${HOSTILE}.npy`);
    expect(bad.code).toBe(2);
    expect(bad.err).toMatch(QUIET);
  });

  it('are escaped in reports and diagrams', () => {
    const member = { name: `${HOSTILE}.npy`, data: readFileSync(LOGITS), claims: UTF8 };
    writeFileSync(at('x.npz'), zipFile([member]));
    const { code, out } = run('calibrate', 'x.npz', LABELS, '--svg', 'd.svg');
    expect(code).toBe(0);
    expect(out).toMatch(QUIET);
    expect(out).toContain('a\\x1b[2J');
  });

  it('may have a colon', () => {
    writeFileSync(at('x.npz'), zipFile(['a:b', 'c'].map((name) => ({ name: `${name}.npy`, data: small }))));
    for (const args of [['x.npz:a:b'], ['x.npz:a:b.npy'], ['x.npz', '--tensor', 'a:b']]) {
      expect(run('apply', ...args, '--op', 'argmax', '--json')).toEqual({
        ...{ code: 0, out: '{"row":0,"id":1}\n', err: '' },
      });
    }
  });
});

describe('what ends early is bad input', () => {
  const refused = ({ code, out, err }: ReturnType<typeof run>, text: string): void => {
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^error: [^\n]+\n$/);
    expect(err).toContain(text);
  };
  it('the standard input', () => {
    refused(runWith({ stdin: new Uint8Array() }, 'sample', '-'), 'expected more data, got nothing');
    refused(runWith({ stdin: small.subarray(0, 50) }, 'sample', '-'), 'truncated');
    refused(runWith({ stdin: small.subarray(0, -1) }, 'apply', '-', '--op', 'argmax', '--json'), 'truncated');
  });
  it('a deflated member', () => {
    const member = { name: 'x.npy', data: npyOf('<f4', [1, 2], [0, 1]).subarray(0, -4), deflate: true };
    const archive = zipFile([{ ...member, claims: { size: small.length } }]);
    writeFileSync(at('x.npz'), archive);
    refused(run('sample', 'x.npz'), 'truncated');
  });
  it('a .npy for a shard', () => {
    refused(run('merge', LOGITS), 'expected JSON written by eval --partial');
  });
});

describe('eval', () => {
  it('says how many rows have no loss, and which is the first', () => {
    const rows = [0, 1, 1, 0, Number.NaN, 0, 0, 1, 0, Infinity];
    writeFileSync(at('x.npy'), npyOf('<f4', [5, 2], rows));
    writeFileSync(at('y.npy'), npyOf('<i4', [5], [0, 0, 0, 0, 0]));
    const { code, err } = run('eval', 'x.npy', 'y.npy');
    expect({ code, err }).toEqual({ code: 0, err: 'x.npy: row 2: no loss, NaN: the first of 2 rows\n' });
    writeFileSync(at('x.npy'), npyOf('<f4', [5, 2], rows.with(4, 0)));
    expect(run('eval', 'x.npy', 'y.npy', '--json').err).toBe('x.npy: row 4: no loss, NaN\n');
  });
});

describe('apply and sample', () => {
  it('say what was written, and when a name says something else', () => {
    const args = ['apply', LOGITS, '--op', 'top-k', '-k', '2', '--out'];
    expect(run(...args, 'i.npy', '--values', 'v.npy', '--out-dtype', 'float16').err).toBe(
      'wrote i.npy, int32 (256, 2) and v.npy, float16 (256, 2)\n',
    );
    expect(run(...args, 'l.jsonl').err).toBe('wrote l.jsonl, 256 lines\n');
    expect(run(...args, 'i.npy', '--quiet').err).toBe('');
    const warning = 'x.txt: what is written is a .npy, whatever its name says\n';
    expect(run(...args, 'x.txt').err).toBe(`${warning}wrote x.txt, int32 (256, 2)\n`);
    expect(run('sample', LOGITS, '--out', 'x.txt').err).toBe(warning);
    expect(run(...args, 'i').err).toBe('wrote i, int32 (256, 2)\n');
  });
});

it.each([
  ['apply', LOGITS, '--op', 'softmax', '--out', 'o.npy'],
  ['sample', LOGITS],
  ['eval', LOGITS, LABELS],
  ['calibrate', LOGITS, LABELS],
])('%s: a memory that is too small names one that does', (...args) => {
  const { code, err } = run(...args, '--memory', '1');
  expect(code).toBe(2);
  const [, enough] = /--memory (\w+) would do\n$/.exec(err) ?? [];
  expect(run(...args, '--memory', enough).code).toBe(0);
});
