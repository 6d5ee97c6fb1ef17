// Node, Bun, Deno: prints the report, or just the time to a first result (`first`).
import { firstResult, smoke } from './smoke.js';

const importLibrary = () => import('softmax-simd');
const onlyFirst = globalThis.process.argv[2] === 'first';
const report = onlyFirst ? await firstResult(importLibrary) : await smoke(importLibrary);
console.log(JSON.stringify({ ...report, library: undefined }));
