// Runs the command line with arguments and files of every kind, right and wrong: names, links, pipes, formats, memory
// limits, full disks, closed pipes, signals. After each run: exit code 0 means that every output is there, whole and
// right; otherwise nothing looks finished, nothing temporary is left without a word, and the inputs are unchanged.
//   npm run fuzz:cli -- [--minutes 1] [--seed N]
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { deflateRawSync } from 'node:zlib';
import { loadSync } from '../../dist/index.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string' },
  },
});
const first = Number(values.only ?? values.seed);
const CLI = resolve('dist/cli.js');
const k = loadSync({ backend: 'simd' });

/** Numbers of one run, from its own seed. */
function random(seed) {
  let state = (Math.imul(seed, 2654435761) + 12345) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(n * next());
  return { next, below, chance: (p) => next() < p, pick: (list) => list[below(list.length)] };
}

function npy(descr, shape, bytes) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const header = Buffer.alloc(128, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(118, 8);
  header.write(dict, 10);
  header.write('\n', 127);
  return Buffer.concat([header, bytes]);
}

/** An archive of one member; its CRC-32 is right. */
function npz(name, data, deflate) {
  const packed = deflate ? deflateRawSync(data) : data;
  const crc = crc32(data);
  const local = Buffer.alloc(30);
  local.write('PK\x03\x04');
  for (const [at, value] of [
    [4, 20],
    [8, deflate ? 8 : 0],
    [26, name.length],
  ])
    local.writeUInt16LE(value, at);
  for (const [at, value] of [
    [14, crc],
    [18, packed.length],
    [22, data.length],
  ])
    local.writeUInt32LE(value, at);
  const central = Buffer.alloc(46);
  central.write('PK\x01\x02');
  local.copy(central, 6, 4, 30);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  const offset = 30 + name.length + packed.length;
  for (const at of [8, 10]) end.writeUInt16LE(1, at);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]);
}

