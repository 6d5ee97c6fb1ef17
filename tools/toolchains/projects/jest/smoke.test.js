import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import * as library from 'softmax-simd';
import { smoke } from './smoke.cjs';

// For the digests of the results: jsdom has none.
if (!globalThis.crypto?.subtle) Object.defineProperty(globalThis, 'crypto', { value: webcrypto });

test('every operation', async () => {
  writeFileSync('report.json', JSON.stringify(await smoke(async () => library)));
}, 120_000);
