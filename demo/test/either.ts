/** The built page in Chromium or in Firefox, driven in one way. */
import puppeteer, { type Page } from 'puppeteer-core';
import { ARGS, EXECUTABLE } from '../tools/browser.mjs';
import { serve } from '../tools/serve.mjs';
import { FOLDER } from './page.ts';

export const BROWSERS = ['chrome', 'firefox'] as const;

export interface EitherPage {
  readonly page: Page;
  /** What it complained about. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/**
 * Without motion of its own, at a size where every control has its place.
 *
 * @param flags of Chromium
 */
export async function openIn(
  name: (typeof BROWSERS)[number],
  hash: string,
  flags: readonly string[] = [],
): Promise<EitherPage> {
  const server = await serve(FOLDER);
  const browser = await puppeteer.launch({
    browser: name,
    headless: true,
    executablePath: name === 'chrome' ? EXECUTABLE : (process.env.FIREFOX ?? '/usr/bin/firefox-esr'),
    args: name === 'chrome' ? [...ARGS, ...flags, '--force-prefers-reduced-motion'] : [],
    extraPrefsFirefox: {
      'ui.prefersReducedMotion': 1,
      'dom.w3c_touch_events.enabled': 1,
    },
    defaultViewport: { width: 1280, height: 900, hasTouch: name === 'chrome' },
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(server.url + hash);
  await page.waitForSelector('[data-test=hero]');
  return {
    ...{ page, complaints },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** Scrolls through the whole page, so that everything has been reached, and waits for what is drawn then. */
export async function reachAll(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += 500) {
      scrollTo({ top: y, behavior: 'instant' });
      for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
  await page.waitForFunction(
    () =>
      document.querySelectorAll('.scene:not([data-drawn])').length === 0 &&
      Array.from(document.querySelectorAll('.chart')).every((chart) => chart.querySelector('svg')) &&
      ['drawn', 'drift'].every((name) => document.querySelector(`[data-test=${name}]`)),
    { timeout: 40_000 },
  );
}
