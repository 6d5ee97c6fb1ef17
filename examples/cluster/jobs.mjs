// What workers do: evaluate a shard, and merge those of a run. Both may be done again at any time: of a shard that is
// there it is checked whether its rows are still what they were, and files get their names when they are complete.
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { softmaxSimd } from './softmax-simd.mjs';

/** Another worker may be at the same shard: it has been taken for dead. */
const BUSY = /another process is writing it/;
const POLL_MS = 500;

export const partName = ({ key }) => `${key}.json`;

export const describe = ({ logits, first, count }) =>
  `${logits}, ${count === 0 ? 'no rows' : `rows ${first} to ${first + count - 1}`}`;

/** The folder of a run's shards. */
export const partsFolder = (folder) => join(folder, 'parts');

/** The list of a run's shards, a name a line: there may be more than Redis or a command line should carry. */
export const listPath = (folder, id) => join(folder, `${id}.txt`);

/** What the last run has come to: its number, and what it printed. */
export const donePath = (folder) => join(folder, 'run.json');

/** A run as a flow: the job `merge`, which waits for the jobs `shard` below it. */
export function flowOf({ id, folder, shards, attempts }, queueName) {
  const opts = { attempts, backoff: { type: 'exponential', delay: 1000 } };
  return {
    ...{ name: 'merge', queueName, data: { folder, id } },
    opts: { ...opts, jobId: id },
    children: shards.map((shard) => ({
      ...{ name: 'shard', queueName, data: { ...shard, folder } },
      opts: { ...opts, jobId: `${id}-${shard.key}`, failParentOnFailure: true },
    })),
  };
}

/** Does a job. @returns what it was, for the worker's log, and the report of a merge */
export async function perform({ name, data }) {
  if (name === 'merge') return merge(check(name, data, MERGE));
  if (name === 'shard') return evaluateShard(check(name, data, SHARD));
  throw new Error(`expected a job named shard or merge, got '${name}'`);
}

const isText = (value) => typeof value === 'string' && value !== '' && !value.startsWith('-');
const isDigest = (value) => typeof value === 'string' && /^[0-9a-f]+$/.test(value);
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const MERGE = { folder: isText, id: isDigest };
const SHARD = {
  ...{ logits: isText, labels: isText, folder: isText, id: isDigest, version: isDigest, key: isDigest },
  ...{ first: isCount, count: isCount, temperature: isText, backend: isText, bins: isText },
};

/** Anybody who reaches Redis can put jobs there. @throws Error naming what is not as `submit` makes it */
function check(name, data, fields) {
  for (const [field, isRight] of Object.entries(fields)) {
    if (isRight(data?.[field])) continue;
    throw new Error(
      `${name}: expected a job that submit.mjs made, got ${field} ${JSON.stringify(data?.[field])}`,
    );
  }
  return data;
}

async function evaluateShard(shard) {
  const { logits, labels, first, count, temperature, backend, bins, folder, id, version } = shard;
  const what = describe(shard);
  const path = join(partsFolder(folder), partName(shard));
  const before = await versionOf(path);
  const how = ['--temperature', temperature, '--backend', backend, '--bins', bins];
  const args = ['eval', logits, labels, ...how, '--rows', `${first}:${count}`, '--partial', path, '--resume'];
  for (;;) {
    try {
      await softmaxSimd(args);
      break;
    } catch (error) {
      if (!BUSY.test(error.message)) throw error;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }
  const { input } = JSON.parse(await readFile(path, 'utf8'));
  if (input.id !== id || input.version !== version) {
    await rm(path, { force: true });
    throw new Error(`${logits} or ${labels} has changed since it was submitted: submit again`);
  }
  return { what: (await versionOf(path)) === before ? `${what}: already there` : what };
}

/** Which writing of a file this is, if it is there. */
async function versionOf(path) {
  const { ino, mtimeMs } = await stat(path).catch(() => ({}));
  return `${ino} ${mtimeMs}`;
}

async function merge({ folder, id }) {
  const cwd = partsFolder(folder);
  const list = listPath(folder, id);
  const text = await softmaxSimd(['merge', '--list', list], { cwd });
  const json = await softmaxSimd(['merge', '--json', '--list', list], { cwd });
  await replace(join(folder, 'report.json'), json);
  await replace(donePath(folder), JSON.stringify({ id, text, json }));
  await removeTemporary(cwd, (await readFile(list, 'utf8')).split('\n'));
  return { what: `report of ${folder}`, text, json };
}

/** Writes a file that is there as a whole or not at all. */
export async function replace(path, text) {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  await writeFile(temporary, text, { flag: 'wx' });
  await rename(temporary, path);
}

/** Removes what workers left behind that died while they wrote a shard that another has written since. */
async function removeTemporary(folder, parts) {
  const known = new Set(parts);
  for (const name of await readdir(folder)) {
    const [, part] = /^(.+\.json)\.partial\.[0-9a-f]+$/.exec(name) ?? [];
    if (known.has(part)) await rm(join(folder, name), { force: true });
  }
}
