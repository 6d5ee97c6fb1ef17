// `npm start`: the main job on real logits, with what a user would type.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { softmax } from '../dist/index.js';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const LOGITS = 'sample/logits.npy';
const LABELS = 'sample/labels.npy';
const COLS = 256;
/** Rows to show: clear ones, torn ones and missed ones. */
const ROWS = [28, 39, 60, 77, 196, 211];

/** Shows a command as typed and runs it. @param {...string} args */
function cli(...args) {
  console.log(`\n$ npx softmax-simd ${args.join(' ')}`);
  execFileSync(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' });
}

/** The data of a .npy of version 1, whose header length stands at byte 8. @param {string} path */
function npyData(path) {
  const file = readFileSync(path);
  return file.buffer.slice(file.byteOffset + 10 + file.readUInt16LE(8), file.byteOffset + file.length);
}

/** Bytes as text, with what cannot be printed escaped. @param {...number} bytes */
const show = (...bytes) => JSON.stringify(String.fromCharCode(...bytes));

cli('info');
cli('eval', LOGITS, LABELS);

console.log('\nWhich byte follows? The three likeliest, * marks the one that did:');
const probabilities = softmax(new Float32Array(npyData(LOGITS)), { cols: COLS });
const labels = new Int32Array(npyData(LABELS));
for (const row of ROWS) {
  const p = probabilities.subarray(row * COLS, (row + 1) * COLS);
  const top = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, 3);
  const cells = top.map((byte) => {
    const percent = (100 * p[byte]).toFixed(2).padStart(6);
    return `${percent} % ${byte === labels[row] ? '*' : ' '}${show(byte).padEnd(6)}`;
  });
  const context = show(...labels.subarray(Math.max(0, row - 24), row));
  const missed = top.includes(labels[row])
    ? ''
    : `*${show(labels[row])} ${(100 * p[labels[row]]).toFixed(2)} %`;
  console.log(`${context.padStart(30)}  ${cells.join('  ')}  ${missed}`.trimEnd());
}

cli('bench');
