/** The first screen: where it is, what moves it, and how fast. */
import type { CDPSession, Page } from 'playwright-core';
import { loadSync } from 'softmax-simd';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { closeBrowser, type OpenPage, openPage, reset } from './page.ts';

const k = loadSync({ backend: 'simd' });

afterAll(closeBrowser);

describe.each([
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
])('at $width × $height', (viewport) => {
  test('bars and dial lie in the first screen, the prose below', async () => {
    const { page, close } = await openPage({ viewport });
    for (const control of await page.locator('[data-test=hero] [role=slider]').all()) {
      const box = await control.boundingBox();
      expect(box && box.y >= 0 && box.y + box.height <= viewport.height).toBe(true);
      expect(box && box.x >= 0 && box.x + box.width <= viewport.width).toBe(true);
    }
    const prose = await page.locator('#scores').boundingBox();
    const dial = await page.locator('.dial').boundingBox();
    expect(prose?.y).toBeGreaterThan((dial?.y ?? 0) + (dial?.height ?? 0));
    await close();
  });
});

describe('what moves it', () => {
  let open: OpenPage;
  beforeAll(async () => {
    open = await openPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
  });
  beforeEach(() => reset(open.page));
  afterAll(() => open.close());

  const shares = (): Promise<number[]> =>
    open.page
      .locator('[data-test=hero] output')
      .evaluateAll((all) => all.map((e) => Number((e as HTMLElement).dataset.value)));
  const slider = (name: string | RegExp) =>
    open.page.locator('[data-test=hero]').getByRole('slider', { name, exact: typeof name === 'string' });

  test('the dial goes from the hard maximum over Node’s numbers to uniform', async () => {
    expect(await shares()).toEqual([...k.softmax([2, 1, 0.1])]);
    await slider('Temperature T').press('Home');
    expect(await shares()).toEqual([1, 0, 0]);
    await slider('Temperature T').press('End');
    const third = Math.fround(1 / 3);
    expect(await shares()).toEqual([third, third, third]);
  });

  test('the wheel moves what is in use, and scrolls the page over what is not', async () => {
    const { page } = open;
    const box = await slider('Temperature T').boundingBox();
    if (!box) throw new Error('no dial');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    const before = await shares();
    await page.mouse.wheel(0, 200);
    await page.waitForFunction(() => scrollY > 0);
    expect(await shares()).toEqual(before);
    await page.evaluate(toTop);
    await slider('Temperature T').focus();
    await page.mouse.wheel(0, -100);
    await expect.poll(shares).not.toEqual(before);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    const score = page.getByLabel('score of cat', { exact: true });
    await score.focus();
    const cell = await score.boundingBox();
    await page.mouse.move((cell?.x ?? 0) + 10, (cell?.y ?? 0) + 10);
    await page.mouse.wheel(0, -100);
    await expect.poll(() => score.inputValue()).toBe('2.1');
    await score.press('ArrowDown');
    expect(await score.inputValue()).toBe('2.0');
  });

  test('a bar that is dragged takes its share from the others', async () => {
    const { page } = open;
    await drag(page, page.getByRole('slider', { name: 'probability of bird' }), 0.5);
    const [cat, dog, bird] = await shares();
    expect(Math.abs(bird - 0.5)).toBeLessThan(0.01);
    expect(cat / dog).toBeCloseTo(Math.E, 3);
    expect(cat + dog + bird).toBeCloseTo(1, 6);
  });

  test('a finger drags a bar; a finger that moves up scrolls the page', async () => {
    const { page } = open;
    const client = await page.context().newCDPSession(page);
    const bar = await slider('probability of dog').boundingBox();
    if (!bar) throw new Error('no bar');
    const y = bar.y + bar.height / 2;
    await swipe(client, [bar.x + 40, y], [bar.x + 0.8 * bar.width, y]);
    expect((await shares())[1]).toBeGreaterThan(0.7);
    await swipe(client, [bar.x + 100, y], [bar.x + 100, y - 200]);
    await page.waitForFunction(() => scrollY > 50);
    expect((await shares())[1]).toBeGreaterThan(0.2);
    await page.evaluate(toTop);
  });

  test('a finger turns the dial by its ring; inside it, it scrolls the page', async () => {
    const { page } = open;
    const client = await page.context().newCDPSession(page);
    const dial = await slider('Temperature T').boundingBox();
    if (!dial) throw new Error('no dial');
    const [x, y] = [dial.x + dial.width / 2, dial.y + dial.height / 2];
    await swipe(client, [x, dial.y + 0.1 * dial.height], [x + 0.42 * dial.width, y]);
    const text = () => slider('Temperature T').getAttribute('aria-valuetext');
    const turned = await text();
    expect(Number(turned)).toBeGreaterThan(10);
    expect(await page.evaluate(() => scrollY)).toBe(0);
    await swipe(client, [x, y], [x, y - 200]);
    await page.waitForFunction(() => scrollY > 50);
    expect(await text()).toBe(turned);
    await page.evaluate(toTop);
  });

  test('at both ends of T a dragged bar brings the dial back to 1', async () => {
    const { page } = open;
    await slider('Temperature T').press('Home');
    await drag(page, page.getByRole('slider', { name: 'probability of bird' }), 0.3);
    expect(await slider('Temperature T').getAttribute('aria-valuetext')).toBe('1.00');
    expect(Math.abs((await shares())[2] - 0.3)).toBeLessThan(0.01);
  });

  test('an example is shown at T = 1, and one button resets everything', async () => {
    const { page } = open;
    await slider('Temperature T').press('End');
    await page.getByRole('button', { name: 'A tie' }).click();
    expect(await shares()).toEqual([...k.softmax([2, 2, 0.1])]);
    await slider('Temperature T').press('Home');
    expect(await shares()).toEqual([0.5, 0.5, 0]);
    await page.getByRole('button', { name: 'Huge' }).click();
    expect(await shares()).toEqual([...k.softmax([1000, 999, 998.1])]);
    await page.getByRole('button', { name: '1000 classes' }).click();
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await shares()).toEqual([...k.softmax([2, 1, 0.1])]);
    await page.waitForFunction(() => location.hash === '');
  });

  test('none of this raised a complaint', () => {
    expect(open.complaints).toEqual([]);
  });
});

