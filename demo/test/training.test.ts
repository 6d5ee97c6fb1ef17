/** The training that the page shows, in Node: it learns, and a seed gives its bits again. */
import { loadSync } from 'softmax-simd';
import { expect, test } from 'vitest';
import { digest } from '../src/training/digest.ts';
import { train } from '../src/training/train.ts';

const k = loadSync({ backend: 'simd' });

test.each([
  { optimizer: 'sgd', rate: 0.2 },
  { optimizer: 'adam', rate: 0.01 },
] as const)(
  '$optimizer begins at the origin, learns, and repeats itself bit for bit',
  ({ optimizer, rate }) => {
    const options = { optimizer, rate, seed: 1, steps: 300 };
    const { logits, losses, points, classes } = train(k, options);
    expect([...logits.subarray(0, points * classes)].every((value) => value === 0)).toBe(true);
    expect(losses[0]).toBeCloseTo(Math.log(3), 6);
    const last = logits.subarray(-180);
    let s = 0;
    for (let i = 0; i < 180; i += 3) s = Math.max(s, Math.abs(last[i] + last[i + 1] + last[i + 2]));
    expect(losses[300]).toBeLessThan(0.3);
    expect(digest(train(k, options).logits)).toBe(digest(logits));
  },
);

test('SGD keeps the sum of the logits at 0, as the gradient p − y does; Adam does not', () => {
  const drift = (optimizer: 'sgd' | 'adam', rate: number): number => {
    const { logits, points, classes } = train(k, { optimizer, rate, seed: 1, steps: 100 });
    const last = logits.subarray(-points * classes);
    let most = 0;
    for (let i = 0; i < last.length; i += 3)
      most = Math.max(most, Math.abs(last[i] + last[i + 1] + last[i + 2]));
    return most;
  };
  expect(drift('sgd', 0.2)).toBeLessThan(1e-5);
  expect(drift('adam', 0.01)).toBeGreaterThan(0.1);
});
