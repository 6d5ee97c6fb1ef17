// Throughput: from bench/results/bench.json, peers.json, engines.json, inference.json, chain.json, half.json,
// width.json and uses.json.
import { formatTime } from '../../bench/report.mjs';
import { losses } from '../../bench/rows.mjs';
import { shapeOf, table, unique, withSource, withSourceAfter } from './markdown.mjs';

const OURS = ['relaxed-simd', 'simd', 'js'];
const ORDER = [...OURS, 'naive JS', 'transformers.js', 'tfjs-wasm', 'onnxruntime-web', 'onnxruntime-node'];
/** For the compact table: short, middling and long rows, and a tensor; a bundle's rivals and the native one. */
const FEW_SHAPES = [
  ...[
    [1, 10],
    [300_000, 3],
    [10_000, 16],
    [256, 1024],
    [1, 131_072],
  ].map(([rows, cols]) => shapeOf({ rows, cols })),
  shapeOf({ shape: [1, 21, 512, 512] }),
];
const FEW_NAMES = ORDER.filter((name) => name !== 'transformers.js');

const order = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
const figure = (gelem) => gelem.toPrecision(gelem < 0.01 ? 1 : gelem < 0.1 ? 2 : 3);
const times = (ratio) => `${ratio.toFixed(ratio < 0.1 ? 2 : ratio < 10 ? 1 : 0)}×`;

/**
 * One operation: a line per shape, a column per contender, the fastest in bold. Rows, unless shapes are named, or
 * tensors along an axis.
 * @param {{ operation: string, placement: string, vsNaive?: boolean, along?: boolean, shapes?: string[], names?: string[] }} what
 */
function throughput({ rows }, { operation, placement, vsNaive, along = false, shapes, names }) {
  const here = rows.filter(
    (row) =>
      row.operation === operation &&
      (row.placement === placement || row.placement === 'arrays') &&
      (shapes !== undefined || (row.shape !== undefined) === along) &&
      (!names || names.includes(row.name)),
  );
  const columns = unique(here.map((row) => row.name)).sort((a, b) => order(a) - order(b));
  const lines = unique(here.map(shapeOf)).filter((shape) => !shapes || shapes.includes(shape));
  const body = lines.map((shape) => {
    const line = here.filter((row) => shapeOf(row) === shape);
    const best = Math.max(...line.map((row) => row.gelem));
    const cells = columns.map((name) => {
      const row = line.find((other) => other.name === name);
      if (!row) return '–';
      const text = row.gelem === best ? `**${figure(row.gelem)}**` : figure(row.gelem);
      return vsNaive && name !== 'naive JS' ? `${text} (${times(row.vsNaive)})` : text;
    });
    return [shape, ...cells];
  });
  return table([along ? 'shape' : 'rows × columns', ...columns], body);
}

const oursAt = ({ rows }, operation, name, shape) =>
  rows.find(
    (row) =>
      row.operation === operation &&
      row.name === name &&
      row.placement === 'in place' &&
      shapeOf(row) === shape,
  );

/** What part of a copy's throughput softmax reaches. */
function besideCopy(run) {
  const body = run.rows
    .filter(({ operation }) => operation === 'copy')
    .map((copy) => [
      shapeOf(copy),
      `${copy.gbytes.toFixed(0)} GB/s`,
      ...OURS.map((name) => {
        const row = oursAt(run, 'softmax', name, shapeOf(copy));
        return row ? `${(100 * row.vsCopy).toFixed(row.vsCopy < 0.1 ? 1 : 0)} %` : '–';
      }),
    ]);
  return table(['rows × columns', 'copy', ...OURS], body);
}

/** What logarithms and losses cost beside our own softmax, measured in the same rounds: a cell has all backends. */
function lossesBesideSoftmax(run) {
  const operations = ['logSumExp', 'logSoftmax', 'crossEntropy', 'crossEntropy + gradient'];
  const rows = run.rows.filter(({ operation }) => operation === 'crossEntropy');
  const body = unique(rows.map(shapeOf)).map((shape) => [
    shape,
    ...operations.map((operation) =>
      OURS.map((name) => {
        const [other, softmax] = [operation, 'softmax'].map((wanted) => oursAt(run, wanted, name, shape));
        return other && softmax ? (softmax.ns / other.ns).toFixed(2) : '–';
      }).join(' / '),
    ),
  ]);
  return table(['rows × columns', ...operations], body);
}

