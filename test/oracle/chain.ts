/**
 * From logits to a token, by sorting all of a row in float64: what the whole chain is tested against. Imports nothing
 * from the library.
 */

import type { Numbers } from './rows.ts';

export interface Adjustments {
  bias?: { ids: Numbers; values: Numbers };
  /** `history` is that of this row. */
  penalties?: { history: Numbers; repetition?: number; frequency?: number; presence?: number };
  /** The words of this row: one bit a token, least significant bit first. */
  allowed?: Numbers;
}

export interface ChainFilters {
  temperature?: number;
  beta?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  typicalP?: number;
  topNSigma?: number;
  xtc?: { probability: number; threshold: number };
  order?: readonly string[];
}

export const HUGGING_FACE_ORDER = [
  'temperature',
  'topNSigma',
  'topK',
  'topP',
  'minP',
  'typicalP',
  'xtc',
] as const;

/** What is left of a row, the largest first and the lower index first among equals. */
export interface Kept {
  ids: number[];
  /** Their probabilities, which sum to 1. */
  p: number[];
  /** Their natural logarithms, which know of probabilities that float64 does not. */
  logP: number[];
  /**
   * How near the nearest decision was: the least distance of a compared quantity from what it was compared with, in
   * units of the latter. Where it is not far above 2^-52, another order of adding up may keep one more or one less.
   */
  margin: number;
}

/** The logits after bias, penalties and mask, each rounded once to float32. */
export function adjusted(row: Numbers, { bias, penalties, allowed }: Adjustments): Float32Array {
  const z = Float64Array.from(row);
  if (bias) for (let i = 0; i < bias.ids.length; i++) z[bias.ids[i]] += bias.values[i];
  if (penalties) {
    const { history, repetition = 1, frequency = 0, presence = 0 } = penalties;
    const counts = new Map<number, number>();
    for (let i = 0; i < history.length; i++) {
      if (history[i] >= 0) counts.set(history[i], (counts.get(history[i]) ?? 0) + 1);
    }
    for (const [id, count] of counts) {
      const scaled = z[id] > 0 ? z[id] / repetition : z[id] * repetition;
      z[id] = scaled - count * frequency - presence;
    }
  }
  return Float32Array.from(z, (value, id) => (!allowed || isAllowed(allowed, id) ? value : -Infinity));
}

function isAllowed(words: Numbers, id: number): boolean {
  return Math.floor((words[Math.floor(id / 32)] >>> 0) / 2 ** (id % 32)) % 2 === 1;
}

/** Indices by descending value, lower index first among equals, without −Infinity. */
function inOrder(z: Numbers): number[] {
  const ids = Array.from(z, (_, id) => id).filter((id) => z[id] > -Infinity);
  return ids.sort((a, b) => (z[a] === z[b] ? a - b : z[b] - z[a]));
}

/** Logarithms of the probabilities of what is left, at a temperature; the largest is first. */
function logProbabilities(z: Numbers, ids: readonly number[], beta: number): number[] {
  // 0 · −Infinity: finite differences times the limit of β.
  const d = ids.map((id) => (z[id] === z[ids[0]] ? 0 : beta * (z[id] - z[ids[0]])));
  const total = Math.log(d.reduce((sum, each) => sum + Math.exp(each), 0));
  return d.map((each) => each - total);
}

/**
 * What the filters leave of adjusted logits.
 * @param doesXtc whether the row's draw says that XTC removes anything
 */
