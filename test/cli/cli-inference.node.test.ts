/** The commands between logits and answer: apply --op argmax and top-k, sample, calibrate. */

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calibration, crossEntropy, fitTemperature, LLAMA_ORDER, sample, topK } from '../../src/index.ts';
import { useFolder } from '../support/folder.ts';
import { npyOf } from './npy-file.ts';

const { at, put, run } = useFolder('cli-inference');
const LOGITS = resolve('sample/logits.npy');
const LABELS = resolve('sample/labels.npy');
const cols = 256;

function lines(...args: string[]): unknown[] {
  const { code, out, err } = run(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const dataOf = (path: string): ArrayBuffer => {
  const file = readFileSync(path);
  return file.buffer.slice(file.byteOffset + 128, file.byteOffset + file.length) as ArrayBuffer;
};
const headerOf = (path: string): string => readFileSync(path).toString('latin1', 10, 128).trim();
const logits = new Float32Array(dataOf(LOGITS));
const labels = new Int32Array(dataOf(LABELS));

describe('apply', () => {
  it('--op argmax and top-k write int32 indices, and values beside them', () => {
    const [ids, values, first] = ['ids.npy', 'values.npy', 'first.npy'].map((name) => at(name));
    const args = ['--op', 'top-k', '-k', '5', '--out', ids, '--values', values];
    expect(run('apply', LOGITS, ...args, '--quiet')).toEqual({ code: 0, out: '', err: '' });
    const expected = topK(logits, 5, { cols });
    expect(headerOf(ids)).toBe("{'descr': '<i4', 'fortran_order': False, 'shape': (256, 5), }");
    expect(headerOf(values)).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (256, 5), }");
    expect(new Int32Array(dataOf(ids))).toEqual(expected.indices);
    expect(new Float32Array(dataOf(values))).toEqual(expected.values);
    expect(run('apply', LOGITS, '--op', 'argmax', '--out', first).code).toBe(0);
    expect(headerOf(first)).toBe("{'descr': '<i4', 'fortran_order': False, 'shape': (256,), }");
    expect(new Int32Array(dataOf(first))).toEqual(expected.indices.filter((_, i) => i % 5 === 0));
  });

  it('--op hardmax writes float32 of the same shape', () => {
    const out = at('hardmax.npy');
    const x = put(npyOf('<f4', [2, 1, 3], [1, 3, 3, Number.NaN, 0, 0]));
    expect(run('apply', x, '--op', 'hardmax', '--out', out).code).toBe(0);
    expect(headerOf(out)).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 3), }");
    expect([...new Float32Array(dataOf(out))]).toEqual([0, 1, 0, NaN, NaN, NaN]);
  });

  it('--json prints a line for each row', () => {
    const x = put(npyOf('<f4', [2, 3], [1, 3, 2, 5, 4, 5]));
    expect(lines('apply', x, '--op', 'argmax', '--json')).toEqual([
      { row: 0, id: 1 },
      { row: 1, id: 0 },
    ]);
    expect(lines('apply', x, '--op', 'top-k', '-k', '2', '--json')).toEqual([
      { row: 0, ids: [1, 2], values: [3, 2] },
      { row: 1, ids: [0, 2], values: [5, 5] },
    ]);
  });

  it('refuses what makes no sense, and leaves no file', () => {
    const x = put(npyOf('<f4', [2, 2], [1, 3, 2, Number.NaN]));
    const out = at('never.npy');
    for (const [args, message] of [
      [['--op', 'top-k', '--out', out], 'error: apply --op top-k: expected -k K\n'],
      [['--op', 'top-k', '-k', '3', '--out', out], `error: -k 3: expected at most the 2 classes of ${x}\n`],
      [
        ['--op', 'argmax', '-k', '1', '--out', out],
        'error: apply --op argmax: -k and --values are for top-k\n',
      ],
      [['--op', 'argmax'], "error: apply --op argmax: expected '--out <OUT.npy>' or '--json'\n"],
      [
        ['--op', 'softmax', '--json', '--out', out],
        'error: apply --op softmax: --json is for argmax and top-k\n',
      ],
      [
        ['--op', 'argmax', '--temperature', '2', '--out', out],
        'error: apply --op argmax: the temperature changes nothing\n',
      ],
      [
        ['--op', 'argmax', '--out', out],
        `error: ${x}: row 1: expected logits below Infinity, got NaN in column 1\n`,
      ],
    ] as const) {
      expect(run('apply', x, ...args)).toEqual({ code: 2, out: '', err: message });
    }
    expect(run('apply', x, '--op', 'top-k', '-k', '0', '--out', out).code).toBe(2);
    expect(readdirSync(at()).filter((name) => /never|tmp/.test(name))).toEqual([]);
  });
});

