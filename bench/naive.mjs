// What one writes without a library: loops and Math.exp, on Float32Array.

export function naiveSoftmax(x, out, rows, cols) {
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const end = start + cols;
    let max = -Infinity;
    for (let i = start; i < end; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = start; i < end; i++) {
      const y = Math.exp(x[i] - max);
      out[i] = y;
      sum += y;
    }
    for (let i = start; i < end; i++) out[i] /= sum;
  }
}

export function naiveLogSoftmax(x, out, rows, cols) {
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const end = start + cols;
    let max = -Infinity;
    for (let i = start; i < end; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.exp(x[i] - max);
    const logSum = max + Math.log(sum);
    for (let i = start; i < end; i++) out[i] = x[i] - logSum;
  }
}

export function naiveLogSumExp(x, out, rows, cols) {
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const end = start + cols;
    let max = -Infinity;
    for (let i = start; i < end; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.exp(x[i] - max);
    out[row] = max + Math.log(sum);
  }
}

export function naiveCrossEntropy(x, labels, rows, cols) {
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const end = start + cols;
    let max = -Infinity;
    for (let i = start; i < end; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = start; i < end; i++) sum += Math.exp(x[i] - max);
    loss += Math.log(sum) + max - x[start + labels[row]];
  }
  return loss / rows;
}

export function naiveCrossEntropyGradient(x, labels, gradient, rows, cols) {
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const end = start + cols;
    let max = -Infinity;
    for (let i = start; i < end; i++) if (x[i] > max) max = x[i];
    let sum = 0;
    for (let i = start; i < end; i++) {
      const y = Math.exp(x[i] - max);
      gradient[i] = y;
      sum += y;
    }
    const scale = 1 / (sum * rows);
    for (let i = start; i < end; i++) gradient[i] *= scale;
    gradient[start + labels[row]] -= 1 / rows;
    loss += Math.log(sum) + max - x[start + labels[row]];
  }
  return loss / rows;
}

export function naiveArgmax(x, ids, rows, cols) {
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    let best = 0;
    for (let i = 1; i < cols; i++) if (x[start + i] > x[start + best]) best = i;
    ids[row] = best;
  }
}

/** Keeps the k largest in order while it walks the row: no sort. */
export function naiveTopK(x, k, values, indices, rows, cols) {
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    const first = row * k;
    const last = first + k - 1;
    values.fill(-Infinity, first, last + 1);
    for (let i = 0; i < cols; i++) {
      const value = x[start + i];
      if (!(value > values[last])) continue;
      let at = last;
      for (; at > first && value > values[at - 1]; at--) {
        values[at] = values[at - 1];
        indices[at] = indices[at - 1];
      }
      values[at] = value;
      indices[at] = i;
    }
  }
}

/** By the inverse of the cumulative distribution. */
export function naiveSample(x, ids, logProbs, rows, cols) {
  const weights = new Float64Array(cols);
  for (let row = 0; row < rows; row++) {
    const start = row * cols;
    let max = -Infinity;
    for (let i = 0; i < cols; i++) if (x[start + i] > max) max = x[start + i];
    let sum = 0;
    for (let i = 0; i < cols; i++) {
      weights[i] = Math.exp(x[start + i] - max);
      sum += weights[i];
    }
    let rest = Math.random() * sum - weights[0];
    let id = 0;
    while (rest >= 0 && id < cols - 1) rest -= weights[++id];
    ids[row] = id;
    logProbs[row] = x[start + id] - max - Math.log(sum);
  }
}

/** Of the nucleus of the k largest, as JS libraries do: a sort of all indices, a walk. */
export function sampleBySorting(x, rows, cols, k, topP) {
  const ids = new Int32Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = x.subarray(r * cols, (r + 1) * cols);
    const order = new Uint32Array(cols).map((_, i) => i).sort((a, b) => row[b] - row[a]);
    const weights = Array.from(order.subarray(0, k), (i) => Math.exp(row[i] - row[order[0]]));
    const total = weights.reduce((a, b) => a + b);
    let kept = 0;
    let mass = 0;
    while (kept < k && mass < topP * total) mass += weights[kept++];
    let i = 0;
    for (let rest = Math.random() * mass - weights[0]; rest > 0 && i < kept - 1; ) rest -= weights[++i];
    ids[r] = order[i];
  }
  return ids;
}

/** Along axis 1 of `[outer, cols, inner]`, in the order of the memory. */
export function naiveSoftmaxAlong(x, out, outer, cols, inner) {
  const max = new Float32Array(inner);
  const sum = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    const slab = o * cols * inner;
    max.fill(-Infinity);
    sum.fill(0);
    for (let c = 0, at = slab; c < cols; c++) {
      for (let i = 0; i < inner; i++, at++) if (x[at] > max[i]) max[i] = x[at];
    }
    for (let c = 0, at = slab; c < cols; c++) {
      for (let i = 0; i < inner; i++, at++) {
        const y = Math.exp(x[at] - max[i]);
        out[at] = y;
        sum[i] += y;
      }
    }
    for (let c = 0, at = slab; c < cols; c++) {
      for (let i = 0; i < inner; i++, at++) out[at] /= sum[i];
    }
  }
}

/** The same of argmax. */
export function naiveArgmaxAlong(x, ids, outer, cols, inner) {
  const max = new Float32Array(inner);
  ids.fill(0);
  for (let o = 0; o < outer; o++) {
    const slab = o * cols * inner;
    const first = o * inner;
    max.fill(-Infinity);
    for (let c = 0, at = slab; c < cols; c++) {
      for (let i = 0; i < inner; i++, at++) {
        if (x[at] > max[i]) {
          max[i] = x[at];
          ids[first + i] = c;
        }
      }
    }
  }
}
