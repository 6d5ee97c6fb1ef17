/** The sections, in order, and which of them is being read. */
import { signal } from '@preact/signals';

/** Its id, and its name in the navigation. */
export const CONTENTS: readonly (readonly [string, string])[] = [
  ['scores', 'Scores'],
  ['beta', 'β tables'],
  ['curves', 'Curves'],
  ['gaussians', 'Gaussians'],
  ['space', 'Space'],
  ['loss', 'Loss'],
  ['paths', 'Paths'],
  ['attention', 'Attention'],
  ['race', 'Race'],
  ['yours', 'Your logits'],
];

/** The section under the middle of the window; none at the top. */
export const current = signal('');

export function followReading(): void {
  const inView = new Set<string>();
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) inView.add(target.id);
        else inView.delete(target.id);
      }
      current.value = CONTENTS.find(([id]) => inView.has(id))?.[0] ?? '';
    },
    { rootMargin: '-40% 0px -59% 0px' },
  );
  for (const [id] of CONTENTS) {
    const section = document.getElementById(id);
    if (section) observer.observe(section);
  }
}
