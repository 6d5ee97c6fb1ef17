// node submit.mjs --out FOLDER [options] LOGITS.npy LABELS.npy […]: evaluates files by whatever workers there are, and
// prints what `softmax-simd merge` prints. Run again, it goes on where it was.
import { mkdir, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FlowProducer, Queue } from 'bullmq';
import { describe, donePath, flowOf, listPath, partName, partsFolder, replace } from './jobs.mjs';
import { digest, plan } from './plan.mjs';
import { connect, QUEUE } from './queue.mjs';

const USAGE = `usage: node submit.mjs --out FOLDER [--shard-rows N] [--temperature T] [--backend NAME] [--bins N]
                      [--attempts N] [--json] LOGITS.npy LABELS.npy [LOGITS.npy LABELS.npy …]`;
const POLL_MS = 250;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const whole = (text) =>
  /^[1-9]\d*$/.test(text) ? Number(text) : usage(`expected a whole number, got '${text}'`);

function usage(message) {
  console.error(`error: ${message}\n${USAGE}`);
  process.exit(2);
}

function parse() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        'shard-rows': { type: 'string' },
        temperature: { type: 'string', default: '1' },
        backend: { type: 'string', default: 'auto' },
        bins: { type: 'string', default: '15' },
        attempts: { type: 'string', default: '3' },
        json: { type: 'boolean', default: false },
      },
    });
    if (!values.out) usage('expected --out FOLDER');
    if (positionals.length === 0 || positionals.length % 2 === 1) {
      usage('expected pairs of LOGITS.npy LABELS.npy');
    }
    const pairs = positionals.flatMap((path, i) => (i % 2 === 0 ? [[path, positionals[i + 1]]] : []));
    const rows = values['shard-rows'];
    const shardRows = rows === undefined ? undefined : whole(rows);
    return { ...values, pairs, shardRows, attempts: whole(values.attempts) };
  } catch (error) {
    return usage(error.message);
  }
}

async function main() {
  const { out, pairs, attempts, json, ...options } = parse();
  const folder = resolve(out);
  const shards = await plan(pairs, options);
  await mkdir(partsFolder(folder), { recursive: true });
  const run = { id: digest([folder, ...shards.map(({ key }) => key)]), folder, shards, attempts };
  await replace(listPath(folder, run.id), shards.map((shard) => `${partName(shard)}\n`).join(''));
  run.begun = (await stat(listPath(folder, run.id))).mtimeMs;
  const connection = connect();
  const queue = new Queue(QUEUE, { connection });
  const flows = new FlowProducer({ connection });
  // What `connect` says already.
  for (const source of [queue, flows]) source.on('error', () => {});
  try {
    const state = await removeFinished(queue, run.id);
    if (state) console.error('this evaluation has been submitted already, and is under way: following it');
    else await flows.add(flowOf(run, QUEUE));
    const report = await follow(queue, flows, run);
    // The report is in its folder: what Redis keeps is not needed. Where that cannot be removed, it is harmless.
    await (await queue.getJob(run.id))?.remove({ removeChildren: true }).catch(() => {});
    process.stdout.write(json ? report.json : report.text);
  } finally {
    await Promise.all([queue.close(), flows.close()]);
    connection.disconnect();
  }
}

/** Forgets a run that is over. @returns the state of one that is under way: it stays */
async function removeFinished(queue, id) {
  for (let tries = 0; ; tries++) {
    const job = await queue.getJob(id);
    const state = await job?.getState();
    if (state !== 'completed' && state !== 'failed') return state === 'unknown' ? undefined : state;
    try {
      await job.remove({ removeChildren: true });
      return undefined;
    } catch (error) {
      // After a failure, others may still be at work on their shards.
      if (tries === 0) console.error(`waiting for shards that are still being worked on (${error.message})`);
      await pause(1000);
    }
  }
}

/** Shows the progress until there is a report. @throws Error saying which shard failed, and why */
async function follow(queue, flows, run) {
  let shown = '';
  for (; ; await pause(POLL_MS)) {
    const state = await queue.getJobState(run.id);
    // Read after its state: what it returned is there when it is completed.
    const job = await queue.getJob(run.id);
    const done = job ? undefined : await doneSince(run);
    if (done) {
      console.error('another submission of this evaluation has seen its end');
      return done;
    }
    if (!job) {
      console.error(
        'Redis has lost the run (is it without appendonly?): submitting it again, what is done is kept',
      );
      await flows.add(flowOf(run, QUEUE));
      continue;
    }
    const { processed = 0 } = await job.getDependenciesCount({ processed: true });
    const total = run.shards.length;
    const text = `${processed} of ${total} shards${state === 'completed' ? ', merged' : ''}`;
    if (text !== shown) show(text, state === 'completed');
    shown = text;
    if (state === 'completed') return job.returnvalue;
    if (state === 'failed') throw new Error(await reasonOf(queue, run, job));
  }
}

/** What a run has come to, if it has ended since this submission began. */
async function doneSince({ folder, id, begun }) {
  try {
    const { mtimeMs } = await stat(donePath(folder));
    const done = JSON.parse(await readFile(donePath(folder), 'utf8'));
    return done.id === id && mtimeMs >= begun ? done : undefined;
  } catch {
    return undefined;
  }
}

function show(text, last) {
  const { isTTY } = process.stderr;
  process.stderr.write(isTTY ? `\r\x1b[K${text}${last ? '\n' : ''}` : `${text}\n`);
}

async function reasonOf(queue, { id, shards, attempts }, job) {
  const byId = new Map(shards.map((shard) => [`${id}-${shard.key}`, shard]));
  const failed = (await queue.getJobs(['failed'])).filter((child) => byId.has(child?.id));
  const reasons = failed.map(({ id: childId, failedReason }) => {
    return `${describe(byId.get(childId))}: ${failedReason.replace(/^error: /, '')}`;
  });
  const which = reasons.length > 0 ? reasons : [job.failedReason];
  return `${which.join('\n')}\nTried ${attempts} times. Submit again to go on: what is done is kept.`;
}

main().catch((error) => {
  console.error(`error: ${error.message.replace(/^error: /, '')}`);
  process.exitCode = 1;
});
