// Writes what was measured into the README: tables between <!-- generated:NAME --> and <!-- /generated -->, from
// bench/results/*.json, and the chart bench/results/throughput.svg.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { losses } from '../bench/grid.mjs';
import { drawChart } from './chart.mjs';
import { matrixTable } from './matrix/table.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** @returns {any} one results file, or undefined where it has not been measured */
function results(name) {
  const path = `bench/results/${name}.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

const shapeOf = ({ rows, cols }) => `${rows.toLocaleString('en').replaceAll(',', ' ')} × ${cols}`;
const unique = (values) => [...new Set(values)];

/** @param {string[]} head @param {string[][]} body */
function markdown(head, body) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, column) => (column === 0 ? ':--' : '--:')));
  return [line(head), rule, ...body.map(line)].join('\n');
}

/** Where, on what and how, in one paragraph below a table. */
function source({ machine, engine, commit, command, date, countingRule, versions, compilers }) {
  const used = Object.entries(versions ?? {}).map(([name, version]) => `${name} ${version}`);
  const built = Object.entries(compilers ?? {}).map(([name, compiler]) => `${name}: ${compiler}`);
  return [
    `<sub>\`${command}\` · ${machine} · ${engine} · one thread · commit ${commit} · ${date.slice(0, 10)}.`,
    ...(used.length ? [`${used.join(', ')}.`] : []),
    ...(built.length ? [`${built.join('; ')}.`] : []),
    `${countingRule} Medians.</sub>`,
  ].join(' ');
}

/** Throughput and ratio of one operation: a line per shape, a column per contender. */
function throughput({ rows }, operation, placement, reference) {
  const isHere = (row) =>
    row.operation === operation && (row.placement === placement || row.placement === 'arrays');
  const here = rows.filter(isHere);
  const names = unique(here.map((row) => row.name)).sort((a, b) => order(a) - order(b));
  const body = unique(here.map(shapeOf)).map((shape) => {
    const line = here.filter((row) => shapeOf(row) === shape);
    const best = Math.max(...line.map((row) => row.gelem));
    const cells = names.map((name) => {
      const row = line.find((other) => other.name === name);
      if (!row) return '–';
      const text = row.gelem.toPrecision(row.gelem < 0.01 ? 1 : row.gelem < 0.1 ? 2 : 3);
      const ratio =
        reference && name !== 'naive JS' ? ` (${row[reference].toFixed(row[reference] < 10 ? 1 : 0)}×)` : '';
      return (row.gelem === best ? `**${text}**` : text) + ratio;
    });
    return [shape, ...cells];
  });
  return markdown(['rows × columns', ...names], body);
}

const ORDER = ['relaxed-simd', 'simd', 'js', 'naive JS', 'transformers.js', 'tfjs-wasm', 'onnxruntime-web'];
const order = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

/** Throughput of the copy and what part of it our backends reach. */
function roofline({ rows }) {
  const names = ['relaxed-simd', 'simd', 'js'];
  const copies = rows.filter((row) => row.operation === 'copy');
  const body = copies.map((copy) => {
    const cells = names.map((name) => {
      const row = rows.find(
        (other) =>
          other.name === name &&
          other.operation === 'softmax' &&
          other.placement === 'in place' &&
          shapeOf(other) === shapeOf(copy),
      );
      return row ? `${(100 * row.vsCopy).toFixed(row.vsCopy < 0.1 ? 1 : 0)} %` : '–';
    });
    return [shapeOf(copy), `${copy.gbytes.toFixed(0)} GB/s`, ...cells];
  });
  return markdown(['rows × columns', 'copy', ...names], body);
}

/** The worst error of each contender over all shapes. */
function accuracy({ rows }) {
  const measured = rows.filter((row) => row.operation === 'softmax' && !row.partial);
  const names = unique(measured.map((row) => row.name)).sort((a, b) => order(a) - order(b));
  const worst = (name, from, to) => {
    const errors = measured.filter((row) => row.name === name && row.cols >= from && row.cols < to);
    return errors.length ? String(Math.max(...errors.map((row) => row.error.probabilities))) : '–';
  };
  const body = names.map((name) => [
    name,
    worst(name, 1, 129),
    worst(name, 129, 4097),
    worst(name, 4097, Infinity),
  ]);
  return markdown(['steps from the correctly rounded result', '≤ 128 columns', '≤ 4096', 'more'], body);
}

