// Lets scripts that run against dist/ use the tests' TypeScript, such as the oracle, on engines without type
// stripping: bundles a module into build/ and imports it.
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @type {Map<string, Promise<any>>} */
const modules = new Map();

/** @param {string} path of a module, from the root; it must not import the library other than for its types */
export function importTypeScript(path) {
  // Once: modules that ask for the same at the same time would read what another is just writing.
  const module = modules.get(path) ?? bundle(path);
  modules.set(path, module);
  return module;
}

/** @param {string} path */
async function bundle(path) {
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
