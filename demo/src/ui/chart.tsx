import type * as PlotModule from '@observablehq/plot';
import { effect, useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { draggable } from './draggable.ts';
import { useReached } from './reached.ts';

type Plot = typeof PlotModule;

/** A point of a chart to be moved sideways, by pointer or by arrow keys. */
interface Handle {
  readonly label: string;
  /** A signal, or what behaves like one. */
  readonly value: { value: number };
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Where the point is drawn. */
  readonly at: () => { readonly x: number; readonly y: number };
  /** The value that puts the point at this x; by default x itself. */
  readonly fromX?: (x: number) => number;
  readonly text: (value: number) => string;
}

interface ChartProps {
  readonly title: string;
  /** What there is to see, for those who cannot. */
  readonly description: string;
  readonly height: number;
  /** Reads signals, and is called again when they change. */
  readonly draw: (plot: Plot, width: number) => PlotModule.PlotOptions;
  readonly handle?: Handle;
}

/** A plot in two dimensions; the library is loaded when the first one comes near. */
export function Chart({ title, description, height, draw, handle }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const reached = useReached(frame);
  const [plot, setPlot] = useState<Plot>();
  const width = useSignal(0);
  const scales = useSignal<{ x: PlotModule.Scale; y: PlotModule.Scale } | undefined>(undefined);

  useEffect(() => {
    if (reached) void import('@observablehq/plot').then((module) => setPlot(() => module));
  }, [reached]);
  useEffect(() => {
    const element = frame.current as HTMLDivElement;
    const observer = new ResizeObserver(([{ contentRect }]) => {
      width.value = Math.round(contentRect.width);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [width]);
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    if (!plot) return;
    return effect(() => {
      if (width.value === 0) return;
      const options = latest.current(plot, width.value);
      const element = plot.plot({
        ...{ height, width: width.value, ariaLabel: title, ariaDescription: description },
        ...{ marginLeft: 48, marginRight: 16, marginTop: 24, marginBottom: 40, ...options },
        style: {
          background: 'none',
          color: 'inherit',
          font: 'inherit',
          fontSize: '13px',
          overflow: 'visible',
        },
      });
      element.setAttribute('role', 'img');
      // An image has one name; its parts have none.
      for (const part of element.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
      host.current?.replaceChildren(element);
      const [x, y] = [element.scale('x'), element.scale('y')];
      scales.value = x && y ? { x, y } : undefined;
    });
  }, [plot, width, scales, height, title, description]);

  return (
    <div class="chart">
      <p class="chart-title">{title}</p>
      <div class="chart-frame" data-frame ref={frame} style={{ minHeight: `${height}px` }}>
        <div ref={host} />
        {handle && scales.value && <HandleKnob {...{ handle, scales: scales.value }} />}
      </div>
    </div>
  );
}

function HandleKnob({
  handle,
  scales,
}: {
  handle: Handle;
  scales: { x: PlotModule.Scale; y: PlotModule.Scale };
}) {
  const { label, value, min, max, step, at, fromX = (x) => x, text } = handle;
  const { x, y } = at();
  const props = draggable({
    ...{ label, min, max, step, value: value.value, text: text(value.value) },
    set: (next) => {
      value.value = next;
    },
    at: (px) => fromX(Number(scales.x.invert?.(px))),
  });
  return (
    <div class="knob" style={{ left: `${scales.x.apply(x)}px`, top: `${scales.y.apply(y)}px` }} {...props} />
  );
}
