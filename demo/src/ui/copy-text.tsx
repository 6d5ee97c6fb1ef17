import { useRef, useState } from 'preact/hooks';

/** Text to be taken along. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('copied');
    } catch {
      // Not every page may use the clipboard: select it for the keys that do.
      area.current?.select();
      setSaid('selected: copy it with the keyboard');
    }
  };
  return (
    <div class="copy">
      <div class="copy-head">
        <span>{label}</span>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span role="status" class="soft">
          {said}
        </span>
      </div>
      <textarea
        ref={area}
        readOnly
        rows={Math.min(7, text.split('\n').length)}
        aria-label={label}
        value={text}
        spellcheck={false}
      />
    </div>
  );
}
