// Prints the errors: by length, worst (mean) over all distributions; and by distribution, over all lengths.

const format = (value) => (value >= 1000 ? value.toExponential(1) : value.toFixed(2));

/** One table of an operation, its rows by `key`. */
function printTable(cells, names, key, title) {
  const keys = [...new Set(cells.map((cell) => cell[key]))];
  const rows = keys.map((k) => [
    String(k),
    ...names.map((name) => {
      const group = cells.filter((cell) => cell[key] === k && cell.contender === name);
      if (group.length === 0) return '–';
      const worst = group.reduce((most, cell) => Math.max(most, cell.worst), 0);
      const mean = group.reduce((sum, cell) => sum + cell.mean, 0) / group.length;
      return `${format(worst)} (${format(mean)})`;
    }),
  ]);
  const table = [[title, ...names], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    console.log(
      row.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '),
    );
  }
  console.log('');
}

export function printTables(cells, contenders, seed) {
  console.log(`\nErrors in ULP of the exact value, worst (mean); seed ${seed}\n`);
  for (const operation of new Set(cells.map((cell) => cell.operation))) {
    const own = cells.filter((cell) => cell.operation === operation);
    const names = contenders.filter(({ run }) => run[operation]).map(({ name }) => name);
    const unit = operation === 'logSumExp' ? ' (ULP of max(1, |value|))' : '';
    printTable(own, names, 'cols', `${operation}${unit}, by length`);
    printTable(own, names, 'distribution', `${operation}, by distribution`);
  }
}
