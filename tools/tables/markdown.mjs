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

/**
 * A paragraph of small print: with which command, on what, when, and what else has to be said.
 * @param {{ machine?: string, engine?: string }} known what the document has said before, and is not repeated
 * @param {string[]} more
 */
export function source({ command, machine, engine, commit, date }, known = {}, ...more) {
  const where = [machine !== known.machine && machine, engine !== known.engine && engine].filter(Boolean);
  const parts = [`\`${command}\``, ...where, `commit ${commit}`, date.slice(0, 10)];
  return `<sub>${[`${parts.join(' · ')}.`, ...more].join(' ')}</sub>`;
}

/** A table and its source. @param {any} run @param {string[]} more */
export const withSource = (text, run, ...more) => `${text}\n\n${source(run, {}, ...more)}`;

/** The same in a document that begins with the source of another run. @param {any} run @param {string[]} more */
export const withSourceAfter = (first, text, run, ...more) => `${text}\n\n${source(run, first, ...more)}`;
