/** The pictures of section 5, side by side and turned together. */
import { effect, type ReadonlySignal } from '@preact/signals';
import { percent } from '../format.ts';
import { colourChanges } from '../theme.ts';
import type { SpacePicture } from '../three/space.ts';
import { ClassMark } from '../ui/class-mark.tsx';
import { Scene } from '../ui/scene.tsx';
import { TableScroll } from '../ui/section.tsx';
import { centred, inputs, moveTo, outputs, p, viewpoint } from './space-model.ts';

interface PictureProps {
  readonly title: string;
  readonly description: string;
  readonly data: ReadonlySignal<SpacePicture>;
  readonly dragged?: boolean;
}

function Picture({ title, description, data, dragged }: PictureProps) {
  return (
    <Scene
      {...{ title, description }}
      hint={
        dragged
          ? 'Drag the point. Drag around it, or use the arrow keys, to turn both.'
          : 'It turns with the other.'
      }
      load={async () => {
        const { createSpace, SPACE_CENTRE } = await import('../three/space.ts');
        return {
          from: viewpoint.peek(),
          centre: SPACE_CENTRE,
          start: (view) => {
            const show = createSpace(view, dragged ? ({ x, y, z }) => moveTo([x, y, z]) : undefined);
            view.onTurn((offset) => {
              viewpoint.value = offset;
            });
            const stops = [
              effect(() => {
                colourChanges.value;
                show(data.value);
              }),
              effect(() => view.lookFrom(viewpoint.value)),
            ];
            return () => {
              for (const stop of stops) stop();
            };
          },
        };
      }}
    >
      {!dragged && <Numbers />}
    </Scene>
  );
}

export function Pictures() {
  return (
    <div class="charts">
      <Picture
        title="Scores, less their mean"
        description="Directions from the middle, one for each class; regions where each class leads; a point at the present scores."
        data={inputs}
        dragged
      />
      <Picture
        title="Their probabilities: the simplex"
        description="A triangle, a tetrahedron or the shadow of a five-cell, with everything from the other picture as softmax maps it."
        data={outputs}
      />
    </div>
  );
}

function Numbers() {
  return (
    <TableScroll label="The point in numbers">
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col">score less the mean</th>
            <th scope="col">probability</th>
          </tr>
        </thead>
        <tbody>
          {centred.value.map((score, i) => (
            <tr key={String(i)}>
              <th scope="row">
                <ClassMark index={i} /> {i + 1}
              </th>
              <td class="num">{score.toFixed(2).replace('-', '−')}</td>
              <td class="num">{percent(p.value[i])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
