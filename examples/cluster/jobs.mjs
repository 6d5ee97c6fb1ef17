// What workers do: evaluate a shard, and merge those of a run. Both may be done again at any time: a shard that is
// there is left alone, and files get their names when they are complete.
import { access, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { softmaxSimd } from './softmax-simd.mjs';

export const partName = ({ key }) => `${key}.json`;

export const describe = ({ logits, first, count }) =>
  `${logits}, ${count === 0 ? 'no rows' : `rows ${first} to ${first + count - 1}`}`;

/** The folder of a run's shards. */
export const partsFolder = (folder) => join(folder, 'parts');

/** A run as a flow: the job `merge`, which waits for the jobs `shard` below it. */
export function flowOf({ id, folder, shards, attempts }, queueName) {
  const opts = { attempts, backoff: { type: 'exponential', delay: 1000 } };
  return {
    ...{ name: 'merge', queueName, data: { folder, parts: shards.map(partName) } },
    opts: { ...opts, jobId: id },
    children: shards.map((shard) => ({
      ...{ name: 'shard', queueName, data: { ...shard, folder } },
      opts: { ...opts, jobId: `${id}-${shard.key}`, failParentOnFailure: true },
    })),
  };
}

/** Does a job. @returns what it was, for the worker's log, and the report of a merge */
export function perform({ name, data }) {
  return name === 'merge' ? merge(data) : evaluateShard(data);
}

async function evaluateShard(shard) {
  const { logits, labels, first, count, temperature, backend, bins, folder, id } = shard;
  const what = describe(shard);
  const path = join(partsFolder(folder), partName(shard));
  if (await exists(path)) return { what: `${what}: already there` };
  const how = ['--temperature', temperature, '--backend', backend, '--bins', bins];
  await softmaxSimd(['eval', logits, labels, ...how, '--rows', `${first}:${count}`, '--partial', path]);
  const { input } = JSON.parse(await readFile(path, 'utf8'));
  if (input.id !== id) {
    await rm(path);
    throw new Error(`${logits} or ${labels} has changed since it was submitted: submit again`);
  }
  return { what };
}

async function merge({ folder, parts }) {
  const cwd = partsFolder(folder);
  const text = await softmaxSimd(['merge', ...parts], { cwd });
  const json = await softmaxSimd(['merge', '--json', ...parts], { cwd });
  const path = join(folder, 'report.json');
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, json);
  await rename(temporary, path);
  await removeTemporary(cwd, parts);
  return { what: `report of ${folder}`, text, json };
}

/** Removes what workers left behind that died while they wrote a shard. */
async function removeTemporary(folder, parts) {
  const known = new Set(parts);
  for (const name of await readdir(folder)) {
    const [, part] = /^(.+)\.[0-9a-f]+\.tmp$/.exec(name) ?? [];
    if (known.has(part)) await rm(join(folder, name), { force: true });
  }
}

function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
