// What bench/chromium.mjs runs in a page: the grid without its checks, which Node makes of the same code.
import { backends, copy, loadBackends, naive } from './contenders.mjs';
import { makeInput, operationsAt } from './data.mjs';
import { timeRows } from './rows.mjs';

async function run({ shapes, operations, names, effort }) {
  const { kernels, skipped } = loadBackends(names);
  const rows = [];
  for (const sizes of shapes) {
    const input = makeInput(sizes);
    const chosen = operations ?? operationsAt(sizes);
    const contenders = [
      copy(input),
      ...chosen.flatMap((operation) => naive(input, operation)),
      ...backends(kernels, input, chosen),
    ];
    rows.push(...(await timeRows(input, contenders, effort)));
    for (const { free } of contenders) free?.();
  }
  return { rows, skipped, isolated: crossOriginIsolated };
}

const plan = JSON.parse(document.querySelector('#plan').textContent);
const report = await run(plan).catch((error) => ({ error: String(error.stack ?? error) }));
await fetch('report', { method: 'POST', body: JSON.stringify(report) });
