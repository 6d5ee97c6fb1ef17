// Lets vitest run its tests in any browser that can open an address.
import { defineBrowserProvider } from '@vitest/browser';
import { browsers, openBrowser } from './browsers.mjs';

class SpawnedBrowser {
  name = 'spawned';
  supportsParallelism = false;
  initScripts = [];
  #browser;
  #opened;

  /** @param {{ config: { browser: { name: string } } }} project */
  constructor(project) {
    this.#browser = project.config.browser.name;
  }

  getCommandsContext() {
    return {};
  }

  async openPage(_session, url) {
    this.#opened = openBrowser(this.#browser, url, { env: { JSC_useSharedArrayBuffer: '1' } });
  }

  async close() {
    await this.#opened?.close();
  }
}

export const provider = defineBrowserProvider({
  name: 'spawned',
  supportedBrowser: Object.keys(browsers),
  options: {},
  providerFactory: (project) => new SpawnedBrowser(project),
});
