/**
 * Every example of the documentation runs, and gives what it says: a comment behind a statement of one line,
 * `softmax([1, 1]); // Float32Array [0.5, 0.5]`, is the value of that statement, or of what it logs, to the digits it shows.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { describe, expect, test } from 'vitest';
import * as library from '../../src/index.ts';
import { runProgram } from '../support/program.ts';

const root = new URL('../../', import.meta.url);

interface Example {
  where: string;
  code: string;
}

/** The ```js and ```ts blocks of a text. */
function blocks(path: string, text: string): Example[] {
  return [...text.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```$/gm)].map(({ 1: code, index }) => ({
    where: `${path}:${text.slice(0, index).split('\n').length}`,
    code,
  }));
}

/** The blocks in the doc comments of a source file. */
function docBlocks(path: string): Example[] {
  const text = readFileSync(new URL(path, root), 'utf8');
  // Comments without their stars, everything else empty lines, so that line numbers stay.
  const comments = text.replace(/\/\*\*[\s\S]*?\*\/|[^\n]+/g, (part) =>
    part.startsWith('/**') ? part.replace(/^ *(\/?\*+\/?) ?/gm, '') : '',
  );
  return blocks(path, comments);
}

const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && name !== 'binaries.ts',
);
const documents = readdirSync(root).filter((name) => name.endsWith('.md'));
const examples = [
  ...documents.flatMap((name) => blocks(name, readFileSync(new URL(name, root), 'utf8'))),
  ...sources.flatMap((name) => docBlocks(`src/${name}`)),
];

/** Looks like a value: a number, a string, true and false, an array with or without its class, NaN and Infinity. */
const VALUE = /^(-?[\d.]+(e[-+]?\d+)?|'[^']*'|true|false|undefined|NaN|-?Infinity|(\w+ )?\[.*\])$/;

/** Statements with a value beside them, which is then checked. */
function withChecks(code: string): { code: string; checks: number } {
  let checks = 0;
  const lines = code.split('\n').map((line) => {
    const [, statement, comment] = /^ *(\S.*);\s*\/\/ (.+)$/.exec(line) ?? [];
    if (statement === undefined || !VALUE.test(comment)) return line;
    checks++;
    const wanted = JSON.stringify(comment);
    const name = /^(?:const|let) (\w+) = /.exec(statement)?.[1];
    const shown = /^console\.log\((.+)\)$/.exec(statement)?.[1];
    return name ? `${statement}; check(${name}, ${wanted});` : `check(${shown ?? statement}, ${wanted});`;
  });
  return { code: lines.join('\n'), checks };
}

/** Compares a value with its text: the same shape, and the same numbers, to the digits shown. */
function check(actual: unknown, wanted: string): void {
  const numbers = (text: string): string[] => text.match(/-?\d+(\.\d+)?(e[-+]?\d+)?/g) ?? [];
  const text = (value: unknown): string => {
    if (typeof value === 'string') return `'${value}'`;
    if (typeof value === 'number' || typeof value !== 'object' || value === null) return String(value);
    const list = `[${Array.from(value as ArrayLike<unknown>, text).join(', ')}]`;
    return Array.isArray(value) ? list : `${value.constructor.name} ${list}`;
  };
  const shape = (some: string): string => some.replace(/-?\d+(\.\d+)?(e[-+]?\d+)?/g, '#');
  const given = text(actual);
  const [a, b] = [numbers(given), numbers(wanted)];
  const near = b.every((digits, i) => {
    const [mantissa, exponent = '0'] = digits.split('e');
    const decimals = (mantissa.split('.')[1] ?? '').length - Number(exponent);
    return Math.abs(Number(a[i]) - Number(digits)) <= 0.5000001 * 10 ** -decimals;
  });
  // The class of Float32Array has digits of its own, which both have.
  if (shape(given) !== shape(wanted) || a.length !== b.length || !near) {
    throw new Error(`the example says ${wanted}, but it is ${given}`);
  }
}

/** Runs a module in a process of its own. */
function run(code: string): void {
  const dist = (name = '/index'): string => JSON.stringify(new URL(`dist${name}.js`, root).href);
  const script = transformSync(code, { loader: 'ts', format: 'esm', target: 'node20' }).code;
  const { status, stderr } = runProgram(
    `${check}\n${script.replaceAll(/(["'])softmax-simd(\/\w+)?\1/g, (_, _quote, name) => dist(name))}`,
  );
  if (status !== 0) throw new Error(stderr);
}

describe('examples', () => {
  test.each(examples)('$where', ({ code }) => {
    expect(() => run(withChecks(code).code)).not.toThrow();
  });

  test('every operation has one, with a result that is checked', () => {
    const operations = Object.entries(library).filter(([name, value]) => {
      return typeof value === 'function' && !name.startsWith('load');
    });
    for (const [name] of operations) {
      const own = examples.filter(({ where, code }) => where.startsWith('src/') && code.includes(`${name}(`));
      expect(own.length, name).toBeGreaterThan(0);
      expect(
        own.some(({ code }) => withChecks(code).checks > 0),
        name,
      ).toBe(true);
    }
    for (const document of ['README.md', 'USAGE.md']) {
      const own = examples.filter(({ where }) => where.startsWith(document));
      expect(
        own.some(({ code }) => withChecks(code).checks > 0),
        document,
      ).toBe(true);
    }
  });

  test('a wrong result is found', () => {
    const wrong = [
      'softmax([1, 1]); // Float32Array [0.5, 0.6]',
      'softmax([1, 1]); // [0.5, 0.5]',
      'console.log(softmax([1, 1])); // Float32Array [0.5, 0.6]',
    ];
    for (const line of wrong) {
      const { code } = withChecks(`import { softmax } from 'softmax-simd';\n${line}`);
      expect(() => run(code)).toThrow('the example says');
    }
  });
});

/** The commands of the ```console blocks of CLI.md, with what they print. */
function commands(): { command: string; printed: string }[] {
  const text = readFileSync(new URL('CLI.md', root), 'utf8');
  return [...text.matchAll(/^```console\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block]) => block.split(/^\$ /m).slice(1))
    .map((part) => ({
      command: part.slice(0, part.indexOf('\n')),
      printed: part.slice(part.indexOf('\n') + 1),
    }));
}

describe('commands in CLI.md', () => {
  test.each(commands())('$command', ({ command, printed }) => {
    const folder = mkdtempSync(join(tmpdir(), 'commands-'));
    try {
      cpSync(new URL('sample', root), join(folder, 'sample'), { recursive: true });
      const [program, name, ...args] = command.split(' ');
      expect([program, name]).toEqual(['npx', 'softmax-simd']);
      const cli = fileURLToPath(new URL('dist/cli.js', root));
      const { status, stdout } = spawnSync(process.execPath, [cli, ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      // Which backend it is depends on the host.
      const withoutBackend = (text: string): string => text.replace(/^(backend +).*$/m, '$1');
      expect(withoutBackend(stdout)).toBe(withoutBackend(printed));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
