/** Every relative link in every document leads somewhere: to a file that is there, and to a heading that it has. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';
import { describe, expect, test } from 'vitest';
import { manifest } from '../../tools/package/pack.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ignore = ['**/node_modules/**', 'docs/**', 'dist/**', 'build/**', 'demo/dist/**'];
const documents = globSync('**/*.md', { cwd: root, ignore }).sort();

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** Text outside of code, where brackets are no links. */
const prose = (path: string): string => read(path).replace(/^```[\s\S]*?^```$|`[^`\n]*`/gm, '');

/** Links and pictures, as written, but those to other sites. */
const linksOf = (text: string): string[] =>
  [...text.matchAll(/(?:\]\(|src=")([^)"\s]+)[)"]/g)].map(([, to]) => to).filter((to) => !/^\w+:/.test(to));

/** The names that headings have as targets of links. */
const anchorsOf = (path: string): string[] =>
  [...prose(path).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('relative links', () => {
  test.each(documents)('%s', (document) => {
    for (const link of linksOf(prose(document))) {
      const [to, anchor] = link.split('#');
      const path = to ? normalize(join(dirname(document), to)) : document;
      expect(existsSync(join(root, path)), `${link} is not there`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(path), link).toContain(anchor);
    }
  });

  test('of the documents in the package lead to what is in it, too', () => {
    const isIn = (path: string): boolean =>
      path === 'README.md' ||
      manifest.files.some((file: string) => path === file || path.startsWith(`${file}/`));
    const packed = documents.filter(isIn);
    expect(packed).toEqual(expect.arrayContaining(['README.md', 'USAGE.md', 'CLI.md', 'HOSTS.md']));
    for (const document of packed) {
      for (const link of linksOf(prose(document))) {
        const [to] = link.split('#');
        if (to) expect(isIn(normalize(join(dirname(document), to))), `${document}: ${link}`).toBe(true);
      }
    }
    expect(linksOf(prose('README.md'))).toEqual(
      expect.arrayContaining(['bench/results/throughput.svg', 'demo/public/preview.png']),
    );
  });
});
