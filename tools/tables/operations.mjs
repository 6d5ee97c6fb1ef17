// The lists of operations, from their doc comments.
import { readFamilies } from '../build/operations.mjs';

/** `topK(x, k, options)` @param {import('../build/operations.mjs').Operation} operation */
const call = ({ name, args }) => `\`${name}(${args.join(', ')})\``;

/** The first sentence of a doc comment, on one line. */
function firstSentence(doc) {
  const text = doc
    .replace(/^\/\*\*\s*(?:\* )?|\s*\*\/$/g, '')
    .split(/\n\s*\*\s*(?:\n|@)/)[0]
    .replace(/\n\s*\* ?/g, ' ')
    .replace(/\{@link (\w+)\}/g, '`$1`');
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}

/** What comes first; the others follow by name. */
const FIRST = ['softmax.ts', 'cross-entropy.ts'];
const rank = ({ file }) => (FIRST.includes(file) ? FIRST.indexOf(file) : FIRST.length);

/** @returns {Record<string, string>} blocks by name */
export function operationBlocks() {
  const families = readFamilies().sort((a, b) => rank(a) - rank(b));
  const rows = families.flatMap(({ operations }) =>
    operations.map((operation) => `| ${call(operation)} | ${firstSentence(operation.doc)} |`),
  );
  return { operations: ['| operation | |', '| --- | --- |', ...rows].join('\n') };
}
