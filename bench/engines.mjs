// npm run bench:engines: softmax on each engine that runs it differently: Node 24 and 26, pages of Chromium and Firefox.
// Writes bench/results/engines.json.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { browsers, openBrowser } from '../tools/matrix/browsers.mjs';
import { serve } from '../tools/matrix/server.mjs';
import { nodeOf, readOptions } from './cli.mjs';
import { COUNTING_RULE, shapeText } from './data.mjs';
import { describeRun, preemptions } from './machine.mjs';
import { printBusy, printHead, printRows, writeResults } from './report.mjs';

const SHAPES = [
  [1, 10],
  [4096, 8],
  [1000, 64],
  [256, 1024],
  [8, 32_000],
];
const GRID = fileURLToPath(new URL('timed-grid.mjs', import.meta.url));
const options = readOptions('bench:engines', { shapes: SHAPES });
const { effort, backends: names } = options;
const plan = JSON.stringify({
  shapes: options.shapes,
  operations: options.operations ?? ['softmax'],
  names,
  effort,
});
const engines = options.engines ?? ['Node 24', 'Node 26', 'Chromium', 'Firefox'];
const run = { ...describeRun(options.command), engine: engines.join(', ') };
printHead(run, []);
preemptions();
const start = performance.now();
const results = [];
for (const engine of engines) {
  const [, major] = /^Node (\d+)$/.exec(engine) ?? [];
  const { version, rows, skipped, error } = major ? inNode(major) : await inPage(engine);
  if (error) throw new Error(`${engine}: ${error}`);
  console.log(`\n${engine.replace(/ \d+$/, '')} ${version}`);
  for (const { name, reason } of skipped) console.log(`skipped: ${name}: ${reason}`);
  for (const text of new Set(rows.map(shapeText))) printRows(rows.filter((row) => shapeText(row) === text));
  results.push({ engine, version, rows });
}
printBusy(preemptions(), (performance.now() - start) / 1000);
writeResults('engines', { ...run, countingRule: COUNTING_RULE, engines: results });

function inNode(major) {
  const binary = nodeOf(major);
  const { stdout, stderr } = spawnSync(binary, [GRID], { input: plan, encoding: 'utf8' });
  if (!stdout) return { error: stderr };
  const [version] = spawnSync(binary, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split(
    '\n',
  );
  return { version, ...JSON.parse(stdout) };
}

async function inPage(name) {
  if (!browsers[name]?.path) return { error: 'is not installed' };
  const folder = mkdtempSync(join(tmpdir(), 'softmax-simd-'));
  await build({
    entryPoints: [GRID],
    outfile: join(folder, 'page.js'),
    ...{ bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' },
  });
  writeFileSync(
    join(folder, 'page.html'),
    `<!doctype html><script type="application/json" id="plan">${plan}</script><script type="module" src="page.js"></script>`,
  );
  const server = await serve(folder);
  // In an isolated page the clock ticks every 5 to 20 µs.
  const { url, report } = server.page('isolated', 'page.html');
  const browser = openBrowser(name, url);
  const ended = browser.ended.then(() => ({ error: 'ended without a report' }));
  const result = await Promise.race([report, ended]);
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
  return { version: browsers[name].version(), ...result };
}
