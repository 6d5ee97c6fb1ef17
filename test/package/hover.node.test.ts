/** What an editor shows where an operation is used: the comment in the declarations that the package carries. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { operations } from '../operations/index.ts';

const dist = new URL('../../dist/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, dist), 'utf8');
const methods = read('kernels.d.ts');
const functions = read('functions.d.ts');

/** The comment before the first declaration of a name. */
function commentOf(text: string, declaration: RegExp): string {
  const before = text.slice(0, text.search(declaration)).trimEnd();
  expect(before.endsWith('*/')).toBe(true);
  return before.slice(before.lastIndexOf('/**'));
}

/** The comment of a function, which stands elsewhere if it is only passed on. */
function commentOfFunction(name: string): string {
  const from = new RegExp(`export \\{ ${name} \\} from '\\./(.*)\\.ts'`).exec(functions)?.[1];
  return commentOf(
    from ? read(`${from}.d.ts`) : functions,
    new RegExp(`export declare function ${name}[<(]`),
  );
}

describe.each(Object.keys(operations))('%s', (name) => {
  const shown = {
    method: commentOf(methods, new RegExp(`^ {4}${name}[<(]`, 'm')),
    function: commentOfFunction(name),
  };
  test.each(Object.entries(shown))(
    'hovering the %s shows formula, shapes, errors and an example',
    (_, comment) => {
      expect(comment).toMatch(/`[^`]*[=(·/[][^`]*`/);
      expect(comment).toMatch(/`\[\w+(, \w+)*\]`|any shape|same length/);
      expect(comment).toMatch(/@throws \w*Error/);
      expect(comment).toMatch(/@example\n.*```ts/);
      expect(comment).toContain(`${name}(`);
    },
  );
});
