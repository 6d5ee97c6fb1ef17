import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** What lets a page have shared memory, and so threads. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export const library: string = fileURLToPath(new URL('../dist/index.js', import.meta.url));

/** Where the page will be, for previews of links, which want a full address: `SITE_URL=https://… npm run demo:build`. */
const site: string = process.env.SITE_URL?.replace(/\/?$/, '/') ?? './';

export default defineConfig({
  plugins: [{ name: 'site', transformIndexHtml: (html) => html.replaceAll('%SITE%', site) }],
  // Relative: the folder may be served from anywhere.
  base: './',
  resolve: { alias: { 'softmax-simd': library } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  // Without the preloading of chunks' chunks, whose code every first view would have to load.
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 800,
    modulePreload: false,
    // Apart, since its binaries would lie between its code and the page's, too far for compression to look back.
    rollupOptions: { output: { manualChunks: (id: string) => (id === library ? 'library' : undefined) } },
  },
  server: { headers: isolation, fs: { allow: ['..'] } },
  preview: { headers: isolation },
});
