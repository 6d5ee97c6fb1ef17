// The public signatures, one a line, from the built declarations: what index.d.ts exports and what that is made of,
// without comments, whichever files they stand in, sorted by name. `npm run signatures` records them.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'rolldown/utils';

const ENTRY = new URL('../../dist/index.d.ts', import.meta.url);
export const RECORD = new URL('../../test/signatures.txt', import.meta.url);

/**
 * A module's declarations by local name, several for overloads, and what its names stand for.
 * @typedef {{ text: string, names: Set<string> }} Declaration
 * @typedef {{ from?: Module, name: string }} Binding
 * @typedef {{ declarations: Map<string, Declaration[]>, locals: Map<string, Binding>, exports: Map<string, Binding>,
 *   stars: Module[] }} Module
 */

/** @type {Map<string, Module>} */
const modules = new Map();

/** @param {URL} url @returns {Module} */
function read(url) {
  const known = modules.get(url.href);
  if (known) return known;
  /** @type {Module} */
  const module = { declarations: new Map(), locals: new Map(), exports: new Map(), stars: [] };
  modules.set(url.href, module);
  const source = readFileSync(url, 'utf8');
  const { program, comments, errors } = parseSync(fileURLToPath(url), source);
  if (errors.length > 0) throw new Error(`${url}: ${errors[0].message}`);
  // Comments become spaces, so that places stay.
  const text = comments.reduce(
    (all, { start, end }) => all.slice(0, start) + ' '.repeat(end - start) + all.slice(end),
    source,
  );
  const open = ({ value }) => {
    return value.startsWith('.') ? read(new URL(value.replace(/\.[jt]s$/, '.d.ts'), url)) : undefined;
  };
  for (const statement of program.body) {
    const { type, declaration, source: from, specifiers = [] } = statement;
    if (type === 'ImportDeclaration') {
      for (const { local, imported } of specifiers)
        module.locals.set(local.name, { from: open(from), name: imported?.name ?? '*' });
    } else if (type === 'ExportAllDeclaration') module.stars.push(open(from));
    else {
      for (const { local, exported } of specifiers)
        module.exports.set(exported.name, { from: from ? open(from) : undefined, name: local.name });
      declare(module, text, declaration ?? statement, Boolean(declaration));
    }
  }
  return module;
}

/** @param {Module} module @param {string} text of the file */
function declare(module, text, node, isExported) {
  const nodes = node.type === 'VariableDeclaration' ? node.declarations : [node];
  for (const { id, type } of nodes) {
    if (!id || !/Declar/.test(type)) continue;
    const list = module.declarations.get(id.name) ?? [];
    module.declarations.set(id.name, [...list, { text: print(text, node), names: namesIn(node) }]);
    if (isExported) module.exports.set(id.name, { name: id.name });
  }
}

/** A declaration on one line, or with a line for each of its members. */
function print(text, node) {
  const line = ({ start, end }) => text.slice(start, end).replace(/\s+/g, ' ').trim();
  const { body } = node;
  if (!Array.isArray(body?.body)) return line(node).replace(/^declare /, '');
  const nameOf = ({ key }) => (key ? line(key) : '');
  const members = body.body.filter((member) => member.key?.type !== 'PrivateIdentifier');
  // By name; those of one name, overloads, in their order.
  const sorted = members.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))));
  const head = line({ start: node.start, end: body.start }).replace(/^declare /, '');
  return [head, ...sorted.map((member) => `  ${line(member)}`)].join('\n');
}

/** The types that a declaration refers to. */
function namesIn(node) {
  const names = new Set();
  const add = ({ typeName, exprName, expression }) => {
    const { name } = typeName ?? exprName ?? expression ?? {};
    if (name) names.add(name);
  };
  const visitor = new Visitor({
    TSTypeReference: add,
    TSTypeQuery: add,
    TSInterfaceHeritage: add,
    TSClassImplements: add,
  });
  visitor.visit({ type: 'Program', body: [node], sourceType: 'module', hashbang: null, start: 0, end: 0 });
  return names;
}

/** @param {Module} module @param {string} name @returns {[Module, string] | undefined} where it is declared */
function find(module, name) {
  const exported = module.exports.get(name);
  if (exported) return resolve(exported.from ?? module, exported.name, Boolean(exported.from));
  for (const star of module.stars) {
    const found = find(star, name);
    if (found) return found;
  }
  return undefined;
}

/** @returns {[Module, string] | undefined} */
function resolve(module, name, isOutside) {
  if (isOutside) return find(module, name);
  if (module.declarations.has(name)) return [module, name];
  const { from, name: other } = module.locals.get(name) ?? {};
  return from && find(from, other);
}

/** @param {Module} module @returns {string[]} */
function exportsOf({ exports, stars }) {
  return [...exports.keys(), ...stars.flatMap(exportsOf)];
}

/** What is exported, and then what it is made of beside that. */
export function signatures() {
  const entry = read(ENTRY);
  const places = exportsOf(entry).map((name) => {
    const place = find(entry, name);
    if (!place) throw new Error(`signatures: ${name} is exported, but declared nowhere`);
    return place;
  });
  /** @type {Map<Declaration[], { name: string, isExported: boolean }>} */
  const found = new Map();
  const count = places.length;
  for (let i = 0; i < places.length; i++) {
    const [module, name] = places[i];
    const declarations = module.declarations.get(name) ?? [];
    if (found.has(declarations)) continue;
    found.set(declarations, { name, isExported: i < count });
    for (const { names } of declarations) {
      for (const other of names) {
        const place = resolve(module, other, false);
        if (place) places.push(place);
      }
    }
  }
  const all = [...found].sort(([, a], [, b]) => (a.name < b.name ? -1 : 1));
  const list = (isExported) =>
    all
      .filter(([, of]) => of.isExported === isExported)
      .flatMap(([declarations]) => declarations.map(({ text }) => text));
  const others = list(false);
  const parts = [...list(true), ...(others.length > 0 ? ['\nNot exported:', ...others] : [])];
  return `${parts.join('\n')}\n`;
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(RECORD, signatures());
