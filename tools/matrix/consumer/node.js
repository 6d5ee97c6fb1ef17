// Node, Bun, Deno: prints the report.
import { smoke } from './smoke.js';

console.log(JSON.stringify(await smoke(() => import('softmax-simd'))));
