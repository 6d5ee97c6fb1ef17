// What is right, in float64.

/** Log-probabilities, by index. */
export function logSoftmax(z) {
  const most = Math.max(...z);
  const total = Array.from(z, (value) => Math.exp(value - most)).reduce((a, b) => a + b);
  return Array.from(z, (value) => value - most - Math.log(total));
}

/** Logits after penalties for what is in a text, once for each distinct token. */
export function penalized(z, text, { repetition = 1, frequency = 0, presence = 0 }) {
  const counts = new Map();
  for (const id of text) counts.set(Number(id), (counts.get(Number(id)) ?? 0) + 1);
  return Array.from(z, (value, id) => {
    const count = counts.get(id);
    if (count === undefined) return value;
    return (value > 0 ? value / repetition : value * repetition) - count * frequency - presence;
  });
}

/** Probabilities at a temperature, of the k largest that are the fewest to reach a sum; 0 for the others. */
export function filtered(z, { temperature = 1, topK = z.length, topP = 1 }) {
  const ids = [...z.keys()].sort((a, b) => z[b] - z[a] || a - b).slice(0, topK);
  const p = ids.map((id) => Math.exp((z[id] - z[ids[0]]) / temperature));
  const total = p.reduce((a, b) => a + b);
  let kept = 0;
  let mass = 0;
  while (kept < p.length && (kept === 0 || mass < topP * total)) mass += p[kept++];
  const all = new Float64Array(z.length);
  for (let i = 0; i < kept; i++) all[ids[i]] = p[i] / mass;
  return all;
}

/** Whether counts by name may be draws of a distribution by name: Pearson's statistic, at 99.99 %; rare ones share a cell. */
export function areDraws(counts, distribution) {
  const draws = Object.values(counts).reduce((a, b) => a + b, 0);
  const cells = [];
  const rest = [0, 0];
  for (const [name, p] of Object.entries(distribution)) {
    const found = counts[name] ?? 0;
    if (p * draws >= 10) cells.push([found, p * draws]);
    else {
      rest[0] += found;
      rest[1] += p * draws;
    }
  }
  const outside = Object.keys(counts).some((name) => !(distribution[name] > 0));
  if (rest[1] > 1) cells.push(rest);
  const chi = cells.reduce((sum, [found, wanted]) => sum + (found - wanted) ** 2 / wanted, 0);
  const freedom = Math.max(1, cells.length - 1);
  const v = 2 / (9 * freedom);
  // Wilson and Hilferty 1931.
  return !outside && chi < freedom * (1 - v + 3.719 * Math.sqrt(v)) ** 3;
}
