/** Damaged files of every format: read, or refused with an error, soon and without much memory; never anything else. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBlocks } from '../../src/cli/blocks.ts';
import { dtypeOf } from '../../src/cli/input/dtype.ts';
import { type InputOptions, openLabels, openLogits } from '../../src/cli/input/open.ts';
import { loadSync } from '../../src/index.ts';
import { useFolder } from '../support/folder.ts';
import { type Random, random } from '../support/random.ts';
import { bytesOf, npyFile, npyOf } from './npy-file.ts';
import { safetensorsFile } from './safetensors-file.ts';
import { zipFile } from './zip-file.ts';

const { at } = useFolder('mutations');
const MUTATIONS = 1000;
const MEMORY = 16 * 2 ** 20;
/** What the kernels may grow by, all in all. */
const MAX_GROWTH = 64 * 2 ** 20;

const values = Array.from({ length: 60 }, (_, i) => i / 7);
const npy = npyOf('<f4', [6, 10], values);
const dtype = dtypeOf('float16', '<');

const formats: { name: string; file: string; bytes: Buffer; options?: InputOptions }[] = [
  { name: '.npy', file: 'x.npy', bytes: npy },
  {
    name: '.npy, version 2',
    file: 'x.npy',
    bytes: npyFile({ version: [2, 0], shape: [6, 10], data: npy.subarray(128) }),
  },
  {
    name: '.npz, stored',
    file: 'x.npz',
    bytes: zipFile([{ name: 'x.npy', data: npy }]),
  },
  {
    name: '.npz, deflated, with 64-bit fields',
    file: 'x.npz',
    bytes: zipFile([
      { name: 'x.npy', data: npy, deflate: true, zip64: true },
      { name: 'y.npy', data: npyOf('<i4', [6], [1, 2, 3, 4, 5, 0]), deflate: true, zip64: true },
    ]),
    options: { tensor: 'x' },
  },
  {
    name: '.safetensors',
    file: 'x.safetensors',
    bytes: safetensorsFile({
      x: { dtype: 'F32', shape: [6, 10], data: bytesOf('<f4', values) },
      y: { dtype: 'BF16', shape: [2], data: bytesOf('<u2', [1, 2]) },
    }),
    options: { tensor: 'x' },
  },
  {
    name: '.bin',
    file: 'x.bin',
    bytes: Buffer.alloc(120, 7),
    options: { dtype, shape: [6, 10] },
  },
];

/** What is likely to matter: borders of numbers, and the bytes that formats are made of. */
const BYTES = [0, 1, 0x7f, 0x80, 0xff, ...Buffer.from('PK-9(),:{}[]"\'<>|f4TrueL\n')];

/** One to four damages: bytes changed, cut, doubled or put in, numbers made extreme, the end cut off. */
function mutate(bytes: Buffer, r: Random): Buffer {
  let out = Buffer.from(bytes);
  for (let n = 1 + r.below(4); n > 0; n--) {
    // Half of them near the beginning or the end, where headers are.
    const span = r.below(2) === 0 ? Math.min(out.length, 200) : out.length;
    const at = r.below(2) === 0 ? r.below(span + 1) : out.length - r.below(span + 1);
    const some = r.below(12);
    const [before, after] = [out.subarray(0, at), out.subarray(at)];
    const kind = r.below(7);
    if (kind === 0) out = Buffer.concat([before, Buffer.of(r.below(256)), after.subarray(1)]);
    else if (kind === 1)
      out = Buffer.concat([before, Buffer.of(BYTES[r.below(BYTES.length)]), after.subarray(1)]);
    else if (kind === 2) out = Buffer.concat([before, after.subarray(some)]);
    else if (kind === 3) out = Buffer.concat([before, after.subarray(0, some), after]);
    else if (kind === 4)
      out = Buffer.concat([before, Buffer.alloc(some, BYTES[r.below(BYTES.length)]), after]);
    else if (kind === 5) out = Buffer.concat([before, Buffer.alloc(8, r.below(2) * 0xff), after.subarray(8)]);
    else out = r.below(4) === 0 ? Buffer.from(before) : Buffer.concat([before, after.map((b) => b ^ 1)]);
  }
  return out;
}

const kernels = loadSync({ backend: 'js' });

/** Reads all there is. */
async function readAll(path: string, options: InputOptions): Promise<void> {
  const logits = await openLogits([path], options);
  try {
    for await (const { x } of readBlocks(logits, kernels, { memory: MEMORY })) x.fill(0);
  } finally {
    await logits.close();
  }
}

async function readAllLabels(path: string): Promise<void> {
  const labels = await openLabels([path]);
  try {
    const into = new Int32Array(Math.min(labels.length, 2 ** 16));
    for (let start = 0; start < labels.length; start += into.length) {
      await labels.readLabels(start, Math.min(into.length, labels.length - start), into);
    }
  } finally {
    await labels.close();
  }
}

describe.each(formats)('$name', ({ file, bytes, options = {} }) => {
  it(`${MUTATIONS} mutations`, async () => {
    const r = random(bytes.length);
    const path = at(file);
    writeFileSync(path, bytes);
    await readAll(path, options);
    const grown = kernels.memory.buffer.byteLength;
    let refused = 0;
    let slowest = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const mutated = mutate(bytes, r);
      writeFileSync(path, mutated);
      const begin = performance.now();
      for (const read of [() => readAll(path, options), () => readAllLabels(path)]) {
        try {
          await read();
        } catch (error) {
          refused++;
          const { message } = error as Error;
          // One that a reader threw on purpose names the file; an accident, such as a TypeError, does not.
          const isOurs = error instanceof Error && message.includes(path);
          if (!isOurs || error instanceof TypeError || message.length > 1000) {
            throw new Error(`mutation ${i} (${mutated.toString('hex')})`, { cause: error });
          }
        }
      }
      slowest = Math.max(slowest, performance.now() - begin);
    }
    expect(refused).toBeGreaterThan(MUTATIONS / 2);
    // The machine may be busy: far above what any of them takes, far below a loop over what a header claims.
    expect(slowest).toBeLessThan(5000);
    expect(kernels.memory.buffer.byteLength - grown).toBeLessThan(MAX_GROWTH);
  });
});