interface Drawn {
  id: number;
  logProb: number;
  alternatives: { id: number; logProb: number }[];
}

describe('sample', () => {
  const draw = { temperature: 0.8, topK: 50, topP: 0.9, minP: 0.01, seed: 7 };
  const options = '--temperature 0.8 --top-k 50 --top-p 0.9 --min-p 0.01 --seed 7'.split(' ');
  const { ids, logProbs } = sample(logits, { ...draw, cols });

  it('prints rows, ids and log-probabilities, as text and as JSON', () => {
    const { code, out, err } = run('sample', LOGITS, ...options);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const expected = Array.from(ids, (id, row) => `${row}\t${id}\t${logProbs[row].toPrecision(7)}\n`);
    const drawn = (text: string): string[] => text.split('\n').map((line) => line.split('\t', 2).join());
    expect(drawn(out)).toEqual(drawn(expected.join('')));
    const json = lines('sample', LOGITS, ...options, '--json') as { id: number; logProb: number }[];
    expect(json.map(({ id }) => id)).toEqual([...ids]);
    json.forEach(({ logProb }, row) => {
      expect(logProb).toBeCloseTo(logProbs[row], 5);
    });
  });

  it('writes ids, and continues a stream', () => {
    const out = at('sampled.npy');
    expect(run('sample', LOGITS, ...options, '--out', out)).toEqual({ code: 0, out: '', err: '' });
    expect(new Int32Array(dataOf(out))).toEqual(ids);
    const half = put(npyOf('<f4', [128, 256], [...logits.subarray(128 * cols)]));
    expect(run('sample', half, ...options, '--first-row', '128', '--out', out).code).toBe(0);
    expect(new Int32Array(dataOf(out))).toEqual(ids.subarray(128));
  });

  it('takes all filters, an order, and prints alternatives of either distribution', () => {
    const filters = '--typical-p 0.9 --top-n-sigma 2 --xtc 0.5,0.1 --top-k 300 --order llama'.split(' ');
    const rest = ['--temperature', '0.8', '--seed', '7', '--logprobs', 'processed', '--alternatives', '3'];
    const wanted = sample(logits, {
      ...{ cols, seed: 7, temperature: 0.8, typicalP: 0.9, topNSigma: 2, topK: 300, order: LLAMA_ORDER },
      ...{ xtc: { probability: 0.5, threshold: 0.1 }, logProbs: 'processed', alternatives: 3 },
    });
    const json = lines('sample', LOGITS, ...filters, ...rest, '--json') as Drawn[];
    expect(json.map(({ id }) => id)).toEqual([...wanted.ids]);
    const alternatives = wanted.alternatives!.ids;
    json.forEach((line, row) => {
      const left = [...alternatives.subarray(3 * row, 3 * row + 3)].filter((id) => id >= 0);
      expect(line.alternatives.map(({ id }) => id)).toEqual(left);
      expect(line.logProb).toBeCloseTo(wanted.logProbs[row], 5);
    });
    const { out } = run('sample', LOGITS, ...filters, ...rest);
    const [first] = out.split('\n');
    const [{ id, logProb, alternatives: others }] = json;
    const texts = others.map((other) => `${other.id}:${other.logProb.toPrecision(7)}`);
    expect(first).toBe(['0', id, logProb.toPrecision(7), ...texts].join('\t'));
    const args = ['--order', 'top-k,temperature', '--top-k', '2', '--top-p', '0', '--logprobs', 'none'];
    const { ids: two } = sample(logits, { cols, seed: 7, topK: 2 });
    expect(run('sample', LOGITS, ...args, '--seed', '7').out).toBe(
      Array.from(two, (drawn, row) => `${row}\t${drawn}\n`).join(''),
    );
  });

  it('refuses bad options and bad rows, and leaves no file', () => {
    const x = put(npyOf('<f4', [2, 2], [1, 3, -Infinity, -Infinity]));
    const out = at('unsampled.npy');
    const badFilters = [
      '--xtc 0.5',
      '--xtc 0.5,2',
      '--xtc 1,x',
      '--order top-q',
      '--order top-k,top-k',
    ].concat(...['--typical-p 2', '--top-n-sigma -1', '--logprobs cooked', '--alternatives 0']);
    expect(run('sample', x, '--out', out)).toEqual({
      code: 2,
      out: '',
      err: `error: ${x}: row 1: expected a logit above -Infinity, got none\n`,
    });
    for (const bad of ['--top-p 1.5', '--top-p x', '--min-p -1', '--top-k 0', '--seed 1.5', ...badFilters]) {
      const { code, err } = run('sample', x, ...bad.split(' '), '--out', out);
      expect(code, bad).toBe(2);
      expect(err.split('\n').length, bad).toBe(2);
    }
    expect(readdirSync(at()).filter((name) => /unsampled|tmp/.test(name))).toEqual([]);
  });
});

