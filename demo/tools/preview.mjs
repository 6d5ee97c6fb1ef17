// The picture that previews of links show: the first screen of the built page, as public/preview.png.
import { fileURLToPath } from 'node:url';
import { launchChromium } from './browser.mjs';
import { serve } from './serve.mjs';

const SIZE = { width: 1000, height: 525 };
/** Makes it 1200 × 630. */
const deviceScaleFactor = 1.2;

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const server = await serve('dist');
const browser = await launchChromium();
const page = await browser.newPage({ viewport: SIZE, deviceScaleFactor, colorScheme: 'light' });
await page.goto(server.url);
await page.evaluate(() => document.fonts.ready);
await page.addStyleTag({
  content:
    '.bar-top, .hero .presets, .hero-note, .made, section { display: none !important } .hero { padding: 4rem 1.5rem 0 }',
});
await page.screenshot({ path: 'public/preview.png' });
await browser.close();
server.close();
