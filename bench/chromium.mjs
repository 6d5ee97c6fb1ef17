// npm run bench:chromium: what npm run bench measures, in a page of Chromium. Prints, and writes nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { browsers, openBrowser } from '../tools/matrix/browsers.mjs';
import { serve } from '../tools/matrix/server.mjs';
import { readOptions } from './cli.mjs';
import { describeRun } from './machine.mjs';
import { printHead, printLosses, printRows } from './report.mjs';

const { shapes, operations, backends: names, effort, command } = readOptions('bench:chromium');
const folder = mkdtempSync(join(tmpdir(), 'softmax-simd-'));
await build({
  entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
  outfile: join(folder, 'page.js'),
  ...{ bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' },
});
const plan = JSON.stringify({ shapes, operations, names, effort });
writeFileSync(
  join(folder, 'page.html'),
  `<!doctype html><script type="application/json" id="plan">${plan}</script><script type="module" src="page.js"></script>`,
);
const server = await serve(folder);
// In an isolated page the clock ticks every 5 µs.
const { url, report } = server.page('isolated', 'page.html');
const browser = openBrowser('Chromium', url);
const ended = browser.ended.then(() => ({ error: 'Chromium ended without a report' }));
const { rows, skipped, error } = await Promise.race([report, ended]);
await browser.close();
server.close();
rmSync(folder, { recursive: true });
if (error) throw new Error(error);
printHead({ ...describeRun(command), engine: `Chromium ${browsers.Chromium.version()}` }, skipped);
for (const sizes of shapes) {
  const text = String(sizes);
  printRows(rows.filter(({ rows: count, cols, shape = [count, cols] }) => String(shape) === text));
}
printLosses(rows);
