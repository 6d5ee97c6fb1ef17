// The matrix as a table: a line for each runtime as it comes, with its other paths behind.

/** @typedef {import('./run.mjs').Row} Row */

const FULL = 'full test suite';

/** @param {Row[]} rows @returns {{ head: string[], body: string[][] }} */
export function matrixTable(rows) {
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of rows) {
    const name = row.bundler ? `${row.bundler}, in ${row.runtime}` : nameOf(row);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const body = [...groups].map(([name, [first, ...others]]) => {
    const suite = others.find(({ path }) => path === FULL);
    const paths = others.filter((row) => row !== suite).map((row) => `${shortPath(row)}: ${outcome(row)}`);
    const ms = first.firstResultMs;
    return [
      name,
      `${first.path === 'as it comes' || first.bundler ? '' : `${first.path}: `}${outcome(first)}`,
      ms === undefined ? '–' : `${ms.toFixed(0)} ms`,
      paths.join('; ') || '–',
      suite ? (suite.result === 'ok' ? `${suite.passed} ✓` : `**${suite.result}**`) : '–',
    ];
  });
  return { head: ['host', 'as it comes', 'import to first result', 'other paths', FULL], body };
}

/** With its version, of which the name may have the beginning. @param {Row} row */
function nameOf({ runtime, version = '' }) {
  const [name, major] = runtime.split(' ');
  return version.startsWith(`${major}.`) ? `${name} ${version}` : `${runtime} ${version}`.trim();
}

/** A bundler's name stands in front already. */
const shortPath = ({ path, bundler }) =>
  bundler ? path.replace(/^bundled by \w+(, )?/, '') || 'page' : path;

function outcome({ result, backend, fused, threads }) {
  if (result !== 'ok') return `**${result}**`;
  if (backend === undefined) return '✓';
  return `${backend}${fused === false ? ', not fused' : ''}${threads > 1 ? `, ${threads} threads` : ''} ✓`;
}
