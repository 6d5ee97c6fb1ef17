/** In Chromium and in Firefox: every number has Node's bits, and every control goes to both ends in every way. */
import type { ElementHandle, Page } from 'puppeteer-core';
import { loadSync } from 'softmax-simd';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BROWSERS, type EitherPage, openIn, reachAll } from './either.ts';
import { expectedDigests, expectedPaths, expectedValues } from './expected.ts';

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
    const space = await page.$$eval('[data-test=space] > *', (all) =>
      all.map((e) => [Number(e.getAttribute('data-z')), Number(e.getAttribute('data-p'))]),
    );
    expect(space.map(([, p]) => p)).toEqual([...k.softmax(space.map(([z]) => z))]);
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

type End = 'min' | 'max';
type Control = ElementHandle<Element>;

const WAYS: Record<string, (page: Page, control: Control, end: End) => Promise<void>> = {
  async keyboard(page, control, end) {
    await control.focus();
    await page.keyboard.press(end === 'min' ? 'Home' : 'End');
  },
  async mouse(page, control, end) {
    const [from, to] = await wayOf(control, end);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y);
    await page.mouse.up();
  },
  async touch(page, control, end) {
    const [from, to] = await wayOf(control, end);
    const touch = await page.touchscreen.touchStart(from.x, from.y);
    await touch.move(to.x, to.y);
    await touch.end();
  },
};

interface Point {
  readonly x: number;
  readonly y: number;
}

async function centreOf(element: Control): Promise<Point> {
  await element.evaluate((e) => e.scrollIntoView({ block: 'center', behavior: 'instant' }));
  return element.evaluate((e) => {
    const { left, top, width, height } = e.getBoundingClientRect();
    return { x: left + width / 2, y: top + height / 2 };
  });
}

/** From where a control is, to where its end lies. */
async function wayOf(control: Control, end: End): Promise<readonly [Point, Point]> {
  const from = await centreOf(control);
  return control.evaluate(
    (element, at, which) => {
      const frame = (element.closest('[data-frame]') ?? element).getBoundingClientRect();
      const share = which === 'min' ? 0.005 : 0.995;
      const to = { x: frame.left + share * frame.width, y: at.y };
      if (element.classList.contains('dial')) to.y = frame.top + 0.9 * frame.height;
      if (element.classList.contains('grip')) {
        // The spread is a distance from the centre of the first class.
        const centre = document.querySelector('.plan-knob')?.getBoundingClientRect() ?? frame;
        [to.x, to.y] =
          which === 'min'
            ? [centre.left + centre.width / 2, centre.top + centre.height / 2]
            : [frame.right - 4, frame.top + 4];
      }
      if (element instanceof HTMLInputElement) {
        // A slider is dragged by its thumb.
        const passed =
          (Number(element.value) - Number(element.min)) / (Number(element.max) - Number(element.min));
        return [{ x: frame.left + 8 + passed * (frame.width - 16), y: at.y }, to] as const;
      }
      return [at, to] as const;
    },
    from,
    end,
  );
}

function stateOf(control: Control): Promise<{ label: string; value: number; ends: [number, number] }> {
  return control.evaluate((element) => {
    if (element instanceof HTMLInputElement) {
      const { value, min, max, labels } = element;
      return {
        label: labels?.[0]?.textContent ?? '',
        value: Number(value),
        ends: [Number(min), Number(max)] as [number, number],
      };
    }
    const number = (name: string): number => Number(element.getAttribute(`aria-value${name}`));
    return {
      label: element.getAttribute('aria-label') ?? '',
      value: number('now'),
      ends: [number('min'), number('max')] as [number, number],
    };
  });
}
