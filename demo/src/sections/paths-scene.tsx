/** The paths of one optimizer in the space of logits. */
import { effect } from '@preact/signals';
import { fixed } from '../format.ts';
import { colourChanges } from '../theme.ts';
import { digest } from '../training/digest.ts';
import type { OptimizerName } from '../training/optimizers.ts';
import { ClassMark } from '../ui/class-mark.tsx';
import { Scene } from '../ui/scene.tsx';
import { TableScroll } from '../ui/section.tsx';
import { backend, bounds, OPTIMIZER_NAMES, runs, step } from './paths-run.ts';

export function PathScene({ optimizer }: { optimizer: OptimizerName }) {
  return (
    <div data-test={`paths-${optimizer}`}>
      <Scene
        title={`${OPTIMIZER_NAMES[optimizer]}: 60 points in the space of their logits`}
        description="Sixty paths from the origin, with a ball, a cube or a cone at the end by class, and a disc where the logits add up to 0."
        load={async () => {
          const { createPaths, PATHS_CENTRE, PATHS_FROM } = await import('../three/paths.ts');
          return {
            from: PATHS_FROM,
            centre: PATHS_CENTRE,
            start: (view) => {
              const paths = createPaths(view);
              const stops = [
                effect(() => {
                  colourChanges.value;
                  const run = runs.value?.[optimizer];
                  if (!run) return;
                  paths.show(run, bounds.value);
                  paths.at(step.peek());
                }),
                effect(() => paths.at(step.value)),
              ];
              return () => {
                for (const stop of stops) stop();
              };
            },
          };
        }}
      >
        <EndPoints optimizer={optimizer} />
      </Scene>
    </div>
  );
}

function EndPoints({ optimizer }: { optimizer: OptimizerName }) {
  const run = runs.value?.[optimizer];
  if (!run) return <p class="note">Still training.</p>;
  const { points, labels, steps } = run;
  const ends = run.logits.subarray(steps * points * 3);
  return (
    <>
      <p class="note">
        Bits of all logits of the run: <code data-test={`digest-${optimizer}`}>{digest(run.logits)}</code>,
        computed by <code>{backend}</code>.{' '}
        {backend.value === 'simd' && 'This seed and rate give the same on every machine.'}
      </p>
      <TableScroll label={`Logits after ${steps} steps of ${OPTIMIZER_NAMES[optimizer]}`}>
        <table class="compact" data-test={`ends-${optimizer}`}>
          <caption>Logits after {steps} steps</caption>
          <thead>
            <tr>
              <th scope="col">point</th>
              <th scope="col">z₁</th>
              <th scope="col">z₂</th>
              <th scope="col">z₃</th>
            </tr>
          </thead>
          <tbody>
            {Array.from(labels, (label, point) => (
              <tr key={String(point)}>
                <th scope="row">
                  <ClassMark index={label} /> {point + 1}
                </th>
                {[0, 1, 2].map((c) => (
                  <td class="num" key={String(c)} data-value={ends[point * 3 + c]}>
                    {fixed(ends[point * 3 + c], 4)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </>
  );
}
