/** The public surface does not change by accident: signatures as recorded, by `npm run signatures`. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RECORD, signatures } from '../../tools/package/signatures.mjs';

test('the public signatures (to record: npm run signatures)', () => {
  expect(signatures()).toBe(readFileSync(RECORD, 'utf8'));
});
