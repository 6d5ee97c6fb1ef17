import { computed } from '@preact/signals';
import { fixed, percent } from '../format.ts';
import { kernels } from '../kernels.ts';
import { remembered, within } from '../state.ts';
import { Chart } from '../ui/chart.tsx';

const RANGE = 6;
const SAMPLES = 121;

const z = remembered('sz', 1, within(-RANGE, RANGE));

const curve = (() => {
  const x = Float32Array.from({ length: SAMPLES }, (_, i) => ((2 * i) / (SAMPLES - 1) - 1) * RANGE);
  const p = kernels.sigmoid(x);
  const slope = kernels.sigmoidGradient(p, new Float32Array(SAMPLES).fill(1));
  return Array.from(x, (at, i) => ({ x: at, p: p[i], slope: slope[i] }));
})();
const now = computed(() => {
  const p = kernels.sigmoid([z.value]);
  return { p: p[0], slope: kernels.sigmoidGradient(p, Float32Array.of(1))[0] };
});

/** The two-class surface seen from its side: only z₁ − z₂ counts. */
export function SigmoidChart() {
  return (
    <div>
      <Chart
        title="The same for two classes, as a curve: the sigmoid"
        description="An S from 0 to 1 over the difference of two scores, and its derivative, a bump of height ¼ in the middle."
        height={300}
        draw={(plot) => ({
          x: { label: 'z = z₁ − z₂', domain: [-RANGE, RANGE] },
          y: { label: null, domain: [0, 1], grid: true },
          marks: [
            plot.ruleY([0]),
            plot.ruleX([z.value], { stroke: 'var(--ink-soft)', strokeDasharray: '3 4' }),
            plot.areaY(curve, { x: 'x', y: 'slope', fill: 'var(--class-2)', fillOpacity: 0.14 }),
            plot.line(curve, { x: 'x', y: 'slope', stroke: 'var(--class-2)', strokeWidth: 2 }),
            plot.line(curve, { x: 'x', y: 'p', stroke: 'var(--class-1)', strokeWidth: 2.5 }),
            plot.text([{ x: 3.1, y: 0.87 }], {
              ...{ x: 'x', y: 'y', textAnchor: 'start', fontWeight: 600, fill: 'var(--class-1)' },
              text: () => 'σ(z) = p₁',
            }),
            plot.text([{ x: 1.7, y: 0.19 }], {
              ...{ x: 'x', y: 'y', textAnchor: 'start', fontWeight: 600, fill: 'var(--class-2)' },
              text: () => 'σ′(z) = p₁(1 − p₁)',
            }),
          ],
        })}
        handle={{
          label: 'difference of the scores',
          value: z,
          ...{ min: -RANGE, max: RANGE, step: 0.1 },
          at: () => ({ x: z.value, y: now.value.p }),
          text: (value) => `${fixed(value, 1)}, p₁ = ${percent(now.value.p, 1)}`,
        }}
      />
      <p class="readout" data-test="sigmoid" data-value={now.value.p}>
        <span>z = {fixed(z.value, 1)}</span>
        <span>σ(z) = {fixed(now.value.p, 4)}</span>
        <span>σ′(z) = {fixed(now.value.slope, 4)}</span>
      </p>
      <AgreementNote />
    </div>
  );
}

/** That the two agree is computed, not claimed. */
function AgreementNote() {
  const differences = Float32Array.from({ length: 201 }, (_, i) => (i - 100) / 10);
  const pairs = Float32Array.from({ length: 402 }, (_, i) => (i % 2 === 0 ? differences[i >> 1] : 0));
  const p = kernels.softmax(pairs, { cols: 2 });
  const sigmoid = kernels.sigmoid(differences);
  const most = sigmoid.reduce((worst, value, i) => Math.max(worst, Math.abs(value - p[2 * i]) / value), 0);
  return (
    <p class="note">
      softmax([z, 0])₁ and sigmoid(z), computed at 201 places from z = −10 to 10,{' '}
      {most === 0
        ? 'are the same in every bit'
        : `differ by at most ${fixed(most / 2 ** -23, 1)} units in the last place`}
      .
    </p>
  );
}
