import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface SliderProps {
  readonly label: ComponentChildren;
  /** A signal, or what behaves like one. */
  readonly value: { value: number };
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly format: (value: number) => string;
  readonly colour?: string;
  /** What the two ends mean. */
  readonly ends?: readonly [string, string];
}

/** A number to be dragged, with its value beside its name. */
export function Slider({ label, value, min, max, step, format, colour, ends }: SliderProps) {
  const id = useId();
  const text = format(value.value);
  return (
    <div class="slider">
      <div class="slider-head">
        <label for={id}>{label}</label>
        <output for={id}>{text}</output>
      </div>
      <input
        id={id}
        type="range"
        {...{ min, max, step }}
        style={{ accentColor: colour }}
        value={value.value}
        aria-valuetext={text}
        onInput={(event) => {
          value.value = Number(event.currentTarget.value);
        }}
      />
      {ends && (
        <div class="slider-ends" aria-hidden="true">
          <span>{ends[0]}</span>
          <span>{ends[1]}</span>
        </div>
      )}
    </div>
  );
}
