// Where the package ran: from bench/results/matrix.json.
import { matrixTable } from '../matrix/table.mjs';
import { table, unique, withSource, withSourceAfter } from './markdown.mjs';

/** @typedef {import('../matrix/run.mjs').Row} Row */

/** The full table, its other paths counted, bundlers and what gives no time in one line each. @param {Row[]} rows */
function short(rows) {
  const { head, body: own } = matrixTable(rows.filter(({ bundler }) => !bundler));
  const bundled = matrixTable(rows.filter(({ bundler }) => bundler)).body;
  const [timed, tools] = [own.filter(isTimed), own.filter((cells) => !isTimed(cells))];
  const lines = [...timed];
  if (bundled.length) {
    const names = column(bundled, 0).map((name) => name.replace(/ .*/, ''));
    const first = unique(column(bundled, 1)).join('; ');
    lines.push([names.join(', '), first, range(column(bundled, 2)), column(bundled, 3).join('; '), '–']);
  }
  if (tools.length) {
    const paths = [...column(tools, 1), ...column(tools, 3)].join('; ');
    lines.push([column(tools, 0).join(', '), '–', '–', paths, '–']);
  }
  const body = lines.map(([name, first, ms, paths, suite]) => [name, first, ms, count(paths), suite]);
  const [host, first, ms, , suite] = head;
  return table([host, first, ms, 'other paths', suite], body);
}

/** @param {string[]} cells of matrixTable */
const isTimed = ([, , ms]) => ms !== '–';
/** @param {string[][]} lines @param {number} index */
const column = (lines, index) => lines.map((cells) => cells[index]);

/** @param {string[]} times such as '12 ms' */
function range(times) {
  const numbers = times.map((time) => Number.parseFloat(time));
  return `${Math.min(...numbers)} to ${Math.max(...numbers)} ms`;
}

/** How many of a cell's paths are right. @param {string} paths */
function count(paths) {
  const all = paths.split('; ').filter((path) => path !== '–');
  const right = all.filter((path) => path.endsWith('✓')).length;
  return all.length === 0 ? '–' : right === all.length ? `${right} ✓` : `**${right} of ${all.length}**`;
}

/** @param {{ chart: any, matrix: any }} results */
export function runtimeBlocks({ chart, matrix }) {
  const { head, body } = matrixTable(matrix.rows);
  const digests = matrix.rows.reduce((sum, row) => sum + (row.digests ?? 0), 0);
  const same = `${digests} digests of the results of \`simd\` and \`js\` are those of Node.`;
  return {
    'matrix-short': withSourceAfter(chart, short(matrix.rows), matrix),
    matrix: withSource(table(head, body), matrix, `${matrix.cores} cores.`, same),
  };
}
