/** Light or dark: as the system says, unless somebody chose. */
import { effect, signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

export const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
const KEY = 'theme';

export const theme = signal<Theme>(stored());

/** Counts the changes of colours, for what cannot follow them by CSS. */
export const colourChanges = signal(0);

function stored(): Theme {
  try {
    return THEMES.find((name) => name === localStorage.getItem(KEY)) ?? 'auto';
  } catch {
    // Where storage is forbidden, the choice lasts as long as the page.
    return 'auto';
  }
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {}
  colourChanges.value = colourChanges.peek() + 1;
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => colourChanges.value++);
