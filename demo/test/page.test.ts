/** The page as a whole: its accessibility, weight, speed and manners. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { launchChromium } from '../tools/browser.mjs';
import { serve } from '../tools/serve.mjs';
import { closeBrowser, FOLDER, openPage, readTable, scrollThrough } from './page.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

afterAll(closeBrowser);

test.each([
  { name: 'desktop', options: {} },
  { name: 'phone', options: PHONE },
])('axe finds nothing serious, light or dark: $name', async ({ options }) => {
  const { page, complaints, close } = await openPage(options);
  await scrollThrough(page);
  await page.locator('#paths .scene[data-drawn]').first().waitFor();
  await page.getByRole('button', { name: 'Take the sample' }).click();
  await page.locator('[data-test=calibration]').waitFor();
  await page.evaluate(AXE);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(100);
    expect(await seriousViolations(page), colorScheme).toEqual([]);
  }
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wider).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  await close();
});

async function seriousViolations(page: Page): Promise<unknown[]> {
  const violations = await page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe has put itself there
    const { violations: found } = await (globalThis as any).axe.run(document, {
      resultTypes: ['violations'],
    });
    return found.map(({ id, impact, nodes }: { id: string; impact: string; nodes: { html: string }[] }) => {
      return { id, impact, nodes: nodes.map(({ html }) => html.slice(0, 160)) };
    });
  });
  return violations.filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical');
}

test('the first view takes at most 300 kB, and nothing in three dimensions or from elsewhere', async () => {
  const { page, requests, url, complaints, close } = await openPage();
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(300);
  const files = [...new Set(requests)].filter((request) => !request.startsWith('data:'));
  expect(files.filter((file) => !file.startsWith(url))).toEqual([]);
  const bytes = files.map(
    (file) => gzipSync(readFileSync(join(FOLDER, file.slice(url.length) || 'index.html'))).length,
  );
  const total = bytes.reduce((a, b) => a + b, 0);
  console.log(`first view: ${(total / 1000).toFixed(0)} kB gzipped in ${files.length} files`);
  expect(total).toBeLessThanOrEqual(300_000);
  expect(files.filter((file) => /view|surface|simplex|paths/.test(file))).toEqual([]);
  await scrollThrough(page);
  await page.locator('#paths .scene[data-drawn]').first().waitFor();
  expect(requests.some((file) => /assets\/view/.test(file))).toBe(true);
  expect(requests.filter((file) => !/^(data|blob):/.test(file) && !file.startsWith(url))).toEqual([]);
  expect(complaints).toEqual([]);
  await close();
});

test('without isolation and from a sub-path all works, on one thread, and it says so', async () => {
  const { page, complaints, close } = await openPage({ isolated: false, prefix: '/some/where/' });
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  expect(await page.locator('[data-test=host]').textContent()).toContain('everything runs on one thread');
  expect((await readTable(page, 'scores'))[1][3]).toBe('66 %');
  expect(await page.getByLabel('threads').isDisabled()).toBe(true);
  await page.locator('#paths').scrollIntoViewIfNeeded();
  await page.locator('[data-test=drift]').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Take the sample' }).click();
  await page.locator('[data-test=calibration]').waitFor();
  await page.getByLabel('10 000 × 16'.replace(' ', '\u202f')).uncheck();
  await page.getByLabel(/8 × 32.?000/).uncheck();
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.getByText('Done. Every result was checked').waitFor({ timeout: 60_000 });
  expect(await page.getByLabel('Report').inputValue()).toContain('cross-origin isolated: no');
  expect(complaints).toEqual([]);
  await close();
});

test('a step of a slider at 1000 classes takes less than 50 ms', async () => {
  const { page, close } = await openPage({ hash: '#scores?classes=many' });
  const times = await page.getByRole('slider', { name: /^Temperature/ }).evaluate(async (element) => {
    const slider = element as HTMLInputElement;
    const measured: number[] = [];
    const bars = (): string => document.querySelector('.many path')?.getAttribute('d') ?? '';
    for (let step = -60; step <= 60; step += 2) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      const before = bars();
      const start = performance.now();
      slider.value = String(step);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      // Preact renders in a microtask or a frame; the next frame has been laid out and painted when this runs.
      await new Promise((resolve) => setTimeout(resolve));
      document.body.getBoundingClientRect();
      measured.push(performance.now() - start);
      if (bars() === before) throw new Error(`step ${step} changed nothing`);
    }
    return measured.sort((a, b) => a - b);
  });
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))];
  console.log(
    `step at 1000 classes: median ${at(0.5).toFixed(1)} ms, 95 % ${at(0.95).toFixed(1)} ms, most ${at(1).toFixed(1)} ms`,
  );
  expect(at(0.5)).toBeLessThan(50);
  await close();
});

test('points are dragged, and moved with arrow keys', async () => {
  const { page, close } = await openPage();
  const knob = page.getByRole('slider', { name: 'score z₁' });
  await page.locator('#curves .chart').scrollIntoViewIfNeeded();
  await knob.scrollIntoViewIfNeeded();
  await knob.press('ArrowRight');
  expect(await knob.getAttribute('aria-valuenow')).toBe('1.9');
  await knob.press('End');
  expect(await knob.getAttribute('aria-valuenow')).toBe('6');
  await knob.press('Home');
  expect(await knob.getAttribute('aria-valuenow')).toBe('-6');
  const box = await knob.boundingBox();
  if (!box) throw new Error('no knob');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 300, box.y, { steps: 5 });
  await page.mouse.up();
  expect(Number(await knob.getAttribute('aria-valuenow'))).toBeGreaterThan(-4);
  await close();
});

test('without WebGL there are the numbers, and a word about it', async () => {
  const server = await serve(FOLDER);
  const browser = await launchChromium(['--disable-3d-apis']);
  const page = await browser.newPage();
  await page.goto(server.url);
  await scrollThrough(page);
  await page.getByText('there is no WebGL').first().waitFor();
  expect(await page.locator('#curves details[open] table').count()).toBeGreaterThan(0);
  await browser.close();
  server.close();
});
