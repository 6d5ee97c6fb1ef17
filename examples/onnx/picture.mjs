// Pictures as models take them. PPM, whose bytes are the pixels, stands for whatever decodes a picture.
import { readFileSync, writeFileSync } from 'node:fs';

/** @param {string} path of a PPM (P6, 8 bits a colour) @returns {{ width: number, height: number, rgb: Uint8Array }} */
export function readPicture(path) {
  const bytes = readFileSync(path);
  const header = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 100));
  if (!header) throw new Error(`${path}: expected a PPM (P6, 255)`);
  const [all, width, height] = header;
  return { width: Number(width), height: Number(height), rgb: bytes.subarray(all.length) };
}

export function writePicture(path, { width, height, rgb }) {
  writeFileSync(path, Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), rgb]));
}

/** Colours from 0 to 1, one plane after the other: [1, 3, height, width]. */
export function toPlanes({ width, height, rgb }) {
  const size = width * height;
  const planes = new Float32Array(3 * size);
  for (let at = 0; at < size; at++) {
    for (let colour = 0; colour < 3; colour++) planes[colour * size + at] = rgb[3 * at + colour] / 255;
  }
  return planes;
}
