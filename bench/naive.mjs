// What one writes without a library: three loops and Math.exp, on Float32Array.

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
