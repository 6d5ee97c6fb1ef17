// Errors: from bench/results/accuracy.json, and of the peers at the shapes they are timed at, from peers.json.
import { table, unique, withSource, withSourceAfter } from './markdown.mjs';

/** Lengths in the compact table. */
const FEW_COLS = [16, 1024, 1048576];

const figure = (ulp) => (ulp < 10 ? ulp.toFixed(2) : ulp < 1e6 ? ulp.toFixed(0) : ulp.toExponential(1));

/** The worst error over all distributions: a line per value of `key`. @param {'cols' | 'operation'} key */
function worst(cells, key) {
  const names = unique(cells.map(({ contender }) => contender));
  const body = unique(cells.map((cell) => cell[key])).map((value) => [
    String(value),
    ...names.map((name) => {
      const here = cells.filter((cell) => cell.contender === name && cell[key] === value);
      return here.length ? figure(Math.max(...here.map((cell) => cell.worst))) : '–';
    }),
  ]);
  return table([key === 'cols' ? 'columns' : key, ...names], body);
}

/** The worst error of each contender over the shapes that were timed. */
function atTimedShapes({ rows }) {
  const measured = rows.filter((row) => row.operation === 'softmax' && !row.partial);
  const body = unique(measured.map((row) => row.name)).map((name) => [
    name,
    ...[
      [1, 129],
      [129, 4097],
      [4097, Infinity],
    ].map(([from, to]) => {
      const here = measured.filter((row) => row.name === name && row.cols >= from && row.cols < to);
      return here.length ? String(Math.max(...here.map((row) => row.error.probabilities))) : '–';
    }),
  ]);
  return table(['steps from the correctly rounded result', '≤ 128 columns', '≤ 4096', 'more'], body);
}

export function accuracyBlocks({ accuracy, chart, peers }) {
  const softmax = accuracy.cells.filter(({ operation }) => operation === 'softmax');
  const few = softmax.filter(({ cols }) => FEW_COLS.includes(cols));
  return {
    'accuracy-short': withSourceAfter(chart, worst(few, 'cols'), accuracy),
    'accuracy-lengths': withSource(worst(softmax, 'cols'), accuracy),
    'accuracy-operations': withSource(worst(accuracy.cells, 'operation'), accuracy),
    'peers-accuracy': withSource(atTimedShapes(peers), peers),
  };
}
