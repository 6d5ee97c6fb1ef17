// The chart of throughput over row length, as SVG for light and dark pages. No library: two logarithmic axes,
// one line per contender, its name at the line's end.

const WIDTH = 860;
const HEIGHT = 480;
const PLOT = { left: 56, right: 700, top: 56, bottom: 424 };

/** Colour on a light and on a dark page (Okabe and Ito's, safe for colour-blind readers), and emphasis. */
const STYLE = {
  'relaxed-simd': { light: '#0072b2', dark: '#56b4e9', ours: true },
  'relaxed-simd, 256 bits': { light: '#003a63', dark: '#b3dcff', ours: true },
  simd: { light: '#b34a00', dark: '#ff9a4d', ours: true },
  js: { light: '#00795a', dark: '#2fcf9f', ours: true },
  'naive JS': { light: '#6b7280', dark: '#9ca3af', dash: '2 4' },
  copy: { light: '#9aa1ab', dark: '#6b7280', dash: '8 4' },
  'tfjs-wasm': { light: '#a8467f', dark: '#e08cc0', dash: '6 3' },
  'onnxruntime-web': { light: '#8a6d00', dark: '#d9c04a', dash: '6 3' },
  'onnxruntime-node': { light: '#7a5230', dark: '#c69a6f', dash: '6 3' },
  'transformers.js': { light: '#5b5fc7', dark: '#a5a8ff', dash: '6 3' },
};
const OTHER = { light: '#444b55', dark: '#c5cad3', dash: '1 3' };

/** @param {{ rows: import('../../bench/rows.mjs').Row[], machine: string, engine: string }} results */
export function drawChart({ rows, machine, engine }) {
  const points = rows.filter(({ operation }) => operation === 'softmax' || operation === 'copy');
  const names = [...new Set(points.map(({ name }) => name))];
  const x = logScale(extent(points, 'cols'), [PLOT.left, PLOT.right]);
  const [low, high] = extent(points, 'gelem');
  const y = logScale([low / 1.4, high * 1.25], [PLOT.bottom, PLOT.top]);
  const series = names.map((name, index) => {
    const line = points.filter((point) => point.name === name).sort((a, b) => a.cols - b.cols);
    const path = line.map(({ cols, gelem }) => `${x(cols).toFixed(1)},${y(gelem).toFixed(1)}`);
    return { name, index, path, end: y(line.at(-1).gelem) };
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title">
<title id="title">Throughput of softmax over row length</title>
${styleSheet(names)}
<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="8"/>
<text class="title" x="20" y="28">Softmax throughput over row length</text>
<text class="note" x="20" y="46">billion elements per second, one thread, about 262 144 elements per call, data in place · both axes logarithmic</text>
${grid(x, y, extent(points, 'cols'), low, high)}
${series.map(({ index, path }) => `<polyline class="line s${index}" points="${path.join(' ')}"/>`).join('\n')}
${labels(series)}
<text class="note" x="${(PLOT.left + PLOT.right) / 2}" y="${PLOT.bottom + 36}" text-anchor="middle">columns per row</text>
<text class="note" x="20" y="${HEIGHT - 8}">${escapeXml(`${machine.split(', ')[0]}, ${engine}`)}</text>
</svg>
`;
}

function extent(points, key) {
  const values = points.map((point) => point[key]);
  return [Math.min(...values), Math.max(...values)];
}

function logScale([from, to], [start, end]) {
  const factor = (end - start) / Math.log(to / from);
  return (value) => start + factor * Math.log(value / from);
}

function styleSheet(names) {
  const rules = (theme) =>
    names.map((name, index) => {
      const style = STYLE[name] ?? OTHER;
      const dash = style.dash ? `;stroke-dasharray:${style.dash}` : '';
      const width = style.ours ? 3 : 1.75;
      return `.s${index}{stroke:${style[theme]};stroke-width:${width}${dash}}.t${index}{fill:${style[theme]}}`;
    });
  const ours = names.map((name, index) => (STYLE[name]?.ours ? `.t${index}{font-weight:600}` : ''));
  return `<style>
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}
.title{font-size:16px;font-weight:600}
.line{fill:none;stroke-linejoin:round;stroke-linecap:round}
.page{fill:#fff}.title{fill:#1f2328}.note,.tick{fill:#59636e}.grid{stroke:#d8dee4;stroke-width:1}
${rules('light').join('\n')}
${ours.join('')}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.title{fill:#f0f6fc}.note,.tick{fill:#9198a1}.grid{stroke:#2a313a}
${rules('dark').join('\n')}
}
</style>`;
}

function grid(x, y, [firstCols, lastCols], low, high) {
  const lines = [];
  for (let exponent = Math.floor(Math.log10(low)); 10 ** exponent <= high * 1.25; exponent++) {
    for (const digit of [1, 2, 5]) {
      const value = digit * 10 ** exponent;
      if (value < low / 1.4 || value > high * 1.25) continue;
      const at = y(value).toFixed(1);
      const tick = `<text class="tick" x="${PLOT.left - 8}" y="${at}" dy="4" text-anchor="end">${label(value)}</text>`;
      if (digit === 1)
        lines.push(`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}"/>`);
      lines.push(tick);
    }
  }
  for (let cols = 2; cols <= lastCols; cols *= 8) {
    if (cols < firstCols) continue;
    const at = x(cols).toFixed(1);
    lines.push(`<line class="grid" x1="${at}" x2="${at}" y1="${PLOT.top}" y2="${PLOT.bottom}"/>`);
    const text = cols.toLocaleString('en').replaceAll(',', ' ');
    lines.push(`<text class="tick" x="${at}" y="${PLOT.bottom + 18}" text-anchor="middle">${text}</text>`);
  }
  return lines.join('\n');
}

const label = (value) => String(Number(value.toPrecision(1)));

/** Names at the ends of their lines, moved apart where they would overlap. */
function labels(series) {
  const GAP = 15;
  const sorted = [...series].sort((a, b) => a.end - b.end);
  const places = sorted.map(({ end }) => end);
  for (let i = 1; i < places.length; i++) places[i] = Math.max(places[i], places[i - 1] + GAP);
  for (let i = places.length - 1; i >= 0; i--) {
    const limit = i === places.length - 1 ? PLOT.bottom : places[i + 1] - GAP;
    places[i] = Math.min(places[i], limit);
  }
  return sorted
    .map(({ name, index }, i) => {
      return `<text class="t${index}" x="${PLOT.right + 10}" y="${places[i].toFixed(1)}" dy="4">${escapeXml(name)}</text>`;
    })
    .join('\n');
}

const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
