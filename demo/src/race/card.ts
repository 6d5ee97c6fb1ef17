/** The result of a race as something to be sent on: numbers, device and engine in a few characters. */
import { significant } from '../format.ts';
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
