// How the tests and the pictures start Chromium: the system's, with WebGL in software.
import { chromium } from 'playwright-core';

export const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const ARGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param {string[]} [more] further flags */
export function launchChromium(more = []) {
  return chromium.launch({ executablePath: EXECUTABLE, args: [...ARGS, ...more] });
}
