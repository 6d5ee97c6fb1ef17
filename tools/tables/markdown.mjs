// Markdown of tables, and of what stands below them.

export const unique = (values) => [...new Set(values)];

/** Rows × columns, or a tensor's dimensions. Its spaces do not break. */
export const shapeOf = ({ rows, cols, shape = [rows.toLocaleString('en'), cols] }) =>
  shape.join(' × ').replaceAll(/[, ]/g, '\u00a0');

/** @param {string[]} head @param {string[][]} body the first column is text, the others are figures */
export function table(head, body) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = line(head.map((_, column) => (column === 0 ? ':--' : '--:')));
  return [line(head), rule, ...body.map(line)].join('\n');
}

/** A paragraph of small print: with which command, on what, when, and what else has to be said. @param {string[]} more */
export function source({ command, machine, engine, commit, date }, ...more) {
  const where = [`\`${command}\``, machine, engine, `commit ${commit}`, date.slice(0, 10)].join(' · ');
  return `<sub>${[`${where}.`, ...more].join(' ')}</sub>`;
}

/** A table and its source. @param {any} run @param {string[]} more */
export const withSource = (text, run, ...more) => `${text}\n\n${source(run, ...more)}`;
