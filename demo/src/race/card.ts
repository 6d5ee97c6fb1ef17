/** The result of a race as something to be sent on: numbers, device and engine in a few characters, and a picture. */
import { grouped, significant } from '../format.ts';
import { cssColour } from '../ui/css-colour.ts';
import type { HeatResult } from './heat.ts';
import type { Heat } from './worker.ts';

export interface Card {
  /** Browser and processor cores. */
  readonly device: string;
  readonly heats: readonly Heat[];
}

/** The browser by its name and version, and what it says of the device. */
export function thisDevice(): string {
  const agent = navigator.userAgent;
  const [, name, version] =
    /(Firefox|Edg|OPR|Chrome)\/(\d+)/.exec(agent) ?? /(Version)\/([\d.]+).*Safari/.exec(agent) ?? [];
  const browser = { Version: 'Safari', Edg: 'Edge', OPR: 'Opera' }[name] ?? name ?? 'a browser';
  const system = /Android|iPhone|iPad|Windows|Macintosh|CrOS|Linux/.exec(agent)?.[0] ?? 'unknown system';
  return `${browser} ${version ?? ''}, ${system}, ${navigator.hardwareConcurrency ?? 1} cores`;
}

/** As text for the address. */
export function packCard({ device, heats }: Card): string {
  const rate = (value: number): string => String(Math.round(value / 1e5));
  const packed = heats.map(({ rows, cols, results }) =>
    [
      `${rows}x${cols}`,
      ...results.map((r) => [r.name, ...[r.median, r.low, r.high].map(rate), r.turns].join(':')),
    ].join('~'),
  );
  return [device, ...packed].join('|');
}

/** @returns nothing if it is no card */
export function unpackCard(text: string): Card | undefined {
  const [device, ...packed] = text.split('|');
  const heats = packed.map((heat) => {
    const [shape, ...results] = heat.split('~');
    const [rows, cols] = shape.split('x').map(Number);
    return { rows, cols, results: results.map(unpackResult) };
  });
  const good = heats.every(({ rows, cols, results }) => {
    const numbers = results.flatMap(({ median, low, high, turns }) => [median, low, high, turns]);
    return results.length > 0 && [rows, cols, ...numbers].every((value) => value > 0 && value < 1e15);
  });
  return good && heats.length > 0 && device.length < 100 ? { device, heats } : undefined;
}

function unpackResult(text: string): HeatResult {
  const [name, ...numbers] = text.split(':');
  const [median, low, high, turns] = numbers.map(Number);
  return { name: name.slice(0, 30), median: median * 1e5, low: low * 1e5, high: high * 1e5, turns };
}

export function gigaElements(rate: number): string {
  return significant(rate / 1e9);
}

/** How many times as fast as the first, naive JS. */
export function ratioOf({ results }: Heat, { median }: HeatResult): number {
  return median / results[0].median;
}

const [WIDTH, HEIGHT] = [1200, 630];

/** A picture of the card, of the size that previews of links have. */
export function drawCard({ device, heats }: Card): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const colour = (name: string): string => `rgb(${cssColour(name).join(' ')})`;
  const write = (text: string, x: number, y: number, font: string, ink = '--ink'): void => {
    context.font = `${font} "Inter Variable", system-ui, sans-serif`;
    context.fillStyle = colour(ink);
    context.fillText(text, x, y);
  };
  context.fillStyle = colour('--panel');
  context.fillRect(0, 0, WIDTH, HEIGHT);
  write('softmax in this browser', 60, 96, '650 52px');
  write(device, 60, 142, '400 26px', '--ink-soft');
  const fastest = Math.max(...heats.flatMap(({ results }) => results.map(({ median }) => median)));
  const lines = heats.reduce((sum, { results }) => sum + results.length + 1, 0);
  const height = Math.min(52, (HEIGHT - 220) / lines);
  const size = `${Math.round(height * 0.52)}px`;
  let y = 178;
  for (const heat of heats) {
    y += height;
    write(`${grouped(heat.rows)} × ${grouped(heat.cols)}`, 60, y - height * 0.3, `600 ${size}`);
    for (const result of heat.results) {
      y += height;
      const base = y - height * 0.3;
      write(result.name, 60, base, `400 ${size}`);
      const width = (560 * result.median) / fastest;
      context.fillStyle = colour(result === heat.results[0] ? '--line-strong' : '--class-1');
      context.fillRect(320, y - height * 0.86, Math.max(2, width), height * 0.72);
      write(`${significant(ratioOf(heat, result), 2)}×`, 900, base, `650 ${size}`);
      write(`${gigaElements(result.median)}·10⁹/s`, 985, base, `400 ${size}`, '--ink-soft');
    }
  }
  write(
    'elements per second, median; times naive JS · softmax-simd',
    60,
    HEIGHT - 24,
    '400 20px',
    '--ink-soft',
  );
  return canvas;
}
