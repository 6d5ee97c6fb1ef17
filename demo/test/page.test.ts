/** The page as a whole: its accessibility, weight, speed and manners. */
import { existsSync, readFileSync } from 'node:fs';
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
/** States that show what is hidden at first. */
const OTHERS =
  '#?classes=many&T=0&dims=3&gk=2&gp=1&gd=1&corners=5&causal=0&card=a%20browser%7C8x4~naive%20JS:1:1:1:9~js:3:1:5:9';
const WIDTHS = [320, 390, 768, 1440, 2560];

afterAll(closeBrowser);

test.each([
  { name: 'desktop', options: {} },
  { name: 'phone, other figures', options: { ...PHONE, hash: OTHERS } },
])('axe finds nothing, light or dark: $name', async ({ options }) => {
  const { page, complaints, close } = await openPage(options);
  await scrollThrough(page);
  await page.locator('#paths .scene[data-drawn]').first().waitFor();
  await page.getByRole('button', { name: 'Take the sample' }).click();
  await page.locator('[data-test=calibration]').waitFor();
  await page.evaluate(AXE);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(100);
    expect(await violations(page), colorScheme).toEqual([]);
  }
  expect(complaints).toEqual([]);
  await close();
});

async function violations(page: Page): Promise<unknown[]> {
  return page.evaluate(async () => {
    // biome-ignore lint/suspicious/noExplicitAny: axe has put itself there
    const { violations: found } = await (globalThis as any).axe.run(document, {
      resultTypes: ['violations'],
    });
    return found.map(({ id, impact, nodes }: { id: string; impact: string; nodes: { html: string }[] }) => {
      return { id, impact, nodes: nodes.map(({ html }) => html.slice(0, 160)) };
    });
  });
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
  console.log(`first view: ${(total / 1000).toFixed(1)} kB gzipped in ${files.length} files`);
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
  expect(await page.locator('[data-test=heat] .lane-name').allTextContents()).toEqual([
    'naive JS',
    'js',
    'Wasm, one thread',
  ]);
  expect(complaints).toEqual([]);
  await close();
});

test('nothing is wider than the window, whatever that is', async () => {
  const { page, complaints, close } = await openPage();
  await scrollThrough(page);
  await page.getByRole('button', { name: 'Take the sample' }).click();
  await page.locator('[data-test=calibration]').waitFor();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 844 });
    // Charts are drawn anew a moment later.
    const wider = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await expect.poll(wider, { message: `at ${width}` }).toBeLessThanOrEqual(0);
    for (const link of await page.locator('nav a').all()) {
      const box = await link.boundingBox();
      expect(box && box.x >= 0 && box.x + box.width <= width, `a link at ${width}`).toBe(true);
    }
  }
  expect(complaints).toEqual([]);
  await close();
});

test('the navigation says where one is', async () => {
  const { page, close } = await openPage({ viewport: { width: 390, height: 844 } });
  expect(await page.locator('nav [aria-current]').count()).toBe(0);
  await page.getByRole('link', { name: 'Loss' }).click();
  await page.locator('nav [aria-current]', { hasText: 'Loss' }).waitFor();
  await page.evaluate(() => document.getElementById('race')?.scrollIntoView({ behavior: 'instant' }));
  await page.locator('nav [aria-current]', { hasText: 'Race' }).waitFor();
  await close();
});

test('where motion is not wanted nothing moves by itself', async () => {
  const { page, close } = await openPage({ reducedMotion: 'reduce', hash: '#paths?corners=5' });
  await page.locator('[data-test=drift]').waitFor({ timeout: 30_000 });
  expect(await page.locator('[data-test=drift] th').first().textContent()).toBe('at step 300');
  await page.locator('#space .scene').first().scrollIntoViewIfNeeded();
  await page.locator('#space .scene[data-drawn]').first().waitFor();
  const turned = page.getByRole('slider', { name: /^turned/ });
  const before = await turned.inputValue();
  await page.waitForTimeout(500);
  expect(await turned.inputValue()).toBe(before);
  await page.getByRole('button', { name: 'Turn', exact: true }).click();
  await expect.poll(() => turned.inputValue()).not.toBe(before);
  await close();
});

test('a link to the page has a title, a text and a picture of its own', async () => {
  const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  for (const name of ['og:title', 'og:description', 'og:image']) expect(html).toContain(`property="${name}"`);
  for (const file of ['preview.png', 'favicon.svg']) {
    expect(html).toContain(`"./${file}"`);
    expect(existsSync(join(FOLDER, file))).toBe(true);
  }
});

test('without WebGL there are the numbers, and a word about it', async () => {
  const server = await serve(FOLDER);
  const browser = await launchChromium(['--disable-3d-apis']);
  const page = await browser.newPage();
  await page.goto(server.url);
  await scrollThrough(page);
  await page.getByText('there is no WebGL').first().waitFor();
  expect(await page.locator('#gaussians details[open] table').count()).toBeGreaterThan(0);
  await browser.close();
  server.close();
});