/** Presses in the middle and moves to a share of the width. */
async function drag(page: Page, element: ReturnType<Page['getByRole']>, share: number): Promise<void> {
  const box = await element.boundingBox();
  if (!box) throw new Error('nothing to drag');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * share, y, { steps: 5 });
  await page.mouse.up();
}

async function swipe(
  client: CDPSession,
  [x, y]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): Promise<void> {
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints });
  await send('touchStart', [{ x, y }]);
  for (let step = 1; step <= 8; step++) {
    await send('touchMove', [{ x: x + ((toX - x) * step) / 8, y: y + ((toY - y) * step) / 8 }]);
  }
  await send('touchEnd', []);
}

/**
 * What a frame takes while the dial is turned: from the movement of the mouse that comes with it until it is painted. The
 * screen's own pace bounds how many there are: they are to come as often as when nothing moves.
 */
describe.each([
  { classes: 3, hash: '', most: 16 },
  { classes: 1000, hash: '#?classes=many', most: 33 },
])('with $classes classes', ({ classes, hash, most }) => {
  test(`the median frame takes at most ${most} ms while the dial is dragged, and none is left out`, {
    retry: 2,
  }, async () => {
    const { page, close } = await openPage({ hash, viewport: { width: 1440, height: 900 } });
    await page.waitForTimeout(500);
    const idle = await framesOf(page, () => page.waitForTimeout(700));
    const box = await page.locator('.dial').boundingBox();
    if (!box) throw new Error('no dial');
    const at = (turn: number): [number, number] => {
      const radius = box.width * 0.4;
      return [
        box.x + box.width / 2 + radius * Math.sin(turn),
        box.y + box.height / 2 - radius * Math.cos(turn),
      ];
    };
    await page.mouse.move(...at(0));
    await page.mouse.down();
    const { work, intervals } = await framesOf(page, async () => {
      for (let step = -60; step <= 60; step++) await page.mouse.move(...at((step / 60) * 2.3));
    });
    await page.mouse.up();
    const text = [work, intervals, idle.intervals].map((list) => part(list, 0.5).toFixed(1));
    console.log(
      `${classes} classes, ${work.length} frames: ${text[0]} ms of work (95 %: ${part(work, 0.95).toFixed(1)}), one every ${text[1]} ms; idle: ${text[2]}`,
    );
    expect(work.length).toBeGreaterThan(50);
    expect(part(work, 0.5)).toBeLessThanOrEqual(most);
    expect(part(intervals, 0.5)).toBeLessThan(1.5 * part(idle.intervals, 0.5));
    await close();
  });
});

function part(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))];
}

/** Of the frames during an action: what those with a movement took, and how far apart all were. In ms, sorted. */
async function framesOf(
  page: Page,
  action: () => Promise<void>,
): Promise<{ work: number[]; intervals: number[] }> {
  const recorder = await page.evaluateHandle(() => {
    const record = { work: [] as number[], intervals: [] as number[], on: true };
    let moved = 0;
    let last = performance.now();
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      if (moved > 0) record.work.push(performance.now() - moved);
      moved = 0;
    };
    addEventListener(
      'pointermove',
      () => {
        moved ||= performance.now();
      },
      { capture: true },
    );
    requestAnimationFrame(function next(now) {
      if (!record.on) return;
      record.intervals.push(now - last);
      last = now;
      // A message that is sent before the frame is painted arrives when it has been.
      painted.port2.postMessage(0);
      requestAnimationFrame(next);
    });
    return record;
  });
  await action();
  return recorder.evaluate((record) => {
    record.on = false;
    const sorted = (list: number[]): number[] => list.sort((a, b) => a - b);
    return { work: sorted(record.work), intervals: sorted(record.intervals) };
  });
}

/** In the page: scrolls to the top until it stays there, whatever momentum a swipe has left. */
async function toTop(): Promise<void> {
  for (let rested = 0; rested < 10; rested++) {
    if (scrollY !== 0) rested = 0;
    scrollTo({ top: 0, behavior: 'instant' });
    await new Promise(requestAnimationFrame);
  }
}