/** Choosing from short rows: nanoseconds a row. */
function choosingFromShort({ rows }) {
  const here = rows.filter(
    ({ operation, placement, shape }) =>
      ['argmax', 'topK', 'sample'].includes(operation) && placement !== 'copied' && !shape,
  );
  const lineOf = (row) => `${row.operation}, ${shapeOf(row)}`;
  const columns = unique(here.map(({ name }) => name)).sort((a, b) => order(a) - order(b));
  const body = unique(here.map(lineOf))
    .sort((a, b) => a.split(',')[0].localeCompare(b.split(',')[0]))
    .map((line) => [
      line,
      ...columns.map((name) => {
        const row = here.find((other) => lineOf(other) === line && other.name === name);
        if (!row) return '–';
        const ns = row.ns / row.rows;
        const text = ns < 1000 ? ns.toPrecision(3) : ns.toFixed(0);
        return name === 'naive JS' ? text : `${text} (${times(row.vsNaive)})`;
      }),
    ]);
  return table(['ns a row', ...columns], body);
}

/** Every row in which something else is faster. */
function lost(run) {
  const list = losses(run.rows);
  if (list.length === 0) return 'None.';
  const body = list.map(({ ours, other, ratio }) => [
    ours.operation,
    shapeOf(ours),
    `${ours.name}, ${ours.placement}`,
    other.name,
    `${ratio.toFixed(2)}×`,
  ]);
  return table(['operation', 'rows × columns', 'ours', 'faster', 'our throughput is'], body);
}

/** Choosing from logits: a line per kind of logits, shape and contender, a column per operation. */
function choosing({ rows }) {
  const operations = unique(rows.map(({ operation }) => operation)).sort(
    (a, b) => Number(a.startsWith('sample')) - Number(b.startsWith('sample')),
  );
  const lineOf = ({ kind, name, ...shape }) => `${kind}, ${shapeOf(shape)}, ${name}`;
  const body = unique(rows.map(lineOf)).map((line) => {
    const here = rows.filter((row) => lineOf(row) === line);
    const cells = operations.map((operation) => here.find((row) => row.operation === operation));
    return [line, ...cells.map((row) => (row ? figure(row.gelem) : '–'))];
  });
  return table(['logits, rows × columns', ...operations], body);
}

/** Softmax in place: a line for each engine and shape. */
function byEngine({ engines }) {
  const body = engines.flatMap(({ engine, version, rows }) =>
    unique(rows.map(shapeOf)).map((shape) => [
      `${engine.replace(/ \d+$/, '')} ${version}, ${shape}`,
      ...[...OURS, 'naive JS'].map((name) => {
        const row = rows.find((other) => other.name === name && shapeOf(other) === shape);
        if (!row) return '–';
        return name === 'naive JS' ? figure(row.gelem) : `${figure(row.gelem)} (${times(row.vsNaive)})`;
      }),
    ]),
  );
  return table(['engine, rows × columns', ...OURS, 'naive JS'], body);
}

/** From logits to a token: a line for each step or chain, a column for each contender. */
function chain({ rows }) {
  const names = unique(rows.map(({ name }) => name));
  const lineOf = ({ title, operation }) => `${title.replaceAll(' x ', ' × ')}: ${operation}`;
  const body = unique(rows.map(lineOf)).map((line) => [
    line,
    ...names.map((name) => {
      const row = rows.find((other) => lineOf(other) === line && other.name === name);
      if (!row) return '–';
      const share =
        row.timeVsSoftmax && row.operation !== 'softmax' ? ` (${row.timeVsSoftmax.toFixed(2)})` : '';
      return `${formatTime(row.ns)}${share}`;
    }),
  ]);
  return table(['logits, rows × columns', ...names], body);
}

/** Half precision, as a share of the throughput of float32 copied, or in place. */
function halfPrecision({ rows }) {
  const backends = unique(rows.map(({ backend }) => backend));
  const lineOf = ({ way, ...shape }) => `${shapeOf(shape)}, ${way}`;
  const body = unique(rows.map(lineOf)).map((line) => [
    line,
    ...backends.map((name) => {
      const row = rows.find((other) => lineOf(other) === line && other.backend === name);
      return `${formatTime(row.ns)} (${row.share.toFixed(2)})`;
    }),
  ]);
  return table(['rows × columns', ...backends], body);
}

