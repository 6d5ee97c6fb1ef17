/** Sections 1 and 2: every number, every cell, and the address that keeps them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeBrowser, type OpenPage, openPage, readTable, reset, slide } from './page.ts';

let open: OpenPage;
beforeAll(async () => {
  open = await openPage();
});
beforeEach(() => reset(open.page));
afterAll(async () => {
  await open.close();
  await closeBrowser();
});

const shares = async (): Promise<string[]> =>
  (await readTable(open.page, 'scores')).slice(1, 4).map((row) => row[3]);

describe('scores to probabilities', () => {
  test('the steps: powers, sum and shares', async () => {
    expect((await readTable(open.page, 'scores')).slice(1).map((row) => row.slice(0, 4))).toEqual([
      ['● cat', '2.0', '7.39', '66 %'],
      ['■ dog', '1.0', '2.72', '24 %'],
      ['▲ bird', '0.1', '1.11', '10 %'],
      ['sum', '3.1', '11.2', '100 %'],
    ]);
  });

  test('dividing by the total works until a score is negative', async () => {
    expect((await readTable(open.page, 'plain-total')).slice(1)).toEqual([
      ['● cat', '65 %', '133 % above 100 %'],
      ['■ dog', '32 %', '67 %'],
      ['▲ bird', '3 %', '−100 % negative'],
    ]);
  });

  test('scores can be written, and huge ones change nothing', async () => {
    const { page } = open;
    await page.getByRole('button', { name: 'Huge' }).click();
    expect(await shares()).toEqual(['66 %', '24 %', '10 %']);
    expect((await readTable(page, 'scores'))[1][2]).toBe('∞');
    await page.getByLabel('score of bird', { exact: true }).fill('1000');
    expect(await shares()).toEqual(['42 %', '16 %', '42 %']);
    await page.getByLabel('score of bird', { exact: true }).fill('no number');
    await page.getByLabel('score of bird', { exact: true }).press('Enter');
    expect(await page.getByRole('alert').textContent()).toBe('a number is needed');
    expect(await shares()).toEqual(['42 %', '16 %', '42 %']);
  });

  test('the address keeps the state, and gives it back', async () => {
    const { page } = open;
    await page.getByLabel('score of dog', { exact: true }).fill('3.5');
    await slide(page, /^Temperature/, 'End');
    await page.waitForFunction(() => location.hash.includes('T=inf'));
    expect(page.url()).toContain('z=2,3.5,0.1');
    await page.reload();
    expect(await page.getByLabel('score of dog', { exact: true }).inputValue()).toBe('3.5');
    expect(await shares()).toEqual(['33 %', '33 %', '33 %']);
    await page.getByRole('link', { name: 'Loss', exact: true }).click();
    await page.waitForFunction(() => location.hash.startsWith('#loss?'));
    expect(await page.getByLabel('score of dog', { exact: true }).inputValue()).toBe('3.5');
  });
});

describe('the β tables', () => {
  test('β = 500: ours hold, the naive column overflows', async () => {
    expect((await readTable(open.page, 'beta-a')).slice(2)).toEqual([
      ['z₁', '0.95', '1.95·10²⁰⁶', '0.00 %', '0', '∞', 'NaN'],
      ['z₂', '0.99', '9.46·10²¹⁴', '99.33 %', '1', '∞', 'NaN'],
      ['z₃', '0.98', '6.37·10²¹²', '0.67 %', '0', '∞', 'NaN'],
      ['sum', '2.92', '9.52·10²¹⁴', '100.00 %', '1', '∞', 'NaN'],
      ['max', '0.99', '9.46·10²¹⁴', '99.33 %', '1', '∞', 'NaN'],
    ]);
    expect(await open.page.getByText('Naive 32-bit arithmetic overflows:').count()).toBe(1);
  });

  test('β = 1: nearly a draw, and both ways agree', async () => {
    expect((await readTable(open.page, 'beta-b')).slice(2)).toEqual([
      ['z₁', '0.95', '2.59', '32.56 %', '0', '2.59', '32.56 %'],
      ['z₂', '0.99', '2.69', '33.89 %', '1', '2.69', '33.89 %'],
      ['z₃', '0.98', '2.66', '33.55 %', '0', '2.66', '33.55 %'],
      ['sum', '2.92', '7.94', '100.00 %', '1', '7.94', '100.00 %'],
      ['max', '0.99', '2.69', '33.89 %', '1', '2.69', '33.89 %'],
    ]);
  });

  test.each([
    { cell: 'z₁ of table b', text: '2', column: 3, row: 0, gives: '57.98 %' },
    { cell: 'power of z₁, table b', text: '7.389056', column: 1, row: 0, gives: /^1\.99999\d+$|^2$/ },
    { cell: 'share of z₃ in percent, table b', text: '50', column: 3, row: 2, gives: '50.00 %' },
    { cell: 'one-hot of z₁, table b', text: '1', column: 4, row: 0, gives: '1' },
    { cell: 'sum of the powers, table b', text: '30', column: 3, row: 1, gives: '33.89 %' },
    { cell: 'sum of the scores, table b', text: '0', column: 3, row: 1, gives: '33.89 %' },
    { cell: 'maximum of the scores, table b', text: '100', column: 3, row: 1, gives: '33.89 %' },
    { cell: 'maximum of the powers, table b', text: '1', column: 1, row: 1, gives: '0' },
  ])('writing $text into the $cell', async ({ cell, text, column, row, gives }) => {
    await open.page.getByLabel(cell, { exact: true }).fill(text);
    await open.page.getByLabel(cell, { exact: true }).press('Enter');
    const rows = (await readTable(open.page, 'beta-b')).slice(2);
    if (typeof gives === 'string') expect(rows[row][column]).toBe(gives);
    else expect(rows[row][column]).toMatch(gives);
  });

  test('β can be written, up to where even float64 overflows', async () => {
    await open.page.getByLabel('β of table a').fill('1e6');
    const rows = (await readTable(open.page, 'beta-a')).slice(2);
    expect(rows.slice(0, 3).map((row) => row[3])).toEqual(['0.00 %', '100.00 %', '0.00 %']);
    await open.page.getByLabel('β of table a').fill('0');
    const even = (await readTable(open.page, 'beta-a')).slice(2);
    expect(even.slice(0, 3).map((row) => row[3])).toEqual(['33.33 %', '33.33 %', '33.33 %']);
  });

  test('nonsense in the address is not taken', async () => {
    const { page } = open;
    await page.evaluate(() => {
      location.hash = '#?T=-1&z=1e99,0,0&st=-3&gs=9&seed=1.5&sgd=2.5&lz=a,b,c&dk=99&truth=fish&za=1&card=x';
    });
    await page.waitForFunction(() => !location.hash.includes('T=-1'));
    expect(await shares()).toEqual(['66 %', '24 %', '10 %']);
  });

  test('none of this raised a complaint', () => {
    expect(open.complaints).toEqual([]);
  });
});
