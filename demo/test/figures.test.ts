/** Paths, letters, attention, the race: compared with Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSync } from 'softmax-simd';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest } from '../src/training/digest.ts';
import { train } from '../src/training/train.ts';
import { closeBrowser, type OpenPage, openPage, ROOT, slide } from './page.ts';

const LOGITS = join(ROOT, 'sample/logits.npy');

let open: OpenPage;
beforeAll(async () => {
  open = await openPage();
});
afterAll(async () => {
  await open.close();
  await closeBrowser();
});

test('the paths end where a Node run of the same seed ends, in every bit', async () => {
  const { page } = open;
  const k = loadSync({ backend: 'simd' });
  await page.locator('#paths').scrollIntoViewIfNeeded();
  await page.getByLabel('seed', { exact: true }).fill('42');
  await page.getByLabel('seed', { exact: true }).press('Enter');
  await slide(page, /learning rate, SGD/, 'ArrowLeft');
  for (const [optimizer, rate] of [
    ['sgd', 0.1],
    ['adam', 0.002],
  ] as const) {
    const run = train(k, { optimizer, rate, seed: 42, steps: 300 });
    await page.waitForFunction(
      ([name, bits]) => document.querySelector(`[data-test=digest-${name}]`)?.textContent === bits,
      [optimizer, digest(run.logits)],
      { timeout: 30_000 },
    );
    const ends = await page
      .locator(`[data-test=ends-${optimizer}] td`)
      .evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset.value)));
    expect(ends).toEqual([...run.logits.subarray(-180)]);
  }
});

test('the paths can be played, paused and scrubbed', async () => {
  const { page } = open;
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForFunction(() =>
    /at step [1-9]/.test(document.querySelector('[data-test=drift] th')?.textContent ?? ''),
  );
  await page.getByRole('button', { name: 'Pause' }).click();
  await slide(page, /^step/, 'Home');
  expect(await page.locator('[data-test=drift] th').first().textContent()).toBe('at step 0');
  expect(await page.locator('[data-test=drift] td').first().textContent()).toBe('1.10');
});

test('letters: the alternatives and the text drawn anew are Node’s', async () => {
  const { page } = open;
  const k = loadSync({ backend: 'simd' });
  const logits = new Float32Array(readFileSync(LOGITS).buffer.slice(-4 * 256 * 256));
  const drawn = page.locator('[data-test=drawn]');
  await page.locator('#yours h3').scrollIntoViewIfNeeded();
  await drawn.scrollIntoViewIfNeeded();
  const ids = async (): Promise<number[]> =>
    ((await drawn.getAttribute('data-value')) ?? '').split(' ').map(Number);
  expect(await ids()).toEqual([...k.sample(logits, { cols: 256, seed: 1 }).ids]);
  const settings = page.locator('.letters-settings');
  await settings.getByLabel('top-k').press('ArrowRight');
  await settings.getByLabel('top-k').press('ArrowRight');
  await settings.getByLabel('temperature').press('ArrowRight');
  await page.getByRole('button', { name: 'Draw again' }).click();
  expect(await ids()).toEqual([...k.sample(logits, { cols: 256, temperature: 1.05, topK: 2, seed: 2 }).ids]);
  const row = k.softmax(logits.subarray(20 * 256, 21 * 256), { temperature: 1.05 });
  const shown = (): Promise<number[]> =>
    page
      .locator('[data-test=alternatives] li')
      .evaluateAll((all) => all.map((e) => Number((e as HTMLElement).dataset.value)));
  await page.locator('.letters [data-at="20"]').first().hover();
  expect((await shown()).slice(0, 8)).toEqual([...k.topK(row, 8).values]);
  const letters = page.getByRole('slider', { name: 'letter that is looked at' });
  await letters.press('End');
  expect(await letters.getAttribute('aria-valuenow')).toBe('255');
  await letters.press('Home');
  expect(await letters.getAttribute('aria-valuenow')).toBe('0');
  await settings.getByLabel('temperature').press('Home');
  expect(await ids()).toEqual([...k.argmax(logits, { cols: 256 })]);
});

test('attention: the weights of the word that is pointed at', async () => {
  const { page } = open;
  await page.locator('.arcs-words label').nth(2).hover();
  await page.getByText('“sat” gives most of its weight, 75 %, to “cat”.').waitFor();
  await page.getByLabel('causal mask').uncheck();
  await page.getByRole('radio', { name: /^the/ }).first().press('ArrowRight');
  await page.getByText(/^“cat” gives most/).waitFor();
});

test('the race runs live, stops, and its card travels with the link', async () => {
  const { page } = open;
  await page.getByLabel('256 × 1024').uncheck();
  await page.getByLabel(/8 × 32.?000/).uncheck();
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.waitForFunction(() => {
    const bars = Array.from(document.querySelectorAll<HTMLElement>('[data-test=running] .race-bar'));
    return bars.length > 2 && bars.every((bar) => Number.parseFloat(bar.style.width) > 1);
  });
  await page.getByText('Done. Every result was checked').waitFor({ timeout: 60_000 });
  const names = await page.locator('[data-test=heat] .lane-name').allTextContents();
  expect(names.slice(0, 3)).toEqual(['naive JS', 'js', 'Wasm, one thread']);
  const rates = await page.locator('[data-test=heat] .lane-rate').allTextContents();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as a picture' }).click();
  const png = readFileSync(await (await saving).path());
  expect(png.toString('latin1', 1, 4)).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
  const link = new URL(await page.getByLabel('Link with these numbers').inputValue());
  const there = await openPage({ hash: link.hash });
  await there.page.locator('[data-test=card]').waitFor();
  expect(await there.page.locator('[data-test=heat] .lane-rate').allTextContents()).toEqual(rates);
  expect(await there.page.locator('[data-test=card]').textContent()).toMatch(
    /Measured by Chrome \d+, Linux, \d+ cores/,
  );
  await there.close();
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').waitFor();
});

test('none of this raised a complaint', () => {
  expect(open.complaints).toEqual([]);
});
