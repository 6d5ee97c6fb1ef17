// What ONNX Runtime gives, as it is: logits and int64 labels, against float64.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { argmax, calibration, crossEntropy } from 'softmax-simd';
import { labelsModel } from './models.mjs';

const ROWS = 40;
const COLS = 17;
const x = Float32Array.from({ length: ROWS * COLS }, (_, i) => 3 * Math.sin(i * i + 1));
const cols = COLS;

/** Log-probabilities of each row, in float64. */
const exact = Array.from({ length: ROWS }, (_, row) => {
  const values = Array.from(x.subarray(row * COLS, (row + 1) * COLS));
  const most = Math.max(...values);
  const total = values.reduce((sum, value) => sum + Math.exp(value - most), 0);
  return values.map((value) => value - most - Math.log(total));
});

for (const runtime of ['onnxruntime-node', 'onnxruntime-web']) {
  describe(runtime, async () => {
    const { InferenceSession, Tensor } = await import(runtime);
    const session = await InferenceSession.create(labelsModel(ROWS, COLS), { logSeverityLevel: 3 });
    const { logits, labels } = await session.run({ x: new Tensor('float32', x, [ROWS, COLS]) });

    test('a tensor of labels is a BigInt64Array', () => {
      assert.equal(labels.type, 'int64');
      assert.ok(labels.data instanceof BigInt64Array);
    });

    test('cross-entropy, and its gradient', () => {
      const gradient = new Float32Array(ROWS * COLS);
      const loss = crossEntropy(logits.data, labels.data, { cols, gradient });
      const right = exact.reduce((sum, row, i) => sum - row[Number(labels.data[i])], 0) / ROWS;
      assert.ok(Math.abs(loss - right) <= 4 * 2 ** -24 * right, `${loss}, not ${right}`);
      for (const [i, value] of gradient.entries()) {
        const row = Math.floor(i / COLS);
        const hot = Number(Number(labels.data[row]) === i % COLS);
        const wanted = (Math.exp(exact[row][i % COLS]) - hot) / ROWS;
        assert.ok(Math.abs(value - wanted) <= (4 * 2 ** -23) / ROWS, `${i}: ${value}, not ${wanted}`);
      }
    });

    test('accuracy: the labels are the largest', () => {
      assert.deepEqual([...argmax(logits.data, { cols })], Array.from(labels.data, Number));
      assert.equal(calibration(logits.data, labels.data, { cols }).accuracy, 1);
    });

    test('a label that is no class is named by its row', () => {
      const wrong = labels.data.slice();
      wrong[5] = 17n;
      assert.throws(() => crossEntropy(logits.data, wrong, { cols }), /is 17 in row 5/);
    });
  });
}
