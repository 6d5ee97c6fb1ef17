// Whether what a call gave is what it should: an error that helps and nothing written, or the right result.
import { importTypeScript } from '../../bench/accuracy/typescript.mjs';
import { copyOf } from './call.mjs';
import { Sprung } from './hostile.mjs';
import { OPERATIONS } from './operations.mjs';

const { ACCURACY } = await importTypeScript('src/raw/accuracy.ts');
const { inSteps, inStepsOrFlushed, inUnits, worst } = await importTypeScript('test/compare.ts');

/** @returns {Promise<string>} what is amiss, or '' */
export async function judge(k, call, bound) {
  const { op, wrong, places, outputs } = call;
  const unspoilt = wrong === undefined ? copyOf(call) : undefined;
  let result;
  let error;
  try {
    result = await invoke(k, call);
  } catch (thrown) {
    error = thrown;
  }
  if (error !== undefined) {
    const changed = places.changed([]);
    if (changed) return `threw (${error.message}), but ${changed}`;
    return judgeError(call, error);
  }
  if (wrong !== undefined) return `took ${wrong}`;
  const changed = places.changed(outputs);
  if (changed) return changed;

  const { right, fault } = OPERATIONS[op];
  const amiss = right
    ? compare(result, right(unspoilt.args, unspoilt.options), call.options.gradient, bound)
    : fault(result, unspoilt.args, unspoilt.options);
  if (amiss) return amiss;
  // The same call with copies: the same bits.
  const again = await invoke(k, { ...call, ...unspoilt });
  const difference = bits(again) === bits(result) ? '' : 'a call with copies gives other bits';
  if (difference) return difference;
  const { gradient } = call.options;
  if (gradient && bits(gradient) !== bits(unspoilt.options.gradient))
    return 'other bits in the gradient of a copy';
  return '';
}

function invoke(k, { op, args, options, hasOptions }) {
  return hasOptions ? k[op](...args, options) : k[op](...args);
}

/** @returns {string} why an error does not help, or '' */
export function complaint(error, op, names, springs) {
  if (error instanceof Sprung) return springs ? '' : 'threw what a getter threw, without any';
  const isOurs = error instanceof TypeError || error instanceof RangeError;
  if (!isOurs) return `threw ${error?.constructor?.name}: ${error?.message}`;
  const { message } = error;
  if (!message.startsWith(`${op}: `)) return `an error that does not name the operation: ${message}`;
  const about = message.slice(op.length + 2);
  return names.some((name) => new RegExp(`\\b${name}\\b`).test(about)) ? '' : `names no argument: ${message}`;
}

function judgeError({ op, names, wrong, data, rows, cols }, error) {
  const { refuses, names: others = [] } = OPERATIONS[op];
  const amiss = complaint(error, op, [...names, ...others], wrong?.includes('springs'));
  if (amiss || error instanceof Sprung) return amiss;
  const { message } = error;
  if (wrong !== undefined) return '';
  const hasSpecial = [...data].some((value) => !Number.isFinite(value));
  if (refuses && hasSpecial) return '';
  // Without a row that counts, or with rows of probabilities.
  if (op.startsWith('fitTemperature') && /must count at least one row|probabilities/.test(message)) return '';
  // The data of statistics may be NaN, and then their maximum is none.
  if (op === 'softmaxFrom' && hasSpecial) return '';
  return `refused ${rows}x${cols}: ${message}`;
}

/** Every bit of a result, with one NaN. */
function bits(result) {
  if (ArrayBuffer.isView(result))
    return Array.from(result, (value) => (Object.is(value, -0) ? '-0' : String(value))).join();
  return JSON.stringify(result, (_, value) =>
    ArrayBuffer.isView(value) ? bits(value) : typeof value === 'number' ? String(value) : value,
  );
}

/** Results by how they are compared: see OPERATIONS. */
function compare(result, { gradient: slopes, ...wanted }, gradient, bound) {
  for (const [kind, values] of Object.entries(wanted)) {
    const amiss = COMPARE[kind](result, values, bound);
    if (amiss) return amiss;
  }
  return slopes && gradient ? compareGradient(gradient, slopes) : '';
}

const within = (measure) => (result, values, bound) => {
  const { error, where } = worst(result, values, measure);
  return error <= bound ? '' : `${error} steps off: ${where}`;
};

function compareSame(kind, found, values) {
  const at = values.findIndex((value, i) => !same(found[i], value));
  return at >= 0 || found.length !== values.length
    ? `${kind}[${at}] is ${found[at]}, should be ${values[at]}`
    : '';
}

const COMPARE = {
  rows: within(inSteps),
  flushed: within(inStepsOrFlushed),
  units: within(inUnits),
  same: (result, values) => compareSame('', result, values),
  values: (result, values) => compareSame('values', result.values, values),
  indices: (result, values) => compareSame('indices', result.indices, values),
  slopes: (result, slopes) => compareGradient(result, slopes),
  loss: (result, wanted) => {
    const error = Number.isFinite(wanted)
      ? inSteps(Math.fround(result), wanted)
      : Number(!same(Math.fround(result), wanted));
    return error <= ACCURACY.reducedLoss ? '' : `the loss is ${result}, should be ${wanted}`;
  },
  // Without a sum there is no maximum to speak of.
  stats: ({ max, sum }, wanted, bound) =>
    compareSame(
      'max',
      wanted.max.map((_, row) => (Number.isNaN(sum[row]) ? 0 : max[row])),
      wanted.max.map((value, row) => (Number.isNaN(wanted.sum[row]) ? 0 : value)),
    ) || within(inSteps)(sum, wanted.sum, bound),
};

/** A gradient, row by row: in units of its largest entry, but for rows that have none in float32's ordinary range. */
function compareGradient(found, { values, cols }) {
  for (let from = 0; from < values.length; from += cols) {
    const row = values.slice(from, from + cols);
    const largest = Math.max(...row.map(Math.abs));
    if (!(largest > 2 ** -100 && largest < 2 ** 127)) continue;
    const most = ACCURACY.gradient * 2 ** -23 * largest;
    const at = row.findIndex((value, i) => !(Math.abs(found[from + i] - value) <= most));
    if (at >= 0) return `the gradient is ${found[from + at]} at ${from + at}, should be ${row[at]}`;
  }
  return '';
}

const same = (a, b) => a === b || (Number.isNaN(a) && Number.isNaN(b));
