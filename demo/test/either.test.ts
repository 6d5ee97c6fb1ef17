/** In Chromium and in Firefox: every number has Node's bits, and every control goes to both ends in every way. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSync } from 'softmax-simd';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { centreOf, stateOf, WAYS } from './controls.ts';
import { BROWSERS, type EitherPage, openIn, reachAll } from './either.ts';
import { expectedDigests, expectedPaths, expectedValues } from './expected.ts';
import { LOGITS } from './half.ts';
import { ROOT } from './page.ts';

const k = loadSync({ backend: 'simd' });
/** Where controls are shown that are hidden at first. */
const ALL = '#?dims=3&corners=5&gp=1';
const CONTROLS = '[role=slider]:not(.letters), input[type=range]';

describe.each(BROWSERS)('%s', (name) => {
  let open: EitherPage;
  beforeAll(async () => {
    open = await openIn(name, '');
    await reachAll(open.page);
  }, 90_000);
  afterAll(async () => open?.close());

  test('numbers have the bits that Node computes', async () => {
    const { page } = open;
    for (const [figure, digest] of Object.entries(expectedDigests(k))) {
      expect(await page.$eval(`[data-test=${figure}]`, (e) => e.getAttribute('data-digest')), figure).toBe(
        digest,
      );
    }
    for (const [figure, digest] of Object.entries(expectedPaths(k))) {
      expect(await page.$eval(`[data-test=${figure}]`, (e) => e.textContent), figure).toBe(digest);
    }
    for (const [figure, values] of Object.entries(expectedValues(k))) {
      const selector = figure === 'hero output' ? '[data-test=hero] output' : `[data-test=${figure}]`;
      const shown = await page.$$eval(selector, (elements) =>
        elements.flatMap((element) =>
          [element, ...element.querySelectorAll('[data-value]')]
            .map((e) => e.getAttribute('data-value'))
            .filter((text) => text !== null)
            .map(Number),
        ),
      );
      expect(shown, figure).toEqual(values);
    }
    const logits = new Float32Array(readFileSync(LOGITS).buffer.slice(-4 * 256 * 256));
    const drawn = await page.$eval('[data-test=drawn]', (e) => e.getAttribute('data-value'));
    expect(drawn).toBe(k.sample(logits, { cols: 256, seed: 1 }).ids.join(' '));
    const space = await page.$$eval('[data-test=space] > *', (all) =>
      all.map((e) => [Number(e.getAttribute('data-z')), Number(e.getAttribute('data-p'))]),
    );
    expect(space.map(([, p]) => p)).toEqual([...k.softmax(space.map(([z]) => z))]);
  });

  test('the figures of the sample are those of the command line', async () => {
    const { page } = open;
    await page.$eval('#yours button.primary', (button) => (button as HTMLButtonElement).click());
    await page.waitForSelector('[data-test=calibration]');
    const shown = await page.$eval('#yours textarea', (e) => JSON.parse((e as HTMLTextAreaElement).value));
    const files = ['logits.npy', 'labels.npy'].map((file) => join(ROOT, 'demo/sample', file));
    const args = [join(ROOT, 'dist/cli.js'), 'calibrate', ...files, '--backend', 'simd', '--json'];
    const [{ before, after }] = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8' }),
    ).results;
    expect(shown.calibration).toEqual({ before, after });
  });

  test('where the point of the space is dragged to, its shares are the softmax there', async () => {
    const { page } = open;
    const knob = await page.$('#space .scene-knob:not(.fixed)');
    if (knob) {
      const { x, y } = await centreOf(knob);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 50, y + 90, { steps: 4 });
      await page.mouse.up();
    } else {
      // A browser without WebGL has the sliders.
      const sliders = await page.$$('#space [data-test=space] input');
      await WAYS.keyboard(page, sliders[1], 'max');
    }
    const [z, p] = await page.$$eval('[data-test=space] > *', (all) =>
      ['data-z', 'data-p'].map((name) => all.map((e) => Number(e.getAttribute(name)))),
    );
    expect(z).not.toEqual([1.6, 0.7, -0.6]);
    expect(z[1]).toBeGreaterThan(z[0]);
    expect(p).toEqual([...k.softmax(z)]);
  });

  test('every control reaches both ends by keyboard, mouse and touch', async () => {
    // Drawing in three dimensions, in software, would take most of the time.
    const { page, complaints, close } = await openIn(name, ALL, ['--disable-3d-apis']);
    await reachAll(page);
    const controls = await page.$$(CONTROLS);
    expect(controls.length).toBeGreaterThanOrEqual(35);
    const faults: string[] = [];
    for (const control of controls) {
      for (const [way, go] of Object.entries(WAYS)) {
        for (const end of ['min', 'max'] as const) {
          await go(page, control, end);
          const { label, value, ends } = await stateOf(control);
          // A pixel is worth more than a step of some.
          const slack = way === 'keyboard' ? 1e-6 : 0.03 * (ends[1] - ends[0]);
          const wanted = ends[end === 'min' ? 0 : 1];
          if (!(Math.abs(value - wanted) <= slack))
            faults.push(`${label}, ${way}, ${end}: ${value}, not ${wanted}`);
        }
      }
    }
    expect(faults).toEqual([]);
    const text = await page.$$eval('main > section:not(#beta)', (all) =>
      all.map((e) => e.textContent).join('\n'),
    );
    expect(text.match(/.*(NaN|undefined).*/)?.[0]).toBeUndefined();
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);

  test('the race checks, times and leaves a card', async () => {
    const { page } = open;
    await page.evaluate(() => {
      location.hash = '#race?shapes=1';
    });
    await page.waitForFunction(() => document.querySelectorAll('#race input:checked').length === 1);
    await page.$eval('#race button.primary', (button) => (button as HTMLButtonElement).click());
    await page.waitForSelector('[data-test=card]', { timeout: 60_000 });
    const lanes = await page.$$eval('[data-test=heat] .lane-name', (all) => all.map((e) => e.textContent));
    expect(lanes).toEqual([
      'naive JS',
      'js',
      'Wasm, one thread',
      expect.stringMatching(/^Wasm, \d+ threads$/),
    ]);
  }, 90_000);

  test('nothing was said on the console', () => {
    expect(open.complaints).toEqual([]);
  });
});
