// Lets scripts that run against dist/ use the tests' TypeScript, such as the oracle, on engines without type
// stripping: bundles a module into build/ and imports it.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param {string} path of a module, from the root; it must not import the library other than for its types */
export async function importTypeScript(path) {
  const outfile = `${root}build/${path.replaceAll('/', '-').replace(/\.ts$/, '.mjs')}`;
  await build({
    absWorkingDir: root,
    entryPoints: [path],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
