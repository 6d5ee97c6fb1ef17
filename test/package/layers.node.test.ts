/** What may import what in src/: the architecture, as CONTRIBUTING.md tells it. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** Storeys from the ground up: a file imports from its own and from lower ones. */
const STOREYS = [
  ...['raw', 'memory', 'arguments', 'long', 'ops', 'surface'],
  ...['threads', 'workerd', 'commonjs', 'cli'],
];
/** What stands beside the surface knows of it this alone. */
const BESIDE: Record<string, RegExp> = {
  threads: /^(raw|memory|arguments|long|threads)\/|^loaded\.ts$/,
  commonjs: /^raw\/wasm\//,
  workerd: /^(raw\/wasm|workerd|wasm)\/|^loaded\.ts$/,
  cli: /^cli\/|^(index|wide)\.ts$|^arguments\/(labels|options)\.ts$/,
};

const root = fileURLToPath(new URL('../../src/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !/\bbinaries|worker-source|\.d\.ts$/.test(path));

/** Files that a file imports when it is loaded; what it only asks for later is not among them. */
function importsOf(file: string): string[] {
  const text = readFileSync(root + file, 'utf8');
  const specifiers = [...text.matchAll(/^(?:import|export) [^;]*? from '(\.[^']+)';/gms)].map(
    ([, path]) => path,
  );
  return specifiers
    .map((specifier) => posix.join(posix.dirname(file), specifier))
    .filter((path) => files.includes(path));
}

const storeyOf = (file: string): number => {
  const folder = file.split('/')[0];
  return STOREYS.indexOf(file.includes('/') ? folder : 'surface');
};

const graph = new Map(files.map((file) => [file, importsOf(file)]));

test('no file imports from a higher storey', () => {
  const upward = [...graph].flatMap(([file, imports]) =>
    imports.filter((to) => storeyOf(to) > storeyOf(file)).map((to) => `${file} → ${to}`),
  );
  expect(files.length).toBeGreaterThan(60);
  expect(upward).toEqual([]);
});

test('what stands beside the surface keeps to what it may know', () => {
  const strange = [...graph].flatMap(([file, imports]) => {
    const allowed = BESIDE[file.split('/')[0]];
    return allowed ? imports.filter((to) => !allowed.test(to)).map((to) => `${file} → ${to}`) : [];
  });
  expect(strange).toEqual([]);
});

test('no imports in a circle', () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const to of graph.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});
