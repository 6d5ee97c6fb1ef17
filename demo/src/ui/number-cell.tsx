import { useState } from 'preact/hooks';
import { parse } from '../format.ts';

interface NumberCellProps {
  readonly label: string;
  readonly text: string;
  /** Takes the number; a reason if it cannot be. */
  readonly onCommit: (value: number) => string | undefined;
  /** Takes it while it is being typed, too. */
  readonly live?: boolean;
  readonly width?: number;
  /** What arrow keys and, once it is in use, the wheel add. */
  readonly step?: number;
}

/** A cell of a table that can be written into: Enter or leaving it takes the number, Escape the old one. */
export function NumberCell({ label, text, onCommit, live = false, width, step }: NumberCellProps) {
  const [draft, setDraft] = useState<string>();
  const [fault, setFault] = useState<string>();
  const commit = (typed: string): void => {
    const value = parse(typed);
    setFault((value === undefined ? 'a number is needed' : onCommit(value)) ?? undefined);
  };
  const add = (steps: number): void => {
    const value = parse(draft ?? text);
    if (!step || value === undefined) return;
    setDraft(undefined);
    setFault(onCommit(Number((value + steps * step).toFixed(6))));
  };
  return (
    <span class="cell">
      <input
        class="number"
        inputMode="text"
        autocomplete="off"
        spellcheck={false}
        style={{ '--chars': width ?? Math.max(4.5, (draft ?? text).length + 1) }}
        aria-label={label}
        aria-invalid={fault !== undefined}
        title={fault}
        value={draft ?? text}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          setDraft(typed);
          if (live && parse(typed) !== undefined) commit(typed);
        }}
        onKeyDown={(event) => {
          if (step && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
            event.preventDefault();
            add(event.key === 'ArrowUp' ? 1 : -1);
          }
          if (event.key === 'Enter' && draft !== undefined) commit(draft);
          if (event.key === 'Escape') setFault(undefined);
          if (event.key === 'Enter' || event.key === 'Escape') setDraft(undefined);
        }}
        onWheel={(event) => {
          if (!step || document.activeElement !== event.currentTarget) return;
          event.preventDefault();
          add(-Math.sign(event.deltaY));
        }}
        onBlur={() => {
          if (draft !== undefined && draft !== text) commit(draft);
          setDraft(undefined);
        }}
      />
      {fault && (
        <span class="fault" role="alert">
          {fault}
        </span>
      )}
    </span>
  );
}
