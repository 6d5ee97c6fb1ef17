/** The project's files, for tests that run in browsers, too: vitest serves them there. */

// Not in one expression, which Vite takes for an asset.
const here = import.meta.url;
const root = new URL('../..', here);

/** @param path from the root */
export async function readBytes(path: string): Promise<ArrayBuffer> {
  const url = new URL(path, root);
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (fs) return new Uint8Array(fs.readFileSync(url)).buffer;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.arrayBuffer();
}
