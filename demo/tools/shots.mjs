// Pictures of the built page, section by section, to be looked at: demo/shots/WAY-SECTION.png.
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './browser.mjs';
import { serve } from './serve.mjs';

const SIZES = {
  desktop: { viewport: { width: 1440, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true },
};
const only = process.argv.slice(2);

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
if (only.length === 0) rmSync('shots', { recursive: true, force: true });
mkdirSync('shots', { recursive: true });
const server = await serve('dist');
const browser = await launchChromium();
for (const [size, options] of Object.entries(SIZES)) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    const way = `${size}-${colorScheme}`;
    if (only.length > 0 && !only.includes(way)) continue;
    await shoot(way, { ...options, colorScheme });
  }
}
await browser.close();
server.close();

/**
 * @param {string} way
 * @param {import('playwright-core').BrowserContextOptions} options
 */
async function shoot(way, options) {
  const page = await browser.newPage(options);
  await page.goto(server.url);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: `shots/${way}-top.png` });
  // Above a section that is taller than the window the bar would lie across it; motion would blur it.
  await page.addStyleTag({
    content:
      '.bar-top, .split-text { position: static !important } html { scroll-behavior: auto !important }',
  });
  for (const section of await page.locator('main > section').all()) {
    await section.scrollIntoViewIfNeeded();
    const id = await section.getAttribute('id');
    if (id === 'race') {
      await page.getByRole('button', { name: 'Start the race' }).click();
      await page.getByText('Done.').waitFor({ timeout: 60_000 });
    }
    if (id === 'yours') {
      await page.getByRole('button', { name: 'Take the sample' }).click();
      await page.locator('[data-test=calibration]').waitFor();
    }
    // Scenes and plots load when they are reached: go through the section once.
    const { y, height } = (await section.boundingBox()) ?? { y: 0, height: 0 };
    for (let at = 0; at < height; at += 500) {
      await page.mouse.wheel(0, at === 0 ? y - 80 : 500);
      await page.waitForTimeout(120);
    }
    for (const scene of await section.locator('.scene').all()) {
      await scene.scrollIntoViewIfNeeded();
      await scene.and(page.locator('[data-drawn=true]')).waitFor();
    }
    await page.waitForTimeout(400);
    await section.screenshot({ path: `shots/${way}-${id}.png`, timeout: 30_000 });
  }
  await page.close();
}
