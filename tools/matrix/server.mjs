// Serves a folder under every policy of headers that the matrix knows, and takes the reports of its pages:
//   /POLICY/any/file, POST /POLICY/any/report
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const csp = (scripts) => ({ 'Content-Security-Policy': `script-src ${scripts}; worker-src 'self'` });

/** @type {Record<string, Record<string, string>>} */
const POLICIES = {
  isolated,
  plain: {},
  csp: { ...isolated, ...csp("'self' 'wasm-unsafe-eval'") },
  'csp-no-wasm': { ...isolated, ...csp("'self'") },
};

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** @param {string} folder */
export async function serve(folder) {
  /** @type {Map<string, (report: any) => void>} */
  const waiting = new Map();
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const [, policy, ...rest] = path.split('/');
    const headers = POLICIES[policy];
    if (request.method === 'POST') {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end();
      waiting.get(path)?.(JSON.parse(Buffer.concat(chunks).toString()));
      return;
    }
    const file = join(folder, ...rest);
    if (!headers || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404, headers ?? {}).end('not found');
      return;
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Cache-Control': 'no-store' });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://localhost:${server.address().port}`;
  return {
    /** The address of a page under a policy, and its report, when it comes. */
    page(policy, path) {
      const url = new URL(`${policy}/${path}`, `${origin}/`);
      const report = new Promise((resolve) => waiting.set(new URL('report', url).pathname, resolve));
      return { url: url.href, report };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
