// Files cut into shards, which are known by what they hold and how they are evaluated.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { softmaxSimd } from './softmax-simd.mjs';

/**
 * The shards of pairs of logits and labels: whole files, or ranges of at most `shardRows` rows.
 * @throws Error if a file cannot be evaluated, or two hold the same
 */
export async function plan(pairs, { shardRows, ...options }) {
  const folder = await mkdtemp(join(tmpdir(), 'softmax-simd-plan-'));
  try {
    const files = new Array(pairs.length);
    const next = pairs.entries();
    const look = async () => {
      for (const [i, [logits, labels]] of next) {
        files[i] = await inspect(resolve(logits), resolve(labels), options, join(folder, `${i}.json`));
      }
    };
    await Promise.all(Array.from({ length: Math.min(pairs.length, availableParallelism()) }, look));
    const known = new Map();
    for (const { id, logits } of files) {
      if (known.has(id)) throw new Error(`${logits} holds the same as ${known.get(id)}`);
      known.set(id, logits);
    }
    return files.flatMap((file) => cut(file, shardRows));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Evaluates no rows, which says how many there are, what they hold, and which backend evaluates them. */
async function inspect(logits, labels, { temperature, backend, bins }, path) {
  const how = ['--temperature', temperature, '--backend', backend, '--bins', bins];
  await softmaxSimd(['eval', logits, labels, ...how, '--rows', '0:0', '--partial', path]);
  const { input, settings } = JSON.parse(await readFile(path, 'utf8'));
  // Every shard by the same backend, whatever each machine could run.
  const { id, version, rows } = input;
  return { logits, labels, id, version, rows, temperature, bins, backend: settings.backend };
}

function cut({ rows, ...file }, shardRows = Math.max(1, rows)) {
  const shards = Array.from({ length: Math.max(1, Math.ceil(rows / shardRows)) }, (_, i) => {
    const first = i * shardRows;
    return { ...file, first, count: Math.min(shardRows, rows - first) };
  });
  return shards.map((shard) => ({ ...shard, key: keyOf(shard) }));
}

/** The same for the same rows evaluated in the same way, wherever they lie. */
function keyOf({ id, first, count, temperature, backend, bins }) {
  return digest([id, first, count, temperature, backend, bins]);
}

export function digest(value) {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
