import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Place, View } from '../three/view.ts';
import { useReached } from './reached.ts';

/** What a scene shows: loaded with the library for three dimensions when the scene comes near. */
interface SceneContent {
  /** Where it is seen from, relative to its centre. */
  readonly from: Place;
  readonly centre: Place;
  /** Draws, and goes on drawing as signals change; gives what ends it. */
  readonly start: (view: View) => () => void;
}

const TURN = 'Drag, or use the arrow keys, to turn it.';

interface SceneProps {
  readonly title: string;
  readonly description: string;
  /** How it is used, if not only turned. */
  readonly hint?: string;
  readonly load: () => Promise<SceneContent>;
  /** The same in numbers, if nothing beside it says them: all there is where a browser has no WebGL. */
  readonly children?: ComponentChildren;
}

export function Scene({ title, description, hint = TURN, load, children }: SceneProps) {
  const frame = useRef<HTMLDivElement>(null);
  const reached = useReached(frame);
  const hintId = useId();
  const [state, setState] = useState<'waiting' | 'drawn' | 'missing'>('waiting');
  const loader = useRef(load);
  useEffect(() => {
    if (!reached) return;
    let end = (): void => {};
    let gone = false;
    void Promise.all([import('../three/view.ts'), loader.current()])
      .then(([{ createView }, { from, centre, start }]) => {
        if (gone || !frame.current) return;
        const view = createView(frame.current, from, centre);
        const stop = start(view);
        end = () => {
          stop();
          view.dispose();
        };
        setState('drawn');
      })
      .catch(() => setState('missing'));
    return () => {
      gone = true;
      end();
    };
  }, [reached]);
  return (
    <figure class="scene-figure">
      <figcaption class="chart-title">{title}</figcaption>
      {state !== 'missing' && (
        <>
          <div
            class="scene"
            ref={frame}
            role="group"
            tabIndex={0}
            aria-label={`${title}. ${description}`}
            aria-describedby={hintId}
            aria-roledescription="three-dimensional figure"
          />
          <p class="hint" id={hintId}>
            {hint}
          </p>
        </>
      )}
      {state === 'missing' && (
        <p class="note" role="status">
          This browser cannot draw in three dimensions (there is no WebGL).
          {children && ' The numbers are below.'}
        </p>
      )}
      {children && (
        <details open={state === 'missing'}>
          <summary>The figure in numbers</summary>
          {children}
        </details>
      )}
    </figure>
  );
}