function crc32(data) {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** float32 as bfloat16, ties to even; there are no NaN. @param {Float32Array} floats */
const brains = (floats) =>
  Uint16Array.from(new Uint32Array(floats.buffer, floats.byteOffset, floats.length), (bits) => {
    const middle = bits % 65536 === 32768;
    return middle ? Math.floor(bits / 65536) + (Math.floor(bits / 65536) % 2) : Math.round(bits / 65536);
  });

/** Labels of rows: flat, with a dimension of 1, one-hot; with rows that are not counted. */
function makeLabels(r, rows, cols) {
  const classes = Array.from({ length: rows }, (_, i) => i % cols);
  const kind = r.pick(['flat', 'flat', 'column', 'one-hot', 'ignored']);
  if (kind === 'one-hot' && cols > 1) {
    const hot = Float32Array.from({ length: rows * cols }, (_, i) =>
      Number(i % cols === classes[Math.floor(i / cols)]),
    );
    return { bytes: npy('<f4', [rows, cols], Buffer.from(hot.buffer)), more: [] };
  }
  const but = classes.map((label, row) => (kind === 'ignored' && row % 3 === 0 ? -7 : label));
  const bytes = npy('<i4', kind === 'column' ? [rows, 1] : [rows], Buffer.from(Int32Array.from(but).buffer));
  return { bytes, more: kind === 'ignored' ? ['--ignore-index', '-7'] : [] };
}

const NAMES = [
  'x',
  'a b',
  "it's",
  'ü',
  '-x',
  'e\x1b[31mx',
  'n\nl',
  'x.partial',
  '*',
  '[a]',
  'x:y',
  '{a,b}',
  '~',
];

/** Logits and labels as the program should see them, and the file that holds them; `broken` if it holds something else. */
function makeInput(r, folder) {
  const rows = r.pick([0, 1, 3, 20, 1500]);
  const cols = r.pick([1, 2, 10, 300]);
  const format = r.pick([
    'npy',
    'npy',
    'npy',
    '>npy',
    'f8',
    'i2',
    'i8',
    'npz',
    'deflated',
    'safetensors',
    'bin',
  ]);
  const isWhole = format === 'i2' || format === 'i8';
  const x = Float32Array.from({ length: rows * cols }, () =>
    isWhole ? r.below(40) - 20 : r.below(4000) / 256 - 8,
  );
  const little = Buffer.from(x.buffer);
  const plain = npy('<f4', [rows, cols], little);
  const header = Buffer.from(
    JSON.stringify({ t: { dtype: 'F32', shape: [rows, cols], data_offsets: [0, little.length] } }),
  );
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  let bytes = {
    npy: plain,
    '>npy': npy('>f4', [rows, cols], Buffer.from(little).swap32()),
    f8: npy('<f8', [rows, cols], Buffer.from(Float64Array.from(x).buffer)),
    i2: npy('<i2', [rows, cols], Buffer.from(Int16Array.from(x).buffer)),
    i8: npy(
      '<i8',
      [rows, cols],
      Buffer.from(BigInt64Array.from(x, (value) => BigInt(Math.trunc(value))).buffer),
    ),
    npz: npz('m.npy', plain, false),
    deflated: npz('m.npy', plain, true),
    safetensors: Buffer.concat([length, header, little]),
    bin: little,
  }[format];
  const extension = { '>npy': 'npy', f8: 'npy', i2: 'npy', i8: 'npy', deflated: 'npz' }[format] ?? format;
  const broken = r.chance(0.15);
  if (broken) {
    bytes = Buffer.from(bytes);
    const how = r.below(4);
    if (how === 0) bytes = bytes.subarray(0, r.below(bytes.length + 1));
    else if (how === 1) bytes = Buffer.concat([bytes, Buffer.alloc(1 + r.below(9))]);
    else if (how === 2) bytes = Buffer.alloc(0);
    else
      for (let i = 0; i < 3 && bytes.length > 0; i++)
        bytes[r.below(Math.min(bytes.length, 200))] ^= 1 << r.below(8);
  }
  const name = `${r.pick(NAMES)}.${extension}`;
  writeFileSync(join(folder, name), bytes);
  const more = format === 'bin' ? ['--dtype', 'float32', '--shape', `${rows},${cols}`] : [];
  return { name, bytes, rows, cols, x, more, broken };
}

/** A place for an output: its name, what is there before, and whether it may be written. */
function makePlace(r, folder, input, name) {
  const kind = r.pick([
    'new',
    'new',
    'new',
    'old',
    'link',
    'dangling',
    'input',
    'pipe',
    'null',
    'full',
    'folder',
    'nowhere',
    'stdout',
  ]);
  const path = join(folder, name);
  if (kind === 'old' || kind === 'link') writeFileSync(kind === 'link' ? `${path}.far` : path, 'before');
  if (kind === 'link' || kind === 'dangling') symlinkSync(`${name}.far`, path);
  if (kind === 'pipe') spawnSync('mkfifo', [path]);
  if (kind === 'folder') mkdirSync(path);
  const named = {
    input: input.name,
    null: '/dev/null',
    full: '/dev/full',
    nowhere: 'none/o.npy',
    stdout: '/dev/stdout',
  };
  const mayBe = ['new', 'old', 'link', 'dangling'].includes(kind);
  return {
    kind,
    mayBe,
    given: named[kind] ?? name,
    real: kind === 'link' || kind === 'dangling' ? `${path}.far` : path,
  };
}

const snapshot = (folder) =>
  new Map(
    readdirSync(folder).map((name) => {
      const stats = lstatSync(join(folder, name));
      return [name, stats.isFile() ? readFileSync(join(folder, name), 'latin1') : stats.mode];
    }),
  );

const quote = (word) => `'${word.replaceAll("'", `'\\''`)}'`;

function runShell(command, folder, kill) {
  return new Promise((done) => {
    const child = spawn('bash', ['-c', command], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (data) => {
        text[name] += data;
      });
    }
    const timers = [setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 60_000)];
    if (kill) timers.push(setTimeout(() => child.kill(kill.signal), kill.after));
    child.on('close', (code, signal) => {
      timers.forEach(clearTimeout);
      done({ code, signal, ...text });
    });
  });
}

/** One run: what is amiss, if anything. */
async function judge(seed) {
  const r = random(seed);
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-cli-'));
  try {
    const input = makeInput(r, folder);
    const { rows, cols, x } = input;
    const outputs = [];
    const output = (option, name, right) => {
      const isTaken = outputs.some(({ real }) => real.startsWith(join(folder, name)));
      const place = isTaken
        ? { kind: 'another output', mayBe: false, given: name, real: join(folder, name) }
        : makePlace(r, folder, input, name);
      outputs.push({ ...place, option, right });
      return [option, place.given];
    };
    const raw = (shape, descr, array) =>
      npy(descr, shape, Buffer.from(array.buffer, array.byteOffset, array.byteLength));
    const fromStdin = r.chance(0.2);
    const file = fromStdin ? '-' : `./${input.name}`;
    let args;
    const command = r.pick([
      'softmax',
      'softmax',
      'log-softmax',
      'top-k',
      'argmax',
      'sample',
      'eval',
      'calibrate',
    ]);
    // Rows without columns, and none to find anything in, are refused: that is checked elsewhere.
    if (command === 'softmax' || command === 'log-softmax') {
      const op = command === 'softmax' ? 'softmax' : 'logSoftmax';
      const isBrain = r.chance(0.3);
      args = [
        'apply',
        file,
        '--op',
        command,
        ...output('--out', 'o.npy', () => {
          const right = k[op](x, { cols });
          return isBrain ? raw([rows, cols], '<u2', brains(right)) : raw([rows, cols], '<f4', right);
        }),
        ...(isBrain ? ['--out-dtype', 'bfloat16'] : []),
      ];
    } else if (command === 'top-k') {
      const most = () => k.topK(x, 1, { cols });
      args = [
        'apply',
        file,
        '--op',
        'top-k',
        '-k',
        '1',
        ...output('--out', 'o.npy', () => raw([rows, 1], '<i4', most().indices)),
      ];
      if (r.chance(0.6))
        args.push(
          ...output('--values', r.pick(['v.npy', 'v.npy', 'o.npy']), () =>
            raw([rows, 1], '<f4', most().values),
          ),
        );
      if (r.chance(0.3)) args.push('--json');
    } else if (command === 'argmax') {
      const lines = () =>
        [...k.argmax(x, { cols })].map((id, row) => `${JSON.stringify({ row, id })}\n`).join('');
      args = ['apply', file, '--op', 'argmax', ...output('--out', 'o.jsonl', () => Buffer.from(lines()))];
    } else if (command === 'sample') {
      args = [
        'sample',
        file,
        '--seed',
        '3',
        ...output('--out', 'o.npy', () => raw([rows], '<i4', k.sample(x, { cols, seed: 3 }).ids)),
      ];
      if (r.chance(0.3)) args.push('--json');
    } else {
      const { bytes, more } = makeLabels(r, rows, cols);
      writeFileSync(join(folder, 'labels.npy'), bytes);
      args = [command, file, 'labels.npy', ...more];
      if (command === 'eval' && r.chance(0.7)) {
        args.push(...output('--partial', 'o.json', () => undefined));
        if (r.chance(0.3)) args.push('--resume');
      }
      if (command === 'calibrate' && r.chance(0.5)) args.push(...output('--svg', 'o.svg', () => undefined));
    }
    args.push(...input.more, '--backend', 'simd');
    if (r.chance(0.2)) args.push('--memory', r.pick(['1', '9M', '8300k', '0', '1G', 'x', '-1']));
    if (r.chance(0.1))
      args.push(r.pick(['--resume', '--bins', '--temperature', '--nonsense', '--rows', '--shape']));
    // Whatever then goes where: nothing is right or wrong but the inputs, and what is said.
    const isGarbled = r.chance(0.1);
    if (isGarbled && r.chance(0.5)) args.splice(r.below(args.length), 1);
    else if (isGarbled) args.push(r.pick(['', '-1', 'none.npy', 'NaN', '\x07']));

    const before = snapshot(folder);
    const wraps = r.pick(['', '', '', '', 'closed', 'full', 'disk', 'signal', 'kill']);
    let line = `${quote(process.execPath)} ${quote(CLI)} ${args.map(quote).join(' ')}`;
    // Where a pipe comes from nobody can see.
    const overwrites = outputs.some(({ kind }) => kind === 'input');
    const isPiped = fromStdin && !overwrites && r.chance(0.5) && wraps !== 'signal' && wraps !== 'kill';
    if (fromStdin)
      line = !isPiped ? `${line} < ${quote(`./${input.name}`)}` : `cat ${quote(`./${input.name}`)} | ${line}`;
    if (wraps === 'closed') line = `set -o pipefail; ${line} | true`;
    else if (wraps === 'full') line = `${line} > /dev/full`;
    else if (wraps === 'disk') line = `trap '' XFSZ; ulimit -f ${r.pick([0, 1, 8])}; ${line}`;
    else if (wraps === 'signal' || wraps === 'kill') line = `exec ${line}`;
    const kill =
      wraps === 'signal' || wraps === 'kill'
        ? {
            after: r.below(200),
            signal: wraps === 'kill' ? 'SIGKILL' : r.pick(['SIGTERM', 'SIGINT', 'SIGHUP']),
          }
        : undefined;
    const end = await runShell(line, folder, kill);
    const amiss = check({ folder, before, input, outputs, end, wraps, isGarbled });
    if (amiss)
      return `${amiss}\n  seed ${seed}: ${line}\n  ${JSON.stringify(end)}\n  ${readdirSync(folder).join(' ')}`;
    // What a process leaves that could not say anything, another clears away or goes on with.
    if (wraps !== 'kill' || isGarbled || fromStdin || end.code === 0) return undefined;
    const again = `${quote(process.execPath)} ${quote(CLI)} ${args.map(quote).join(' ')}`;
    const second = await runShell(again, folder);
    const still = check({
      folder,
      before,
      input,
      outputs,
      end: second,
      wraps: second.code === 0 ? '' : 'kill',
    });
    return (
      still &&
      `${still}, after ${line}\n  seed ${seed}: ${again}\n  ${JSON.stringify(second)}\n  ${readdirSync(folder).join(' ')}`
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function check({ folder, before, input, outputs, end, wraps, isGarbled = false }) {
  const { code, signal, stderr } = end;
  const after = snapshot(folder);
  if (after.get(input.name) !== before.get(input.name)) return 'the input has changed';
  if (after.get('labels.npy') !== before.get('labels.npy')) return 'the labels have changed';
  const isKilled = wraps === 'kill';
  if (code === null && !kindOf(signal, wraps)) return `ended by ${signal}`;
  if (/^ {4}at /m.test(stderr)) return 'a stack trace';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (/[\x00-\x09\x0b-\x1f\x7f]/.test(stderr)) return 'a control character on stderr';
  if (code !== 0 && !isKilled && code !== null && !/^error: .+$/m.test(stderr)) {
    if (!(signal || (wraps === 'signal' && code > 128))) return `exit code ${code} without a word`;
  }
  const left = [...after.keys()].filter((name) => /\.partial\b/.test(name) && !before.has(name));
  if (left.length > 0 && !isKilled && !/are kept: --resume continues/.test(stderr))
    return `left without a word: ${left}`;
  if (code === 0 && left.length > 0) return `exit code 0, but left: ${left}`;
  if (isGarbled) return undefined;
  // While Node takes itself down no handler is there any more: such an end says nothing against what has been told.
  const isDone = code === 0 || (code === null && !isKilled && /^wrote /m.test(stderr));
  if (isDone) {
    for (const { mayBe, real, right, option, kind } of outputs) {
      if (!mayBe) return `exit code 0, but ${option} is ${kind}`;
      if (!existsSync(real)) return `exit code 0, but there is no ${option}`;
      const wanted = input.broken ? undefined : right();
      const got = readFileSync(real);
      if (wanted && !sameData(got, wanted)) return `exit code 0, but ${option} is wrong`;
      if (got.length === 0 && input.rows > 0) return `exit code 0, but ${option} is empty`;
    }
  } else if (!isKilled) {
    for (const [name, bytes] of after) {
      if (left.includes(name) || before.get(name) === bytes || /; \S+ is written$/m.test(stderr)) continue;
      return `exit code ${code}, but ${name} has been written`;
    }
  }
  for (const [name, bytes] of before) {
    if (typeof bytes === 'number' && after.get(name) !== bytes) return `${name} is not what it was`;
  }
  const known = new Set([
    ...before.keys(),
    ...left,
    ...outputs.map(({ real }) => real.slice(folder.length + 1)),
  ]);
  const strange = [...after.keys()].filter((name) => !known.has(name));
  return strange.length > 0 ? `unknown files: ${strange}` : undefined;
}

const kindOf = (signal, wraps) => wraps === 'signal' || (wraps === 'kill' && signal === 'SIGKILL');

/** Equal elements behind headers that may be padded in different ways. */
function sameData(got, wanted) {
  if (got.equals(wanted)) return true;
  if (got.subarray(0, 6).compare(wanted.subarray(0, 6)) !== 0 || got.length < 128) return false;
  const shapeOf = (bytes) =>
    /'descr': '...', .*'shape': \([^)]*\)/.exec(bytes.toString('latin1', 0, 128))?.[0];
  return (
    shapeOf(got) === shapeOf(wanted) && got.subarray(10 + got.readUInt16LE(8)).equals(wanted.subarray(128))
  );
}

const until = Date.now() + Number(values.minutes) * 60_000;
let runs = 0;
let findings = 0;
console.log(`seed ${first}, ${values.minutes} minutes`);
for (let seed = first; values.only ? runs === 0 : Date.now() < until; seed += 2) {
  const found = await Promise.all((values.only ? [seed] : [seed, seed + 1]).map(judge));
  runs += found.length;
  for (const amiss of found.filter(Boolean)) {
    findings++;
    console.log(`FINDING ${amiss}`);
  }
}
console.log(`${runs} runs, ${findings} findings`);
process.exit(findings > 0 ? 1 : 0);
