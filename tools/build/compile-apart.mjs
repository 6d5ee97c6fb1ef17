// A thread that compiles the kernels for one target: several at once take less time.
import { parentPort, workerData } from 'node:worker_threads';
import { compile } from './compile.mjs';

parentPort?.postMessage(await compile(workerData.target, workerData.outFile, workerData.root));
