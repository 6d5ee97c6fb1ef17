import { availableParallelism } from 'node:os';
import type { Backend } from '../index.ts';
import { loadKernels, tryKernels } from './backends.ts';
import type { CommonOptions } from './options.ts';
import { print } from './output/stdout.ts';

/** Prints what computes on this host, and why not something faster. */
export async function info(options: CommonOptions & { json?: boolean }): Promise<void> {
  const { wide, reason: whyNotWide } = await import('../wide.ts');
  const kernels = await loadKernels(options.backend);
  const facts = {
    backend: kernels.backend,
    reason: kernels.reason ?? null,
    engine: engine(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    features: {
      simd: runs('simd'),
      relaxedSimd: runs('relaxed-simd'),
      sharedMemory: isShared(kernels.memory),
      wide,
    },
    whyNotWide: whyNotWide ?? null,
  };
  kernels.close();
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  const lines = [
    `backend        ${facts.backend}`,
    ...(facts.reason ? [`reason         ${facts.reason}`] : []),
    `engine         ${facts.engine}`,
    `Node.js        ${facts.node}, ${facts.platform}, CPUs: ${facts.cpus}`,
    `SIMD           ${yes(facts.features.simd)}`,
    `relaxed SIMD   ${yes(facts.features.relaxedSimd)}`,
    `shared memory  ${yes(facts.features.sharedMemory)}`,
    `256 bits       ${wide ? 'with --wide' : `no: ${whyNotWide}`}`,
  ];
  await print(`${options.json ? JSON.stringify(facts, null, 2) : lines.join('\n')}\n`);
}

function runs(backend: Backend): boolean {
  const { kernels } = tryKernels(backend);
  kernels?.close();
  return kernels !== undefined;
}

function isShared(memory: { buffer: ArrayBufferLike } | undefined): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory?.buffer instanceof SharedArrayBuffer;
}

function engine(): string {
  const { bun, v8 } = process.versions;
  return bun ? `JavaScriptCore (Bun ${bun})` : `V8 ${v8}`;
}
