// What is amiss with a result that is not to be compared element by element, or ''.
import { importTypeScript } from '../../bench/accuracy/typescript.mjs';

const { ACCURACY } = await importTypeScript('src/raw/accuracy.ts');
const { uniform } = await importTypeScript('src/ops/sample/philox.ts');
const { inSteps } = await importTypeScript('test/compare.ts');
const { calibration } = await importTypeScript('test/oracle/labelled.ts');
const { crossEntropy, logSoftmax, softmax } = await importTypeScript('test/oracle/float64.ts');
const { mapRows } = await importTypeScript('test/oracle/rows.ts');
const { filtered } = await importTypeScript('test/oracle/select.ts');
const { ulp } = await importTypeScript('test/oracle/ulp.ts');

/** Far more than float64 sums of a few thousand numbers lose. */
const ROUNDING = 1e-9;

/** Each draw has the quantile that its random number says; its log-probability is the unfiltered one. */
export function ofSample({ ids, logProbs }, [x], options) {
  const { cols = x.length, seed, firstRow = 0 } = options;
  const wanted = logSoftmax(x, { cols });
  const found = mapRows(x, { cols }, (row, from, r) => {
    const { ids: kept, p } = filtered(row, options);
    const place = kept.indexOf(ids[r]);
    if (place < 0) return `row ${r} drew ${ids[r]}, which the filters leave out`;
    const before = p.slice(0, place).reduce((sum, each) => sum + each, 0);
    const share = uniform(seed, firstRow + r);
    if (before > share + ROUNDING || before + p[place] < share - ROUNDING)
      return `row ${r} drew ${ids[r]}, from ${before} to ${before + p[place]}, by ${share}`;
    const exact = wanted[from + ids[r]];
    return inSteps(logProbs[r], exact) <= ACCURACY.steps.simd
      ? ''
      : `logProbs[${r}] is ${logProbs[r]}, not ${exact}`;
  });
  return found.find((text) => text !== '') ?? '';
}

/** The logarithm is as exact as the mean loss, and as float64 is near 1. */
export function ofPerplexity(result, [x, labels], options) {
  const { mean } = crossEntropy(x, labels, options);
  const error = Math.abs(Math.log(result) - mean);
  const isRight = Number.isFinite(mean)
    ? error <= ACCURACY.reducedLoss * ulp(mean) + 2 ** -50 || (mean > 709 && result === Infinity)
    : Object.is(result, Math.exp(mean));
  return isRight ? '' : `is ${result}, should be exp(${mean})`;
}

/** The losses are those at 1 and at the temperature; and as they are convex, it is enough that none beside is lower. */
export function ofTemperature({ temperature, before, after }, [logits, labels], options) {
  const x = Float64Array.from(logits);
  const at = (t) => crossEntropy(x, labels, { ...options, temperature: t }).mean;
  const isNear = (a, b) => Math.abs(a - b) <= ROUNDING * Math.max(1, Math.abs(b));
  if (!isNear(before, at(1))) return `before is ${before}, should be ${at(1)}`;
  const least = at(temperature);
  if (!isNear(after, least)) return `after is ${after}, should be ${least}`;
  for (const factor of [0.99, 1.01]) {
    const beside = Math.min(Math.max(temperature * factor, Math.exp(-10)), Math.exp(10));
    if (at(beside) < least && !isNear(at(beside), least))
      return `temperature is ${temperature}: ${least}, but ${beside}: ${at(beside)}`;
  }
  return '';
}

export function ofTemperatureBatches(result, [batches], options) {
  const list = batches();
  return ofTemperature(
    result,
    [list.flatMap(({ logits }) => [...logits]), list.flatMap(({ labels }) => [...labels])],
    { ...options, cols: options.cols ?? list[0].logits.length },
  );
}

export function ofCalibration({ bins, ...figures }, [x, labels], options) {
  const { counts, ...wanted } = calibration(x, labels, options);
  const p = softmax(x, options);
  const edges = mapRows(p, options, (row) => (Math.max(...row) * bins.length) % 1);
  // Rounding may tell whether a confidence beside an edge is above it.
  const isAtEdge = edges.some((part) => Math.min(part, 1 - part) < ROUNDING);
  for (const [name, value] of Object.entries(wanted)) {
    if (isAtEdge && (name === 'ece' || name === 'mce')) continue;
    if (Math.abs(figures[name] - value) > ROUNDING || Number.isNaN(figures[name]) !== Number.isNaN(value))
      return `${name} is ${figures[name]}, should be ${value}`;
  }
  const at = isAtEdge ? -1 : bins.findIndex(({ count }, i) => count !== counts[i]);
  if (at >= 0) return `bin ${at} has ${bins[at].count} rows, should have ${counts[at]}`;
  const outside = bins.find(
    ({ low, high, confidence }) => confidence < low - ROUNDING || confidence > high + ROUNDING,
  );
  return outside ? `a confidence of ${outside.confidence} from ${outside.low} to ${outside.high}` : '';
}
