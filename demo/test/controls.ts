/** Controls of every shape, moved to their ends as a person would. */
import type { ElementHandle, Page } from 'puppeteer-core';

export type End = 'min' | 'max';
export type Control = ElementHandle<Element>;

export const WAYS: Record<string, (page: Page, control: Control, end: End) => Promise<void>> = {
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

export async function centreOf(element: Control): Promise<Point> {
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
      if (element.classList.contains('dial')) {
        // By its ring.
        to.y = frame.top + 0.9 * frame.height;
        return [{ x: at.x, y: frame.top + 0.1 * frame.height }, to] as const;
      }
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

export function stateOf(control: Control): Promise<{ label: string; value: number; ends: [number, number] }> {
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
