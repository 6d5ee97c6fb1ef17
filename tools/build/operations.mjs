// Reads the operations from src/ops/: every function that a file there exports is one, with its doc comment.
import { readdirSync, readFileSync } from 'node:fs';
import { parseAst } from 'rolldown/parseAst';

/**
 * @typedef {{ generics: string, params: string[], returns: string }} Signature
 * @typedef {object} Operation
 * @property {string} name
 * @property {string} doc its comment
 * @property {boolean} isAsync
 * @property {boolean} takesHost whether its first parameter is the kernels' host, which callers do not see
 * @property {Signature[]} signatures as callers see them: overloads, or the only one
 * @property {string[]} args names of the parameters
 */

/**
 * A file of src/ops/, which says first what it is about: its operations, its types, and where the types come from
 * that signatures use.
 * @param {string} file
 */
function readFamily(file) {
  const path = `src/ops/${file}`;
  const text = readFileSync(path, 'utf8');
  const fail = (/** @type {string} */ name, /** @type {string} */ why) => {
    throw new Error(`${path}: ${name} ${why}`);
  };
  /** @type {Map<string, Operation>} */
  const operations = new Map();
  /** @type {string[]} */
  const types = [];
  /** Where each name that a signature may use comes from. @type {Map<string, string>} */
  const homes = new Map();
  let end = 0;
  for (const node of parseAst(text, { lang: 'ts' }).body) {
    const between = text.slice(end, node.start);
    end = node.end;
    if (node.type === 'ImportDeclaration') {
      const from = new URL(node.source.value, new URL(`file:///${path}`)).pathname.slice('/src/'.length);
      for (const { local } of node.specifiers) homes.set(local.name, `./${from}`);
    }
    if (node.type !== 'ExportNamedDeclaration') continue;
    const { declaration } = node;
    if (!declaration) {
      types.push(...node.specifiers.map(({ exported }) => exported.name));
      continue;
    }
    const { name } = declaration.id ?? declaration.declarations[0].id;
    if (/^TS(Interface|TypeAlias)Declaration$/.test(declaration.type)) {
      types.push(name);
      homes.set(name, `./ops/${file}`);
      continue;
    }
    if (!/Function/.test(declaration.type)) fail(name, 'is exported, but is neither an operation nor a type');
    const signature = signatureOf(text, declaration);
    const takesHost = /^host: Host$/.test(signature.params[0] ?? '');
    if (takesHost) signature.params.shift();
    const known = operations.get(name);
    if (!known) {
      const doc = /\/\*\*(?:(?!\*\/).)*\*\/\s*$/s.exec(between)?.[0].trim();
      if (!doc) return fail(name, 'has no doc comment');
      const args = signature.params.map((param) => /^\w+/.exec(param)?.[0] ?? fail(name, 'has a pattern'));
      const isAsync = declaration.async;
      operations.set(name, { name, doc, isAsync, takesHost, args, signatures: [signature] });
    } else if (declaration.type === 'TSDeclareFunction') known.signatures.push(signature);
  }
  if (!/^\/\*\* .*? \*\/\n/s.test(text)) throw new Error(`${path} has no comment that says what it is about`);
  return { file, operations: [...operations.values()], types, homes };
}

/** A function's signature as callers see it: parameters with a default are optional. */
function signatureOf(text, { typeParameters, params, returnType }) {
  const source = ({ start, end }) => text.slice(start, end);
  return {
    generics: typeParameters ? source(typeParameters) : '',
    params: params.map((param) => {
      if (param.type !== 'AssignmentPattern') return source(param);
      const { left } = param;
      return `${left.name}?${source(left.typeAnnotation)}`;
    }),
    returns: source(returnType),
  };
}

/** All families, in the order of their names; in the project's folder. */
export function readFamilies() {
  return readdirSync('src/ops')
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map(readFamily);
}
