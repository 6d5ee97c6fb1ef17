// Threads need shared memory, which browsers give to isolated pages alone.
const headers = [
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' },
];

export default {
  headers: async () => [{ source: '/:path*', headers }],
  // The test's own: where the page sends what it found, and where the project's dependencies are.
  rewrites: async () => [{ source: '/sent', destination: process.env.REPORT_URL }],
  turbopack: { root: process.env.PROJECTS_ROOT },
};
