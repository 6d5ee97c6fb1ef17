/** Reliability: how often answers of a confidence are right, and how many there are. */
import type { Figures } from '../files/worker.ts';
import { Chart } from '../ui/chart.tsx';

/** Below this width of the chart there is no room for the counts as numbers. */
const ROOMY = 420;

export function Reliability({ figures, title }: { figures: Figures; title: string }) {
  return (
    <div>
      <Chart
        key={title}
        title={title}
        description={`Accuracy over confidence in ${figures.bins.length} bins; the dashed diagonal is perfect calibration.`}
        height={280}
        draw={(plot) => {
          const bins = figures.bins.filter(({ count }) => count > 0);
          return {
            x: { label: null, domain: [0, 1], tickFormat: () => '' },
            y: { label: 'accuracy', domain: [0, 1], grid: true },
            marks: [
              plot.rect(bins, {
                x1: 'low',
                x2: 'high',
                y1: 0,
                y2: 'accuracy',
                fill: 'var(--class-1)',
                fillOpacity: 0.6,
                inset: 0.5,
              }),
              plot.link([{}], { x1: 0, y1: 0, x2: 1, y2: 1, strokeDasharray: '4 4', stroke: 'currentColor' }),
              plot.ruleX(bins, {
                x: 'confidence',
                y1: 'accuracy',
                y2: 'confidence',
                stroke: 'var(--class-2)',
                strokeWidth: 2,
              }),
              plot.dot(bins, { x: 'confidence', y: 'confidence', r: 2.5, fill: 'var(--class-2)' }),
              plot.ruleY([0]),
            ],
          };
        }}
      />
      <Counts {...{ figures, title }} />
    </div>
  );
}

function Counts({ figures, title }: { figures: Figures; title: string }) {
  return (
    <Chart
      key={title}
      title="Rows by confidence"
      description={`How many rows fall into each of ${figures.bins.length} bins of confidence.`}
      height={130}
      draw={(plot, width) => {
        const bins = figures.bins.filter(({ count }) => count > 0);
        return {
          x: { label: 'confidence', domain: [0, 1] },
          y: { label: null, ticks: 3 },
          marks: [
            plot.rect(bins, {
              x1: 'low',
              x2: 'high',
              y1: 0,
              y2: 'count',
              fill: 'var(--line-strong)',
              inset: 0.5,
            }),
            ...(width < ROOMY
              ? []
              : [
                  plot.text(bins, {
                    ...{ x: ({ low, high }) => (low + high) / 2, y: 'count', dy: -7, fontSize: 11 },
                    text: ({ count }) => String(count),
                  }),
                ]),
            plot.ruleY([0]),
          ],
        };
      }}
    />
  );
}
