// The loss of a label, one row at a time.
import { finite, finiteSlope, TINY } from './exp64';
import { largest, largestError, prepare } from './reference';
import { fill, maxF32, rowSum, scaleF32 } from './row';
import { logRatio, sigmoid, softplus } from './scalar';
import { hasSoftmax, logOdds, othersTotal } from './softmax-row';

/** −log p[label], 1 − p[label] and the sum of the other summands: from shortLoss or, if that declines, from logOdds. */
let lossOfLabel: f64 = 0;
let share: f64 = 0;
let total: f64 = 0;

/** Up to so many columns the rounding errors of a sum stay below 2^−34. */
const FEW_COLS: i32 = 256;
/** A sum less its largest summand keeps enough digits while the next is exp(−6) of that or more. */
const LEAD_OF_SHORT: f64 = 6;

/**
 * For a short row, of which a pass costs less than to begin another behind the label: sums all of it. False, and
 * nothing done, if the label's own summand is so large that taking it away would leave too few digits.
 */
function shortLoss(x: usize, label: i32, out: usize, cols: i32, beta: f64): bool {
  if (cols > FEW_COLS) return false;
  const at = (<usize>label) << 2;
  const own = load<f32>(x + at);
  const max = maxF32(x, cols);
  if (!hasSoftmax(max, beta)) return false;
  if (own == max) {
    const next = Math.max(maxF32(x, label), maxF32(x + at + 4, cols - label - 1));
    if (!(finite(beta) * (<f64>max - next) <= LEAD_OF_SHORT)) return false;
  }
  prepare(max, beta);
  const sum = rowSum(x, out, cols, -1, max);
  const exact = largest + largestError;
  const all = sum + largestError;
  // Of a label below the maximum, p is ½ at most: nothing cancels.
  total = own == max ? sum - largest : out ? all - load<f32>(out + at) : all;
  share = total / all;
  lossOfLabel = logRatio(all, exact) + (own == max ? 0 : Math.max(beta, TINY) * (<f64>max - <f64>own));
  return true;
}

/**
 * The whole target on one label: −log p[label] in one pass of exp, and one of scaling for the gradient. `short`: it
 * may be worth trying whether the row is one for shortLoss.
 */
export function labelLoss(
  x: usize,
  label: i32,
  weight: usize,
  gradient: usize,
  cols: i32,
  beta: f64,
  scale: f64,
  short: bool,
): f64 {
  const at = (<usize>label) << 2;
  const w: f64 = weight ? load<f32>(weight + at) : 1;
  let loss: f64 = 0;
  if (!short || !shortLoss(x, label, gradient, cols, beta)) {
    const odds = logOdds(x, gradient, cols, label, beta);
    lossOfLabel = softplus(odds);
    // 1 − p[label], without cancellation.
    share = sigmoid(odds);
    total = odds == -Infinity ? Infinity : othersTotal;
  }
  loss = lossOfLabel;
  if (gradient) {
    if (loss != loss) fill(gradient, cols, NaN);
    else {
      const factor = share == 0.0 ? 0.0 : finiteSlope(scale * w * beta) * share;
      if (total < Infinity) scaleF32(gradient, gradient, cols, factor / total, false);
      else fill(gradient, cols, 0);
      store<f32>(gradient + at, <f32>(0.0 - factor));
    }
  }
  // A target of 0 contributes 0, even of an infinite loss.
  return w == 0.0 && loss == Infinity ? 0.0 : w * loss;
}
