import { writeFileSync } from 'node:fs';
import * as library from 'softmax-simd';
import { smoke } from './smoke.cjs';

test('every operation', async () => {
  writeFileSync('report.json', JSON.stringify(await smoke(async () => library)));
}, 120_000);
