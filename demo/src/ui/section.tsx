import type { ComponentChildren } from 'preact';

interface SectionProps {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Section({ id, number, title, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        <span class="section-number" aria-hidden="true">
          {number}
        </span>
        {title}
      </h2>
      {children}
    </section>
  );
}

interface SplitProps {
  readonly figure: ComponentChildren;
  readonly children: ComponentChildren;
}

/** Text, and the figure that it speaks of: side by side where there is room, else one below the other. */
export function Split({ figure, children }: SplitProps) {
  return (
    <div class="split">
      <div class="split-text">{children}</div>
      <div class="split-figure">{figure}</div>
    </div>
  );
}

/** Something to see and to touch. */
export function Panel({ children, label }: { children: ComponentChildren; label: string }) {
  return (
    <div class="panel" role="group" aria-label={label}>
      {children}
    </div>
  );
}

/** A table that scrolls by itself where the page is narrow. */
export function TableScroll({ children, label }: { children: ComponentChildren; label: string }) {
  return (
    <div class="table-scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