export function kept(z: Numbers, filters: ChainFilters, doesXtc = true): Kept {
  const { temperature = 1, beta: givenBeta = 1 / temperature, order = HUGGING_FACE_ORDER } = filters;
  let ids = inOrder(z);
  let beta = 1;
  let margin = Infinity;
  const decide = (value: number, limit: number): boolean => {
    if (value !== limit) margin = Math.min(margin, Math.abs(value - limit) / Math.abs(limit));
    return value >= limit;
  };
  /** Keeps the first of `list` whose weights reach a share of all, at least one. */
  const fewest = (list: readonly number[], weights: readonly number[], share: number): number[] => {
    if (share === 1) return [...list];
    const total = weights.reduce((sum, w) => sum + w, 0);
    let sum = 0;
    const last = weights.findIndex((w) => {
      sum += w;
      return decide(sum, share * total);
    });
    return list.slice(0, last < 0 ? list.length : Math.max(1, last + 1));
  };
  const apply: Record<string, () => void> = {
    temperature() {
      beta = givenBeta;
      if (beta === Infinity) ids = ids.slice(0, 1);
    },
    topNSigma() {
      const n = filters.topNSigma;
      if (n === undefined || n === Infinity) return;
      const mean = ids.reduce((sum, id) => sum + z[id], 0) / ids.length;
      const sigma = Math.sqrt(ids.reduce((sum, id) => sum + (z[id] - mean) ** 2, 0) / ids.length);
      // The distance from the largest is what decides: it is exact where the limit is small.
      ids = ids.filter((id) => decide(n * sigma, z[ids[0]] - z[id]));
    },
    topK() {
      ids = ids.slice(0, filters.topK ?? ids.length);
    },
    topP() {
      ids = fewest(ids, weigh(), filters.topP ?? 1);
    },
    minP() {
      const weights = weigh();
      ids = ids.filter((_, i) => decide(weights[i], filters.minP ?? 0));
    },
    typicalP() {
      const { typicalP = 1 } = filters;
      if (typicalP === 1) return;
      const logP = logProbabilities(z, ids, beta);
      const entropy = logP.reduce((sum, l) => sum - (l === -Infinity ? 0 : Math.exp(l) * l), 0);
      const far = new Map(ids.map((id, i) => [id, Math.abs(-logP[i] - entropy)]));
      const w = new Map(weigh().map((each, i) => [ids[i], each]));
      const at = (map: Map<number, number>, id: number): number => map.get(id) as number;
      const list = [...ids].sort((a, b) => at(far, a) - at(far, b) || a - b);
      const weights = list.map((id) => at(w, id));
      const typical = new Set(fewest(list, weights, typicalP));
      // Which of two comes first matters where one is kept and the other is not.
      const [last, next] = [list[typical.size - 1], list[typical.size]];
      if (next !== undefined && z[last] !== z[next]) {
        const scale = Math.abs(logP[ids.indexOf(next)]) + entropy;
        margin = Math.min(margin, (at(far, next) - at(far, last)) / scale);
      }
      ids = ids.filter((id) => typical.has(id));
    },
    xtc() {
      if (!filters.xtc || !doesXtc) return;
      const weights = weigh();
      const limit = filters.xtc.threshold * weights.reduce((sum, w) => sum + w, 0);
      const high = ids.filter((_, i) => decide(weights[i], limit)).length;
      if (high > 1) ids = ids.slice(high - 1);
    },
  };
  function weigh(): number[] {
    return ids.map((id) => (z[id] === z[ids[0]] ? 1 : Math.exp(beta * (z[id] - z[ids[0]]))));
  }
  for (const name of order) apply[name]();
  const logP = logProbabilities(z, ids, beta);
  return { ids, logP, p: logP.map(Math.exp), margin };
}

/** The probability of each token of a row, before the row's draw for XTC is known. */
export function distribution(row: Numbers, options: Adjustments & ChainFilters): Float64Array {
  const z = adjusted(row, options);
  const probability = options.xtc?.probability ?? 0;
  const all = new Float64Array(row.length);
  for (const [doesXtc, share] of [
    [true, probability],
    [false, 1 - probability],
  ] as const) {
    const { ids, p } = kept(z, options, doesXtc);
    ids.forEach((id, i) => {
      all[id] += share * p[i];
    });
  }
  return all;
}

/** Log-probabilities of each element, at a temperature; at T = 0 of the largest alone. */
export function logSoftmax(row: Numbers, beta: number): Float64Array {
  const ids = inOrder(row);
  const all = new Float64Array(row.length).fill(-Infinity);
  logProbabilities(row, ids, beta).forEach((logP, i) => {
    all[ids[i]] = logP;
  });
  return all;
}

/** The same of the logits as they came, at T = 1. */
export const rawLogProbs = (row: Numbers): Float64Array => logSoftmax(row, 1);

/** The n most probable of what is left, or of the row; where fewer are left, −1 and −Infinity. */
export function alternatives(
  of: { ids: readonly number[]; logP: readonly number[] },
  n: number,
): { ids: number[]; logProbs: number[] } {
  const places = Array.from({ length: n }, (_, i) => i);
  return {
    ids: places.map((i) => of.ids[i] ?? -1),
    logProbs: places.map((i) => of.logP[i] ?? -Infinity),
  };
}

/** The same for the raw distribution. */
export function rawAlternatives(row: Numbers, n: number): { ids: number[]; logProbs: number[] } {
  const logProbs = rawLogProbs(row);
  const ids = inOrder(row);
  return alternatives({ ids, logP: ids.map((id) => logProbs[id]) }, n);
}
