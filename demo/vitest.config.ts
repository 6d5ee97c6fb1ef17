import { defineConfig } from 'vitest/config';
import { library } from './vite.config.ts';

export default defineConfig({
  resolve: { alias: { 'softmax-simd': library } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build.ts',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // The machine may be small, and one test measures.
    maxWorkers: 2,
  },
});
