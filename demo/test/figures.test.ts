/** What takes longer to compute: paths, files, the race; compared with Node and the command line. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSync } from 'softmax-simd';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest } from '../src/training/digest.ts';
import { train } from '../src/training/train.ts';
import { closeBrowser, type OpenPage, openPage, ROOT, reset, slide } from './page.ts';

const LOGITS = join(ROOT, 'sample/logits.npy');
const LABELS = join(ROOT, 'sample/labels.npy');

let open: OpenPage;
beforeAll(async () => {
  open = await openPage();
});
afterAll(async () => {
  await open.close();
  await closeBrowser();
});

function cli(command: string, ...args: string[]) {
  const all = [join(ROOT, 'dist/cli.js'), command, ...args, '--backend', 'simd', '--json'];
  return JSON.parse(execFileSync(process.execPath, all, { encoding: 'utf8' }));
}

/** Drops files onto the page, as a browser would. */
async function drop(files: readonly { name: string; bytes: Buffer }[]): Promise<void> {
  const { page } = open;
  const data = files.map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') }));
  const transfer = await page.evaluateHandle((all) => {
    const dropped = new DataTransfer();
    for (const { name, base64 } of all) {
      dropped.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    }
    return dropped;
  }, data);
  await page.locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
}

test('the paths end where a Node run of the same seed ends, in every bit', async () => {
  const { page } = open;
  const k = loadSync({ backend: 'simd' });
  await page.locator('#paths').scrollIntoViewIfNeeded();
  await page.getByLabel('seed', { exact: true }).fill('42');
  await page.getByLabel('seed', { exact: true }).press('Enter');
  await slide(page, /learning rate, SGD/, 'ArrowLeft');
  for (const [optimizer, rate] of [
    ['sgd', 0.1],
    ['adam', 0.005],
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

test('the figures of dropped files are those of eval and calibrate', async () => {
  const { page } = open;
  await drop([
    { name: 'labels.npy', bytes: readFileSync(LABELS) },
    { name: 'logits.npy', bytes: readFileSync(LOGITS) },
  ]);
  const area = page.getByLabel('All figures as JSON');
  await area.waitFor();
  const got = JSON.parse(await area.inputValue());
  const evaluation = cli('eval', LOGITS, LABELS);
  const calibration = cli('calibrate', LOGITS, LABELS);
  expect(got.backend).toBe('simd');
  for (const key of ['rows', 'ignored', 'correct', 'accuracy', 'nll', 'perplexity']) {
    expect(got.evaluation[key], key).toBe(evaluation[key]);
  }
  expect(got.calibration.before).toEqual(calibration.results[0].before);
  expect(got.calibration.after).toEqual(calibration.results[0].after);
  const shown = await page.locator('[data-test=evaluation]').textContent();
  expect(shown).toContain(evaluation.nll.toFixed(6));
  expect(shown).toContain(evaluation.perplexity.toFixed(6));
  expect(shown).toContain(calibration.temperature.toFixed(6));
  const k = loadSync({ backend: 'simd' });
  const logits = new Float32Array(readFileSync(LOGITS).buffer.slice(-4 * 256 * 256));
  const ids = await page.locator('[data-test=top] tbody tr').first().locator('td .soft').allTextContents();
  expect(ids.map((id) => Number(id.replace('✓ ', '')))).toEqual([
    ...k.topK(logits.subarray(0, 256), 5).indices,
  ]);
});

test('logits alone, and files that are neither', async () => {
  const { page } = open;
  await drop([{ name: 'alone.npy', bytes: readFileSync(LOGITS) }]);
  await page.getByText('alone.npy').waitFor();
  expect(await page.locator('[data-test=evaluation]').count()).toBe(0);
  expect(await page.locator('[data-test=top] tbody tr').count()).toBe(5);
  await drop([{ name: 'notes.txt', bytes: Buffer.from('not numbers at all') }]);
  await page.getByText('notes.txt: expected a .npy file').waitFor();
  const short = readFileSync(LOGITS).subarray(0, 5000);
  await drop([{ name: 'short.npy', bytes: short }]);
  await page.getByText('short.npy: truncated .npy').waitFor();
});

test('the race checks, times, reports, and stops', async () => {
  const { page } = open;
  await page.getByLabel('256 × 1024').uncheck();
  await page.getByLabel(/8 × 32.?000/).uncheck();
  await page.getByLabel('threads').selectOption('2');
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.getByText('Done. Every result was checked').waitFor({ timeout: 60_000 });
  const names = await page.locator('[data-test=race] tbody tr:not(.group) th').allTextContents();
  expect(names).toEqual(['naive JS', 'js', 'simd', 'relaxed-simd']);
  const report = await page.getByLabel('Report').inputValue();
  for (const part of [
    'engine: Mozilla',
    'simd: 2 threads',
    "the backend 'simd' was asked for",
    '10000 x 16',
  ]) {
    expect(report).toContain(part);
  }
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').waitFor();
});

test('every slider at both ends leaves numbers', async () => {
  const { page } = open;
  await reset(page);
  for (const state of ['dims=3&by=1&corners=5', 'classes=many']) {
    await page.evaluate((query) => {
      location.hash = `#?${query}`;
    }, state);
    const sliders = await page.locator('input[type=range]').all();
    expect(sliders.length).toBeGreaterThan(10);
    for (const slider of sliders) {
      for (const key of ['Home', 'End']) {
        await slider.press(key);
        const text = (await page.locator('main > section:not(#beta)').allInnerTexts()).join('\n');
        expect(text.match(/.*(NaN|undefined).*/)?.[0]).toBeUndefined();
      }
    }
  }
});

test('none of this raised a complaint', () => {
  expect(open.complaints).toEqual([]);
});
