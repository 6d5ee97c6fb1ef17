/** The figures of files are those of the command line, whatever holds them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSync } from 'softmax-simd';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LABELS, LOGITS, writeHalf } from './half.ts';
import { closeBrowser, type OpenPage, openPage, ROOT, readTable } from './page.ts';

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

test('the sample is mended by its temperature, and its classes have names', async () => {
  const { page } = open;
  await page.getByRole('button', { name: 'Take the sample' }).click();
  await page.getByText('1500 rows of 5 classes').waitFor();
  const rows = await readTable(page, 'calibration');
  const [, before, after] = rows.find(([name]) => name === 'expected calibration error') ?? [];
  expect(Number(after)).toBeLessThan(Number(before) / 2);
  expect((await readTable(page, 'top'))[1].join(' ')).toMatch(/disc .*square|square .*disc/);
  await drop([{ name: 'names.txt', bytes: Buffer.from('a\nb\nc\nd\ne\n') }]);
  await expect.poll(async () => (await readTable(page, 'top'))[1].join(' ')).toMatch(/✓ a .*%/);
});

test.each(['npz', 'safetensors'] as const)(
  'half precision in .%s gives what the command line gives',
  async (format) => {
    const { page } = open;
    const file = writeHalf(format);
    const names = format === 'npz' ? ['logits', 'labels'] : ['model.logits', 'labels'];
    const evaluation = cli('eval', ...names.map((name) => `${file}:${name}`));
    await drop([{ name: `half.${format}`, bytes: readFileSync(file) }]);
    await page.getByText(`half.${format}:${names[0]}`).waitFor();
    const got = JSON.parse(await page.getByLabel('All figures as JSON').inputValue());
    for (const key of ['rows', 'correct', 'nll', 'perplexity']) {
      expect(got.evaluation[key], key).toBe(evaluation[key]);
    }
  },
);

test('logits alone, and files that are neither', async () => {
  const { page } = open;
  await drop([{ name: 'alone.npy', bytes: readFileSync(LOGITS) }]);
  await page.getByText('alone.npy').waitFor();
  expect(await page.locator('[data-test=evaluation]').count()).toBe(0);
  expect(await page.locator('[data-test=top] tbody tr').count()).toBe(5);
  await drop([{ name: 'notes.bin', bytes: Buffer.from('not numbers at all') }]);
  await page.getByText('notes.bin: expected a .npy file').waitFor();
  const short = readFileSync(LOGITS).subarray(0, 5000);
  await drop([{ name: 'short.npy', bytes: short }]);
  await page.getByText('short.npy: truncated .npy').waitFor();
});

test('none of this raised a complaint', () => {
  expect(open.complaints).toEqual([]);
});
