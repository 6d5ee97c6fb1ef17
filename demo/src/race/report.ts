/** The race as plain text, to be pasted elsewhere. */
import { significant } from '../format.ts';
import type { Contender, RaceResult } from './worker.ts';

export function reportText(contenders: readonly Contender[], results: readonly RaceResult[]): string {
  const lines = [
    'softmax-simd: softmax, float32, 10^9 elements per second: median (quartiles), times naive JS',
    `engine: ${navigator.userAgent}`,
    `cores: ${navigator.hardwareConcurrency}, cross-origin isolated: ${crossOriginIsolated ? 'yes' : 'no'}`,
    ...contenders.map(describe),
    '',
  ];
  for (const result of results) {
    const naive = results.find(({ rows, cols }) => rows === result.rows && cols === result.cols);
    const rate = (value: number): string => (value / 1e9).toFixed(3);
    const ratio = naive ? `${(result.median / naive.median).toFixed(1)}x` : '';
    const shape = `${result.rows} x ${result.cols}`;
    lines.push(
      `${shape.padEnd(13)} ${result.name.padEnd(13)} ${rate(result.median)} (${rate(result.low)}-${rate(result.high)})  ${ratio}`,
    );
  }
  return lines.join('\n');
}

function describe({ name, threads, reason, runs }: Contender): string {
  const what = runs ? `${threads} thread${threads === 1 ? '' : 's'}` : 'does not run here';
  return `${name}: ${what}${reason ? ` (${reason})` : ''}`;
}

export function gigaElements(rate: number): string {
  return significant(rate / 1e9);
}
