/** Classes are told apart by colour and by mark, never by colour alone. */
export const CLASS_COLOURS: readonly string[] = [1, 2, 3, 4, 5].map((n) => `var(--class-${n})`);
export const CLASS_MARKS = ['●', '■', '▲', '◆', '★'] as const;

export function ClassMark({ index }: { index: number }) {
  return (
    <span class="mark" aria-hidden="true" style={{ color: CLASS_COLOURS[index % 5] }}>
      {CLASS_MARKS[index % 5]}
    </span>
  );
}
