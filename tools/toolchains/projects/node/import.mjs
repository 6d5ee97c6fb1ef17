import { writeFileSync } from 'node:fs';
import * as library from 'softmax-simd';
import programs from './smoke.cjs';

writeFileSync('report.json', JSON.stringify(await programs.smoke(async () => library)));