describe('calibrate', () => {
  const fitted = fitTemperature(logits, labels, { cols });

  it('prints the figures of the library as JSON, also for other data', () => {
    const half = put(npyOf('<f4', [128, 256], [...logits.subarray(128 * cols)]));
    const halfLabels = put(npyOf('<i8', [128], [...labels.subarray(128)]));
    const { code, out, err } = run('calibrate', LOGITS, LABELS, '--json', '--apply', half, halfLabels);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { temperature, results } = JSON.parse(out);
    expect(temperature).toBe(fitted.temperature);
    expect(results.length).toBe(2);
    for (const [i, from] of [0, 128].entries()) {
      const [x, y] = [logits.subarray(from * cols), labels.subarray(from)];
      for (const [when, t] of [
        ['before', 1],
        ['after', temperature],
      ]) {
        const { nll, bins, ...figures } = results[i][when];
        expect(nll).toBeCloseTo(crossEntropy(x, y, { cols, temperature: t }), 6);
        const { bins: expectedBins, ...expected } = calibration(x, y, { cols, temperature: t });
        // Counts to the last bit; what is summed up block by block within 1e-12.
        expect(figures).toMatchObject({ temperature: t, accuracy: expected.accuracy });
        for (const name of ['ece', 'mce', 'brier'] as const) {
          expect(Math.abs(figures[name] / expected[name] - 1), name).toBeLessThan(1e-12);
        }
        for (const [b, { confidence, ...counts }] of expectedBins.entries()) {
          expect(bins[b]).toMatchObject(JSON.parse(JSON.stringify(counts)));
          expect(Math.abs((bins[b].confidence ?? 0) - (confidence || 0))).toBeLessThan(1e-12);
        }
      }
    }
  });

  it('prints for people, with a diagram', () => {
    const { code, out } = run('calibrate', LOGITS, LABELS, '--bins', '5');
    expect(code).toBe(0);
    expect(out).toContain(`temperature  ${fitted.temperature.toPrecision(7)}\n`);
    expect(out).toMatch(/\nNLL \(nats\) +1\.494985 +1\.\d{6}\nECE +0\.\d{6} +0\.\d{6}\nMCE .*\nBrier .*\n/);
    expect(out.match(/^0\.\d{3}–\d\.\d{3} .*[▇│].*%$/gm)?.length).toBe(10);
  });

  it('--svg writes both diagrams', () => {
    const svg = at('r.svg');
    expect(run('calibrate', LOGITS, LABELS, '--svg', svg).code).toBe(0);
    const text = readFileSync(svg, 'utf8');
    expect(text).toMatch(/^<svg [^>]*>\n<title/);
    expect(text.trimEnd()).toMatch(/<\/svg>$/);
    expect(text.match(/<g /g)?.length).toBe(2);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('refuses bad input, and leaves no file', () => {
    const svg = at('never.svg');
    const p = put(npyOf('<f4', [2, 2], [0.25, 0.75, 0.5, 0.5]));
    const y = put(npyOf('<i4', [2], [0, 1]));
    const none = put(npyOf('<i4', [2], [-100, -100]));
    const nan = put(npyOf('<f4', [2, 2], [1, 2, Number.NaN, 0]));
    for (const [args, message] of [
      [[p, y], /^error: .*: fitTemperature\w*: logits must not be probabilities.*\n$/],
      [[nan, y], /^error: .*: row 1: expected logits below Infinity, got NaN in column 0\n$/],
      [[p, none], /^error: .*: expected at least one row that counts, got none\n$/],
      [
        [LOGITS, LABELS, '--apply', LOGITS],
        /^error: --apply: expected LOGITS.npy LABELS.npy, got 1 paths\n$/,
      ],
      [[LOGITS, LABELS, '--apply', p, LABELS], /^error: .*: expected one label for each of the 2 rows.*\n$/],
      [[LOGITS, LABELS, '--bins', '0'], /^error: .*--bins.*\n$/],
    ] as const) {
      const { code, out, err } = run('calibrate', ...args, '--svg', svg);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(message);
    }
    expect(readdirSync(at()).filter((name) => /never|tmp/.test(name))).toEqual([]);
  });
});
