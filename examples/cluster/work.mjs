// node work.mjs [--concurrency N] [--lost-after SECONDS]: takes jobs until it is stopped (Ctrl-C ends after the one at
// hand).
import { parseArgs } from 'node:util';
import { Worker } from 'bullmq';
import { perform } from './jobs.mjs';
import { connect, QUEUE } from './queue.mjs';

const { values } = parseArgs({
  options: {
    concurrency: { type: 'string', default: '1' },
    'lost-after': { type: 'string', default: '30' },
  },
});
const [concurrency, seconds] = [Number(values.concurrency), Number(values['lost-after'])];
if (!(Number.isInteger(concurrency) && concurrency > 0 && seconds > 0)) {
  console.error('usage: node work.mjs [--concurrency N] [--lost-after SECONDS]');
  process.exit(2);
}

const worker = new Worker(QUEUE, perform, {
  connection: connect(),
  concurrency,
  // Who has not been heard of for so long is taken for dead, and his job given to another.
  ...{ lockDuration: seconds * 1000, stalledInterval: seconds * 1000, maxStalledCount: 100 },
  // Where Redis was away, results are delivered soon after it has come back.
  runRetryDelay: 1000,
});
const tell = (text) => console.log(`${process.pid}: ${text}`);
worker.on('ready', () => tell('ready'));
worker.on('completed', (_, { what }) => tell(what));
worker.on('failed', (job, { message }) => tell(`failed: ${job?.name ?? 'a job'}: ${message}`));
worker.on('stalled', () => tell('a worker was lost: its shard goes to another'));
worker.on('error', ({ message }) => {
  // What `connect` says already.
  if (!/ECONN|Connection is closed/.test(message)) tell(`error: ${message}`);
});

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (stopping) process.exit(1);
    stopping = true;
    tell('stopping after the shard at hand');
    await worker.close();
    process.exit(0);
  });
}