/** 128 bits, 256, by how much those are faster, and how near to native code. */
function byWidth({ rows }) {
  const backends = unique(rows.map(({ backend }) => backend));
  const lineOf = ({ operation, ...shape }) => `${operation}, ${shapeOf(shape)}`;
  const body = unique(rows.map(lineOf)).map((line) => [
    line,
    ...backends.map((name) => {
      const { narrowNs, ns, ratio, vsNative } = rows.find(
        (other) => lineOf(other) === line && other.backend === name,
      );
      const share = vsNative ? `, ${Math.round(100 * vsNative)} %` : '';
      return `${formatTime(narrowNs)} → ${formatTime(ns)} (**${ratio.toFixed(2)}×**${share})`;
    }),
  ]);
  return table(['rows × columns', ...backends], body);
}

/** What people bring, beside what one would write instead. */
function uses({ rows }) {
  const body = rows.map(({ use, what, call, instead, ns, insteadNs, ratio }) => [
    `${use}, ${what.replaceAll(' ', '\u00a0')}`,
    call,
    formatTime(ns),
    `${instead}: ${formatTime(insteadNs)}`,
    `**${times(ratio)}**`,
  ]);
  return table(['what you have', 'here', 'takes', 'instead', 'faster'], body);
}

export function speedBlocks(results) {
  const { bench, peers, chart, engines, inference, chain: chained, half, uses: used, width } = results;
  const inPlace = { operation: 'softmax', placement: 'in place' };
  const all = (run, what) => withSource(throughput(run, what), run);
  const vsNaive = true;
  return {
    'speed-short': withSourceAfter(
      chart,
      throughput(peers, { ...inPlace, shapes: FEW_SHAPES, names: FEW_NAMES }),
      peers,
    ),
    'bench-softmax': all(bench, { ...inPlace, vsNaive }),
    'bench-copied': all(bench, { operation: 'softmax', placement: 'copied', vsNaive }),
    'bench-cross-entropy': all(bench, { operation: 'crossEntropy', placement: 'in place', vsNaive }),
    'bench-gradient': all(bench, { operation: 'crossEntropy + gradient', placement: 'in place', vsNaive }),
    'bench-losses': withSource(lossesBesideSoftmax(bench), bench),
    'bench-axis': all(bench, { ...inPlace, along: true, vsNaive }),
    'bench-axis-copied': all(bench, { operation: 'softmax', placement: 'copied', along: true, vsNaive }),
    'bench-axis-argmax': all(bench, { operation: 'argmax', placement: 'in place', along: true, vsNaive }),
    'bench-choosing': withSource(choosingFromShort(bench), bench),
    'bench-copy': withSource(besideCopy(bench), bench),
    'bench-lost': withSource(lost(bench), bench),
    'bench-rule': bench.countingRule,
    'peers-softmax': all(peers, inPlace),
    'peers-copied': all(peers, { operation: 'softmax', placement: 'copied' }),
    'peers-axis': all(peers, { ...inPlace, along: true }),
    'peers-axis-copied': all(peers, { operation: 'softmax', placement: 'copied', along: true }),
    'peers-cross-entropy': all(peers, { operation: 'crossEntropy', placement: 'in place' }),
    'peers-lost': withSource(lost(peers), peers),
    'peers-versions': versions(peers),
    inference: withSource(choosing(inference), inference),
    engines: withSource(byEngine(engines), engines),
    'bench-chain': withSource(chain(chained), chained),
    'bench-half': withSource(halfPrecision(half), half),
    'bench-width': withSource(byWidth(width), width),
    uses: withSourceAfter(chart, uses(used), used, 'Ordinary arrays, copied in and out; one thread.'),
  };
}

/** Which peers, how the C is compiled, and who could not take part. */
function versions({ versions: packages, compilers, skipped }) {
  const used = Object.entries(packages).map(([name, version]) => `\`${name}\` ${version}`);
  const built = Object.entries(compilers).map(([name, compiler]) => `${name}: ${compiler}`);
  const absent = skipped.map(({ name, reason }) => `${name} is missing: ${reason}`);
  return [...used, ...built, ...absent].map((text) => `- ${text}`).join('\n');
}
