/** What makes an element a point of a plane: dragged anywhere, moved by arrow keys. */
import type { HTMLAttributes } from 'preact';

interface DraggablePoint {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  /** Both coordinates go from −reach to reach, over the whole frame; y grows upwards. */
  readonly reach: number;
  readonly step: number;
  readonly text: string;
  readonly set: (x: number, y: number) => void;
}

const MOVES: Record<string, readonly [number, number]> = {
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] },
};

export function draggablePoint(point: DraggablePoint): HTMLAttributes<HTMLDivElement> {
  const { label, x, y, reach, step, text, set } = point;
  const snap = (value: number): number =>
    Number((Math.round(Math.max(-reach, Math.min(value, reach)) / step) * step).toFixed(6));
  return {
    role: 'slider',
    tabIndex: 0,
    'aria-label': label,
    'aria-valuemin': -reach,
    'aria-valuemax': reach,
    'aria-valuenow': x,
    'aria-valuetext': text,
    onPointerDown(event) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      event.currentTarget.focus({ preventScroll: true });
      event.preventDefault();
    },
    onPointerMove(event) {
      const { currentTarget, pointerId, clientX, clientY } = event;
      const frame = currentTarget.closest('[data-frame]')?.getBoundingClientRect();
      if (!frame || !currentTarget.hasPointerCapture(pointerId)) return;
      const share = { x: (clientX - frame.left) / frame.width, y: (clientY - frame.top) / frame.height };
      set(snap((2 * share.x - 1) * reach), snap((1 - 2 * share.y) * reach));
    },
    onKeyDown(event) {
      const ends: Record<string, readonly [number, number]> = {
        ...{ Home: [-reach, y], End: [reach, y], PageDown: [x, -reach], PageUp: [x, reach] },
      };
      const move = MOVES[event.key];
      const [nx, ny] = ends[event.key] ?? (move ? [x + move[0] * step, y + move[1] * step] : []);
      if (nx === undefined || ny === undefined) return;
      event.preventDefault();
      set(snap(nx), snap(ny));
    },
  };
}
