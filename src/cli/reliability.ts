/** Reliability diagrams: confidence against accuracy, for a terminal and as SVG. */
import type { Calibration, CalibrationBin } from '../index.ts';

export interface Diagram {
  readonly title: string;
  readonly calibration: Calibration;
}

const BAR_COLUMNS = 40;

/** One line for each bin that has rows: a bar to the accuracy, and a mark at the mean confidence. */
export function textDiagram({ title, calibration }: Diagram): string {
  const lines = calibration.bins.filter(({ count }) => count > 0).map(textBar);
  const head = `${'confidence'.padEnd(14)}${'rows'.padStart(8)}  accuracy ▇, mean confidence │`;
  return [title, head, ...lines].join('\n');
}

function textBar({ low, high, count, accuracy, confidence }: CalibrationBin): string {
  const bar = Array.from({ length: BAR_COLUMNS + 1 }, (_, i): string =>
    i < accuracy * BAR_COLUMNS ? '▇' : ' ',
  );
  bar[Math.round(confidence * BAR_COLUMNS)] = '│';
  const gap = 100 * (accuracy - confidence);
  const range = `${low.toFixed(3)}–${high.toFixed(3)}`;
  const sign = gap < 0 ? '−' : '+';
  return `${range.padEnd(14)}${String(count).padStart(8)}  ${bar.join('')} ${sign}${Math.abs(gap).toFixed(1)} %`;
}

const SIDE = 240;
const MARGIN = { left: 48, top: 56, right: 16, bottom: 44 };
const PANEL_WIDTH = MARGIN.left + SIDE + MARGIN.right;
const HEIGHT = MARGIN.top + SIDE + MARGIN.bottom;

/** The diagrams side by side, in colours for light and dark pages. */
export function svgDiagram(diagrams: readonly Diagram[]): string {
  const width = PANEL_WIDTH * diagrams.length;
  const panels = diagrams.map((diagram, i) => {
    return `<g transform="translate(${i * PANEL_WIDTH + MARGIN.left} ${MARGIN.top})">\n${panel(diagram)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img" aria-labelledby="title">
<title id="title">Reliability: accuracy against confidence</title>
<style>
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#1f2328}
.head{font-weight:600}.page{fill:#fff}.bar{fill:#0072b2}.gap{fill:#d55e00;fill-opacity:.35}
.frame{fill:none;stroke:#59636e}.ideal{stroke:#59636e;stroke-dasharray:4 3}
@media (prefers-color-scheme:dark){
text{fill:#f0f6fc}.page{fill:#0d1117}.bar{fill:#56b4e9}.gap{fill:#ff9a4d}.frame,.ideal{stroke:#9198a1}
}
</style>
<rect class="page" width="${width}" height="${HEIGHT}"/>
${panels.join('\n')}
</svg>
`;
}

function panel({ title, calibration }: Diagram): string {
  const { ece, mce, bins } = calibration;
  const at = (share: number): string => (share * SIDE).toFixed(2);
  const rect = (kind: string, x: number, y: number, width: number, height: number): string =>
    `<rect class="${kind}" x="${at(x)}" y="${at(1 - y - height)}" width="${at(width)}" height="${at(height)}"/>`;
  const filled = bins.filter(({ count }) => count > 0);
  const ticks = [0, 0.5, 1].flatMap((tick) => [
    `<text x="${at(tick)}" y="${SIDE + 16}" text-anchor="middle">${tick}</text>`,
    `<text x="-8" y="${at(1 - tick)}" dy="4" text-anchor="end">${tick}</text>`,
  ]);
  return [
    `<text class="head" y="-36">${escapeXml(title)}</text>`,
    `<text y="-16">ECE ${ece.toFixed(4)}, MCE ${mce.toFixed(4)}</text>`,
    ...filled.map(({ low, high, accuracy }) => rect('bar', low, 0, high - low, accuracy)),
    ...filled.map(({ low, high, accuracy, confidence }) => {
      return rect('gap', low, Math.min(accuracy, confidence), high - low, Math.abs(accuracy - confidence));
    }),
    `<line class="ideal" x1="0" y1="${SIDE}" x2="${SIDE}" y2="0"/>`,
    `<rect class="frame" width="${SIDE}" height="${SIDE}"/>`,
    ...ticks,
    `<text x="${SIDE / 2}" y="${SIDE + 36}" text-anchor="middle">confidence</text>`,
    `<text transform="translate(-34 ${SIDE / 2}) rotate(-90)" text-anchor="middle">accuracy</text>`,
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
