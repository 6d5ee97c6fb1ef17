/** The built page in Chromium. */
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from '../tools/browser.mjs';
import { serve } from '../tools/serve.mjs';

export const FOLDER: string = fileURLToPath(new URL('../dist', import.meta.url));
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

interface PageOptions extends BrowserContextOptions {
  /** Serve with the headers that allow shared memory; the default. */
  readonly isolated?: boolean;
  readonly prefix?: string;
  readonly hash?: string;
}

/** A page, and what it complained about. */
export interface OpenPage {
  readonly page: Page;
  readonly url: string;
  readonly complaints: string[];
  /** Addresses of everything it asked for. */
  readonly requests: string[];
  close(): Promise<void>;
}

let browser: Browser | undefined;

async function launch(): Promise<Browser> {
  browser ??= await launchChromium();
  return browser;
}

export async function openPage({
  isolated,
  prefix,
  hash = '',
  ...options
}: PageOptions = {}): Promise<OpenPage> {
  const chromium = await launch();
  const server = await serve(FOLDER, { isolated, prefix });
  const page = await chromium.newPage(options);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(server.url + hash);
  await page.locator('[data-test=hero]').waitFor();
  return {
    ...{ page, url: server.url, complaints, requests },
    async close() {
      await page.context().close();
      server.close();
    },
  };
}

export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** Back to what the page shows at first, without loading it again. */
export async function reset(page: Page): Promise<void> {
  await page.evaluate(() => {
    history.replaceState(null, '', location.pathname);
    dispatchEvent(new HashChangeEvent('hashchange'));
  });
}

/** The cells of a table's rows, as they read: of inputs what they hold. */
export function readTable(page: Page, name: string): Promise<string[][]> {
  return page.locator(`[data-test=${name}] tr`).evaluateAll((rows) =>
    rows.map((row) =>
      Array.from((row as HTMLTableRowElement).cells, (cell) => {
        const input = cell.querySelector('input');
        return (input ? input.value : (cell.textContent ?? '')).replace(/\u00a0/g, ' ').trim();
      }),
    ),
  );
}

/** Moves a slider by its label, as a person with a keyboard would. */
export async function slide(
  page: Page,
  label: RegExp,
  key: 'Home' | 'End' | 'ArrowRight' | 'ArrowLeft',
): Promise<void> {
  const slider = page.getByRole('slider', { name: label });
  await slider.focus();
  await slider.press(key);
}

/** Scrolls through the whole page, so that everything has been reached. */
export async function scrollThrough(page: Page): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (let y = 0; y < height + 2000; y += 600) {
    await page.evaluate(async (top) => {
      scrollTo({ top, behavior: 'instant' });
      // What is reached is told with the next frames.
      for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    }, y);
  }
}
