/** What takes longer to compute: paths, files, the race; compared with Node and the command line. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { loadSync } from 'softmax-simd';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digest } from '../src/training/digest.ts';
import { train } from '../src/training/train.ts';
import { closeBrowser, type OpenPage, openPage, ROOT, readTable, slide } from './page.ts';

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

/** The sample in float16, as numpy's archive or as safetensors; the path. */
function writeHalf(format: 'npz' | 'safetensors'): string {
  const logits = new Float32Array(readFileSync(LOGITS).buffer.slice(-4 * 256 * 256));
  const halves = Buffer.from(Uint16Array.from(logits, toHalf).buffer);
  const labels = readFileSync(LABELS);
  const file = join(mkdtempSync(join(tmpdir(), 'half-')), `half.${format}`);
  if (format === 'safetensors') {
    const numbers = labels.subarray(-4 * 256);
    const header = JSON.stringify({
      'model.logits': { dtype: 'F16', shape: [256, 256], data_offsets: [0, halves.length] },
      labels: { dtype: 'I32', shape: [256], data_offsets: [halves.length, halves.length + numbers.length] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(file, Buffer.concat([length, Buffer.from(header), halves, numbers]));
    return file;
  }
  const dict = "{'descr': '<f2', 'fortran_order': False, 'shape': (256, 256), }".padEnd(117);
  const npy = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
    Buffer.from(`${dict}\n`),
    halves,
  ]);
  writeFileSync(file, zip({ 'logits.npy': npy, 'labels.npy': labels }));
  return file;
}

/** The nearest float16's bits; of what is normal there and no tie. */
function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  return size < 0x38800000 ? sign : sign | ((size - 0x38000000 + 0x1000) >>> 13);
}

/** A zip archive of deflated members, with nothing that it need not have. */
function zip(members: Record<string, Buffer>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(members)) {
    const data = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, Buffer.from(name));
    parts.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
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

test('letters: the alternatives and the text drawn anew are Node’s', async () => {
  const { page } = open;
  const k = loadSync({ backend: 'simd' });
  const logits = new Float32Array(readFileSync(LOGITS).buffer.slice(-4 * 256 * 256));
  const drawn = page.locator('[data-test=drawn]');
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
  expect(await shown()).toEqual([...k.topK(row, 8).values]);
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
