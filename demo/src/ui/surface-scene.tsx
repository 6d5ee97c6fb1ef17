import { effect, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { colourChanges } from '../theme.ts';
import type { SurfaceData } from '../three/surface.ts';
import { Scene } from './scene.tsx';

interface SurfaceSceneProps {
  readonly title: string;
  readonly description: string;
  readonly data: ReadonlySignal<SurfaceData>;
  readonly children?: ComponentChildren;
}

/** Surfaces that follow a signal. */
export function SurfaceScene({ title, description, data, children }: SurfaceSceneProps) {
  return (
    <Scene
      {...{ title, description }}
      load={async () => {
        const { createSurface, SURFACE_CENTRE, SURFACE_FROM } = await import('../three/surface.ts');
        return {
          from: SURFACE_FROM,
          centre: SURFACE_CENTRE,
          start: (view) => {
            const show = createSurface(view);
            return effect(() => {
              colourChanges.value;
              show(data.value);
            });
          },
        };
      }}
    >
      {children}
    </Scene>
  );
}
