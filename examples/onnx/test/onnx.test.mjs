// The examples on ONNX Runtime itself, native and in WebAssembly, with models made here; against float64.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readPicture, writePicture } from '../picture.mjs';
import { classifierModel, segmentationModel } from './models.mjs';

const folder = mkdtempSync(join(tmpdir(), 'onnx-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);
const example = (name, ...args) =>
  execFileSync(process.execPath, [fileURLToPath(new URL(`../${name}`, import.meta.url)), ...args], {
    encoding: 'utf8',
  });

const WIDTH = 7;
const HEIGHT = 5;
const rgb = Uint8Array.from({ length: 3 * WIDTH * HEIGHT }, (_, i) => (i * 89 + (i % 7) * 31) % 256);
writePicture(at('picture.ppm'), { width: WIDTH, height: HEIGHT, rgb });

/** Probabilities in float64. */
function exactSoftmax(logits) {
  const most = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - most));
  const total = powers.reduce((sum, x) => sum + x, 0);
  return powers.map((x) => x / total);
}

const dot = (weights, colour) => weights.reduce((sum, w, i) => sum + w * colour[i], 0);

for (const runtime of ['onnxruntime-node', 'onnxruntime-web']) {
  describe(runtime, () => {
    test('segmentation.mjs: the class of each pixel, in its colour', () => {
      const weights = [
        [-6, -6, -6],
        [6, -3, -3],
        [-3, 6, -3],
        [-3, -3, 6],
        [2, 2, 2],
      ];
      const bias = [7, 0, 0, 0, -2];
      const palette = [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [128, 128, 0],
        [0, 0, 128],
      ];
      writeFileSync(at('model.onnx'), segmentationModel(weights, bias, HEIGHT, WIDTH));

      example('segmentation.mjs', at('model.onnx'), at('picture.ppm'), at('out.ppm'), runtime);

      const out = readPicture(at('out.ppm'));
      assert.deepEqual([out.width, out.height], [WIDTH, HEIGHT]);
      const found = new Set();
      for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) {
        const colour = [...rgb.subarray(3 * pixel, 3 * pixel + 3)].map((value) => value / 255);
        const p = exactSoftmax(weights.map((row, id) => dot(row, colour) + bias[id]));
        const id = p.indexOf(Math.max(...p));
        found.add(id);
        const got = [...out.rgb.subarray(3 * pixel, 3 * pixel + 3)];
        const wanted = palette[id].map((value) => Math.round(p[id] * value));
        for (const [part, value] of got.entries())
          assert.ok(Math.abs(value - wanted[part]) <= 1, `pixel ${pixel}: ${got}`);
      }
      assert.ok(found.size >= 4, `only the classes ${[...found]}`);
    });

    test('classify.mjs: the five most probable, most probable first', () => {
      const names = ['red', 'green', 'blue', 'yellow', 'cyan', 'magenta', 'white', 'black'];
      const weights = names.map((_, i) => [4 * Math.cos(i), 3 * Math.sin(2 * i), 2 * Math.cos(3 * i + 1)]);
      writeFileSync(at('model.onnx'), classifierModel(weights, HEIGHT, WIDTH));
      writeFileSync(at('names.txt'), `${names.join('\n')}\n`);

      const text = example('classify.mjs', at('model.onnx'), at('picture.ppm'), at('names.txt'), runtime);

      const mean = [0, 1, 2].map((part) => {
        const values = [...rgb].filter((_, i) => i % 3 === part);
        return values.reduce((sum, value) => sum + value / 255, 0) / values.length;
      });
      const p = exactSoftmax(weights.map((row) => dot(row, mean)));
      const ids = p.map((_, id) => id).sort((a, b) => p[b] - p[a]);
      const wanted = ids.slice(0, 5).map((id) => `${(100 * p[id]).toFixed(2).padStart(6)} %  ${names[id]}\n`);
      assert.equal(text, wanted.join(''));
    });
  });
}
