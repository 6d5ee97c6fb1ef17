// Random rows of all families, lengths and scales against the bound.
import { errorOf } from './grid.mjs';
import { importTypeScript } from './typescript.mjs';

const { softmaxFamily } = await importTypeScript('test/operations/softmax.ts');
const { MEASURES } = await importTypeScript('test/support/compare.ts');
const { rowForms } = await importTypeScript('test/operations/index.ts');
const { drawSample, random } = await importTypeScript('test/properties/reproduce.ts');

const LONGEST = 20000;

/** @returns {Promise<number>} elements beyond the bound, of all backends */
export async function checkRandom(backends, elements, seed) {
  console.log(`seed ${seed}, at least ${elements} elements per backend`);
  let total = 0;
  for (const { name, kernels, bound } of backends) {
    const r = random(seed);
    const found = {};
    for (let done = 0; done < elements; ) {
      const sample = drawSample(r, LONGEST);
      done += sample.x.length;
      const wanted = softmaxFamily(sample.x, sample.call);
      for (const { name: operation, right, run } of rowForms) {
        if (!right) continue;
        const [[how, exact]] = Object.entries(right(wanted, sample.labels, sample.call.cols));
        found[operation] ??= { checked: 0, beyond: 0, steps: 0, ulp: 0, where: '' };
        const actual = run(kernels, sample.x, sample.labels, sample.call);
        const where = `${sample.text}`;
        record(found[operation], actual, exact, MEASURES[how], errorOf[operation], bound, where);
      }
    }
    for (const [operation, { checked, beyond, steps, ulp, where }] of Object.entries(found)) {
      const text = `${name.padEnd(13)} ${operation.padEnd(13)} ${String(checked).padStart(9)} results`;
      console.log(
        `${text}  worst ${ulp.toFixed(3)} ULP, ${steps} steps  ${beyond} beyond ${bound}  (${where})`,
      );
      total += beyond;
    }
  }
  return total;
}

function record(found, actual, exact, stepsOf, errorOf, bound, where) {
  for (let i = 0; i < exact.length; i++) {
    const steps = stepsOf(actual[i], exact[i]);
    if (!(steps <= bound)) found.beyond++;
    if (steps > found.steps) found.steps = steps;
    const ulp = errorOf(actual[i], exact[i]);
    if (ulp > found.ulp) {
      found.ulp = ulp;
      found.where = `${where}: ${actual[i]} for ${exact[i]}`;
    }
  }
  found.checked += exact.length;
}
