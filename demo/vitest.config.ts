import { defineConfig } from 'vitest/config';
import { library } from './vite.config.ts';

export default defineConfig({
  resolve: { alias: { 'softmax-simd': library } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build.ts',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // One browser at a time: the machine may be small, and one test measures.
    fileParallelism: false,
  },
});
