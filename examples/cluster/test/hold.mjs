// Loaded into every process below a worker: an evaluation of rows is noted in a file, then waits for a while, so that
// there is time to be in its middle.
import { appendFileSync } from 'node:fs';

const args = process.argv.slice(2);
if (args[0] === 'eval') {
  const { HOLD_LOG, HOLD_MS } = process.env;
  appendFileSync(
    HOLD_LOG,
    `${JSON.stringify({ worker: process.ppid, part: args[args.indexOf('--partial') + 1] })}\n`,
  );
  await new Promise((done) => setTimeout(done, Number(HOLD_MS)));
}
