/** The same page in Firefox: a smoke run. */
import puppeteer from 'puppeteer-core';
import { loadSync } from 'softmax-simd';
import { expect, test } from 'vitest';
import { digest } from '../src/training/digest.ts';
import { train } from '../src/training/train.ts';
import { serve } from '../tools/serve.mjs';
import { FOLDER } from './page.ts';

test('Firefox computes the same, trains and races, without errors', async () => {
  const server = await serve(FOLDER);
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
  });
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${server.url}#paths?shapes=1`);
  const text = (selector: string): Promise<string> =>
    page.$eval(selector, (element) => element.textContent ?? '');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect((await text('[data-test=scores] tbody')).replace(/\u00a0/g, ' ')).toContain('7.3966 %');
  expect(await text('[data-test=beta-a] tbody')).toContain('NaN');
  await page.waitForSelector('[data-test=drift]', { timeout: 40_000 });
  const k = loadSync({ backend: 'simd' });
  const run = train(k, { optimizer: 'adam', rate: 0.005, seed: 1, steps: 300 });
  expect(await text('[data-test=digest-adam]')).toBe(digest(run.logits));
  await page.$eval('#race button.primary', (button) => (button as HTMLButtonElement).click());
  await page.waitForFunction(() => document.body.textContent?.includes('Done. Every result was checked'), {
    timeout: 40_000,
  });
  expect(errors).toEqual([]);
  await browser.close();
  server.close();
});
