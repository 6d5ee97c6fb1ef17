// The grid of one engine, for bench/engines.mjs: in a page, or in a process of Node whose standard input has the plan.
// Without checks, which npm run bench makes of the same code.
import { backends, copy, loadBackends, naive } from './contenders.mjs';
import { makeInput } from './data.mjs';
import { timeRows } from './rows.mjs';

async function run({ shapes, operations, names, effort }) {
  const { kernels, skipped } = loadBackends(names);
  const rows = [];
  for (const sizes of shapes) {
    const input = makeInput(sizes);
    const contenders = [
      copy(input),
      ...operations.flatMap((operation) => naive(input, operation)),
      ...backends(kernels, input, operations),
    ].filter(({ placement }) => placement !== 'copied');
    rows.push(...(await timeRows(input, contenders, effort)));
    for (const { free } of contenders) free?.();
  }
  return { rows, skipped };
}

const answer = (plan) => run(plan).catch((error) => ({ error: String(error.stack ?? error) }));
if (globalThis.document) {
  const report = await answer(JSON.parse(document.querySelector('#plan').textContent));
  await fetch('report', { method: 'POST', body: JSON.stringify(report) });
} else {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  console.log(JSON.stringify(await answer(JSON.parse(readFileSync(0, 'utf8')))));
}
