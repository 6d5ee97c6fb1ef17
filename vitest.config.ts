import { availableParallelism } from 'node:os';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { provider } from './tools/matrix/vitest-provider.mjs';

const all = ['test/**/*.test.ts'];
/** Tests that need Node's modules, files or processes; all others run in browsers, too. */
const needNode = ['test/**/*.node.test.ts'];

const node: TestProjectInlineConfiguration = {
  test: { name: 'node', include: all, testTimeout: 60_000, hookTimeout: 60_000 },
};

/** TEST_BROWSER=Chromium, Firefox or WebKitGTK. */
const inBrowser = (name: string): TestProjectInlineConfiguration => ({
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  test: {
    name: 'browser',
    include: all,
    exclude: needNode,
    testTimeout: 60_000,
    browser: {
      enabled: true,
      ui: false,
      screenshotFailures: false,
      provider,
      instances: [{ browser: name }],
    },
  },
});

/** What takes longest begins first, so that all cores end together. (On a clean checkout vitest goes by the files' sizes.) */
const LONGEST =
  /\/(copies|threads|axis|operations|sample|outputs|elements|docs|cli|fallback|chain)\.(node\.)?test\.ts$/;
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): number => Number(LONGEST.test(moduleId));
    return sorted.sort((a, b) => isLong(b) - isLong(a));
  }
}

const { TEST_BROWSER } = process.env;
export default defineConfig({
  test: {
    projects: [TEST_BROWSER ? inBrowser(TEST_BROWSER) : node],
    // All cores: by itself vitest leaves one alone.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
  },
});
