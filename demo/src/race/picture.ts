/** A card as a picture to be saved. Loaded when somebody wants one. */
import { grouped, significant } from '../format.ts';
import { cssColour } from '../ui/css-colour.ts';
import { type Card, gigaElements, ratioOf } from './card.ts';

const [WIDTH, HEIGHT] = [1200, 630];

/** A picture of the card, of the size that previews of links have. */
function drawCard({ device, heats }: Card): HTMLCanvasElement {
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

export function saveCard(card: Card): void {
  drawCard(card).toBlob((blob) => {
    if (!blob) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = 'softmax-race.png';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  });
}
