// Options that every benchmark takes, and running on another Node than the current one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GRID, parseShapes, QUICK } from './data.mjs';
import { EFFORT } from './measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const USAGE = `options:
  --quick              few shapes, few rounds
  --shapes 1x10,…      these shapes only; 1x21x512x512 along axis 1
  --ops softmax,…      of softmax, logSoftmax, logSumExp, crossEntropy, 'crossEntropy + gradient', argmax, topK, sample
  --chart              the sweep over row lengths for the chart instead of the grid
  --backends simd,…    of js, simd, relaxed-simd
  --threads 1,2        our backends with each of these numbers of threads, or auto (not in bench:peers)
  --rounds N           rounds over all contenders
  --add                keep what was measured before of other shapes and operations: for a grid in several runs
  --wide               everything under V8's flag that joins vectors into 256 bits, from Node 24 on
  --node 24            run on Node 22, 24 or 26 from tools/runtimes (installed when missing)
  --engines Firefox,…  of bench:engines: of Node 22, Node 24, Node 26, Chromium, Firefox, WebKitGTK`;

/**
 * @param {string} script npm script, for the command that the results name
 * @param {{ allowPositionals?: boolean, shapes?: number[][] }} [defaults] which shapes, unless they are named
 */
export function readOptions(script, { allowPositionals = false, shapes = GRID } = {}) {
  try {
    return parse(script, allowPositionals, shapes);
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function parse(script, allowPositionals, shapes) {
  const { values, positionals } = parseArgs({
    allowPositionals,
    options: {
      quick: { type: 'boolean' },
      shapes: { type: 'string' },
      ops: { type: 'string' },
      backends: { type: 'string' },
      chart: { type: 'boolean' },
      threads: { type: 'string' },
      rounds: { type: 'string' },
      add: { type: 'boolean' },
      node: { type: 'string' },
      wide: { type: 'boolean' },
      engines: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit();
  }
  if (values.node) runOnNode(values.node);
  // Before any kernels are made. (The form for CommonJS, as this does not wait.)
  if (values.wide) {
    const { reason } = createRequire(import.meta.url)('../dist/commonjs/wide.js');
    if (reason !== undefined) throw new Error(`--wide: ${reason}`);
  }
  const effort = { ...(values.quick ? EFFORT.quick : EFFORT.full) };
  if (values.rounds) effort.rounds = Number(values.rounds);
  const all = process.env.BENCH_ARGS ?? process.argv.slice(2).join(' ');
  // What several runs put together is what one would have measured.
  const args = (values.add ? all.replaceAll(/--add|--shapes[ =]\S+/g, '') : all)
    .replaceAll(/ +/g, ' ')
    .trim();
  return {
    positionals,
    add: values.add ?? false,
    chart: values.chart ?? false,
    shapes: values.shapes ? parseShapes(values.shapes) : values.quick && shapes === GRID ? QUICK : shapes,
    engines: list(values.engines),
    operations: list(values.ops),
    backends: list(values.backends),
    threads: list(values.threads)?.map((count) => (count === 'auto' ? count : Number(count))),
    effort,
    command: `npm run ${script}${args && ` -- ${args}`}`,
  };
}

const list = (text) => text?.split(',').map((name) => name.trim());

/** Where another Node is, which is installed when it is missing. @param {string} major */
export function nodeOf(major) {
  const binary = `${root}tools/runtimes/node_modules/node${major}/bin/node`;
  if (!['22', '24', '26'].includes(major)) throw new Error(`expected Node 22, 24 or 26, got '${major}'`);
  if (!existsSync(binary)) install('tools/runtimes');
  return binary;
}

/** Starts this very command again on another Node, and ends with its exit code. */
function runOnNode(major) {
  const binary = nodeOf(major);
  const args = process.argv.slice(2);
  const at = args.findIndex((arg) => arg === '--node' || arg.startsWith('--node='));
  const rest = args.filter((_, index) => index !== at && !(index === at + 1 && args[at] === '--node'));
  const { status } = spawnSync(binary, [...process.execArgv, process.argv[1], ...rest], {
    stdio: 'inherit',
    env: { ...process.env, BENCH_ARGS: args.join(' ') },
  });
  process.exit(status ?? 1);
}

/** Installs a folder that has its own lockfile. @param {string} folder below the project's root */
export function install(folder) {
  console.log(`installing ${folder} …`);
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--prefix', folder], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci --ignore-scripts --prefix ${folder} failed`);
}
