// Writes the public surface from the operations: every function that a file in src/ops/ exports becomes a method in
// src/kernels.ts and a plain function in src/functions.ts, both with its doc comment, its overloads and a call of its
// own (engines call what is always the same function several times as fast), and every type that it exports is
// exported. Callers see what an array in a result is: `out`, of the type that they gave, or a new one.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readFamilies } from './operations.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const families = readFamilies();

const ARRAYS = /\b(Float32|Float64|Int32)Array\b/g;
/** The types of new arrays. */
const NEW = 'src/arguments/new-arrays.ts';

/** A signature with the types of the arrays that it gives. @param {import('./operations.mjs').Signature} signature */
function shown({ generics, params, returns }) {
  // Generic already, by the type of `out`.
  if (/\bOut\b/.test(generics)) {
    const made = generics.replace(/= Float32Array\b/, '= NewFloat32Array');
    return { generics: made, params, returns: returns.replace(/\bOut\b/g, 'Given<Out>') };
  }
  if (returns.includes('FloatsOut')) {
    const last = params.at(-1) ?? '';
    const [, type] = /^options\?: (\w+)$/.exec(last) ?? [];
    return {
      generics: `<Out extends NonNullable<${type}['out']> = NewFloat32Array>`,
      params: [...params.slice(0, -1), `${last} & { out?: Out }`],
      returns: returns.replace('FloatsOut', 'Given<Out>'),
    };
  }
  return { generics, params, returns: returns.replace(ARRAYS, 'New$1Array') };
}

/** Imports of the types that signatures use. */
function typeImports() {
  /** @type {Map<string, Set<string>>} */
  const byHome = new Map();
  for (const { operations, homes } of families) {
    for (const { signatures } of operations) {
      const used = signatures
        .flatMap(({ generics, params, returns }) => [generics, ...params, returns])
        .join(' ');
      for (const [name, home] of homes) {
        if (!new RegExp(`\\b${name}\\b`).test(used)) continue;
        byHome.set(home, (byHome.get(home) ?? new Set()).add(name));
      }
      for (const signature of signatures) {
        const { generics, params, returns } = shown(signature);
        const names = `${generics} ${params.join(' ')} ${returns}`.match(/\b(New\w+Array|Given)\b/g) ?? [];
        const home = `./${NEW.slice('src/'.length)}`;
        for (const name of names) byHome.set(home, (byHome.get(home) ?? new Set()).add(name));
      }
    }
  }
  return [...byHome].map(
    ([home, names]) => `import type { ${[...names].sort().join(', ')} } from '${home}';`,
  );
}

/** Overloads as declarations, then the one that is called, which the last overload stands for. */
function write({ name, doc, isAsync, signatures }, head, body) {
  const start = ({ generics, params, returns }) => `${name}${generics}(${params.join(', ')})${returns}`;
  const seen = signatures.map(shown);
  const last = signatures[signatures.length - 1];
  const isAlone = signatures.length === 1 && start(seen[0]) === start(last);
  const overloads = isAlone ? [] : seen.map((one) => `${head}${start(one)};`);
  return [
    doc,
    ...overloads,
    `${isAsync ? head.replace('function', 'async function') : head}${start(last)} {`,
    body,
    '}',
  ].join('\n');
}

const generated = (/** @type {string} */ what) => [
  `/** ${what} */`,
  "// Written by tools/build/surface.mjs from src/ops/: don't edit.",
];
const all = families.flatMap(({ operations }) => operations);

const methods = all.map((operation) => {
  const { name, args, takesHost } = operation;
  const host = `this.hostOf('${name}')`;
  const given = args.map((arg) => (arg === 'options' ? 'ownOptions(options)' : arg));
  const body = takesHost
    ? `return ${name}(${[host, ...given].join(', ')});`
    : `${host};\nreturn ${name}(${given.join(', ')});`;
  return write(operation, operation.isAsync ? 'async ' : '', body).replace('async async', 'async');
});
writeFileSync(
  'src/kernels.ts',
  [
    ...generated('The operations as methods.'),
    ...typeImports(),
    ...families.map(
      ({ file, operations }) =>
        `import { ${operations.map(({ name }) => name).join(', ')} } from './ops/${file}';`,
    ),
    "import { ownOptions } from './arguments/own-options.ts';",
    "import { Handle } from './handle.ts';",
    '',
    '/**',
    ' * The operations over one memory. Made by `load` or `loadSync`; the plain functions of the same names work over one',
    ' * that is made on first use.',
    ' */',
    'export class Kernels extends Handle {',
    methods.join('\n\n'),
    '}',
    '',
  ].join('\n'),
);

/** Functions that need no kernels are those of the operations themselves. */
const functions = all
  .filter(({ takesHost }) => takesHost)
  .map((operation) => {
    const { name, args } = operation;
    return write(operation, 'export function ', `return shared().${name}(${args.join(', ')});`);
  });
const bare = families.flatMap(({ file, operations }) =>
  operations
    .filter(({ takesHost }) => !takesHost)
    .map(({ name }) => `export { ${name} } from './ops/${file}';`),
);
writeFileSync(
  'src/functions.ts',
  [
    ...generated(
      'The operations as plain functions, over kernels that the first call makes; and their types.',
    ),
    ...typeImports(),
    "import type { Kernels } from './kernels.ts';",
    "import { loadSync } from './load.ts';",
    '',
    ...families
      .filter(({ types }) => types.length > 0)
      .map(({ file, types }) => `export type { ${types.join(', ')} } from './ops/${file}';`),
    ...bare,
    '',
    'let kernels: Kernels | undefined;',
    '',
    'function shared(): Kernels {',
    'kernels ??= loadSync();',
    'return kernels;',
    '}',
    '',
    functions.join('\n\n'),
    '',
  ].join('\n'),
);
console.log(`${'surface'.padEnd(20)} ${all.length} operations`);