/** The worst error of softmax over all distributions, by length. */
function accuracyByLength({ cells }) {
  const measured = cells.filter(({ operation }) => operation === 'softmax');
  const names = unique(measured.map(({ contender }) => contender));
  const body = unique(measured.map(({ cols }) => cols)).map((cols) => [
    String(cols),
    ...names.map((name) => {
      const here = measured.filter((cell) => cell.contender === name && cell.cols === cols);
      const worst = Math.max(...here.map((cell) => cell.worst));
      return here.length ? worst.toFixed(worst < 10 ? 2 : 0) : '–';
    }),
  ]);
  return markdown(['columns', ...names], body);
}

/** What the losses cost beside our own softmax, measured in the same rounds. */
function lossesBesideSoftmax({ rows }) {
  const names = ['relaxed-simd', 'simd', 'js'];
  const find = (operation, name, shape) =>
    rows.find(
      (row) =>
        row.operation === operation &&
        row.name === name &&
        row.placement === 'in place' &&
        shapeOf(row) === shape,
    );
  const body = unique(rows.map(shapeOf)).map((shape) => {
    const cells = ['crossEntropy', 'crossEntropy + gradient'].flatMap((operation) =>
      names.map((name) => {
        const ours = find(operation, name, shape);
        const softmax = find('softmax', name, shape);
        return ours && softmax ? `${(softmax.ns / ours.ns).toFixed(2)}×` : '–';
      }),
    );
    return [shape, ...cells];
  });
  const head = ['loss', 'with gradient'].flatMap((operation) => names.map((name) => `${operation}, ${name}`));
  return markdown(['rows × columns', ...head], body);
}

function lost(run) {
  const list = losses(run.rows);
  if (list.length === 0) return 'None.';
  const body = list.map(({ ours, other, ratio }) => {
    return [
      ours.operation,
      shapeOf(ours),
      `${ours.name}, ${ours.placement}`,
      other.name,
      `${ratio.toFixed(2)}×`,
    ];
  });
  return markdown(['operation', 'rows × columns', 'ours', 'faster', 'our throughput is'], body);
}

const bench = results('bench');
const peers = results('peers');
const chart = results('chart');
const exactness = results('accuracy');

const matrix = results('matrix');

/** @type {Record<string, string>} */
const generated = {};
if (bench) {
  generated['bench-softmax'] = `${throughput(bench, 'softmax', 'in place', 'vsNaive')}\n\n${source(bench)}`;
  generated['bench-copied'] = throughput(bench, 'softmax', 'copied', 'vsNaive');
  generated['bench-cross-entropy'] = throughput(bench, 'crossEntropy', 'in place', 'vsNaive');
  generated['bench-gradient'] = throughput(bench, 'crossEntropy + gradient', 'in place', 'vsNaive');
  generated['bench-losses'] = lossesBesideSoftmax(bench);
  generated['bench-copy'] = roofline(bench);
  generated['bench-lost'] = lost(bench);
}
if (peers) {
  generated['peers-softmax'] = `${throughput(peers, 'softmax', 'in place')}\n\n${source(peers)}`;
  generated['peers-copied'] = throughput(peers, 'softmax', 'copied');
  generated['peers-cross-entropy'] = throughput(peers, 'crossEntropy', 'in place');
  generated['peers-accuracy'] = accuracy(peers);
  generated['peers-lost'] = lost(peers);
}
if (exactness) generated.accuracy = `${accuracyByLength(exactness)}\n\n${source(exactness)}`;
if (matrix) {
  const { head, body } = matrixTable(matrix.rows);
  const { machine, commit, command, date } = matrix;
  const where = `\`${command}\` · ${machine} · ${matrix.cores} cores · commit ${commit} · ${date.slice(0, 10)}.`;
  const digests = matrix.rows.reduce((sum, row) => sum + (row.digests ?? 0), 0);
  const same = `${digests} digests of the results of \`simd\` and \`js\` are those of Node.`;
  generated.matrix = `${markdown(head, body)}\n\n<sub>${where} ${same}</sub>`;
}
if (chart) {
  writeFileSync('bench/results/throughput.svg', drawChart(chart));
  console.log('written: bench/results/throughput.svg');
  generated.chart = `![Throughput of softmax over row length](bench/results/throughput.svg)\n\n${source(chart)}`;
}

const files = process.argv.slice(2);
for (const file of files.length ? files : ['README.md', 'bench/README.md']) {
  if (!existsSync(file)) {
    console.log(`${file}: not there`);
    continue;
  }
  const before = readFileSync(file, 'utf8');
  const after = before.replace(
    /(<!-- generated:([\w-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (all, start, name, end) => {
      if (generated[name] === undefined)
        console.log(`${file}: nothing measured for '${name}', left as it is`);
      return generated[name] === undefined ? all : `${start}${generated[name]}\n${end}`;
    },
  );
  writeFileSync(file, after);
  console.log(`${file}: ${after === before ? 'unchanged' : 'updated'}`);
}
