// load, loadSync, alloc, free and close: every wrong value of every argument, once.
import { importTypeScript } from '../../bench/accuracy/typescript.mjs';

const tests = await importTypeScript('test/calls/index.ts');
const { complaint, isCount, NOTHING, operations, sprung, WRONG_OPTIONS, wrongNumbers } = tests;

const MIB = 2 ** 20;
const objects = { 'an empty memory': () => ({ buffer: new ArrayBuffer(0), grow: () => 0 }) };

/** By option of `load`, wrong values of it. */
const LOAD = {
  backend: { ...NOTHING, wasm: () => 'wasm', number: () => 1 },
  threads: { ...wrongNumbers(isCount(1, 256)), none: () => 0, many: () => 257 },
  memory: { ...NOTHING, ...objects, number: () => 1 },
  maxBytes: wrongNumbers((n) => n >= MIB && n <= 4096 * MIB),
  module: {
    ...Object.fromEntries(
      Object.entries(NOTHING).filter(([, make]) => typeof make() !== 'object' || make() === null),
    ),
    'another module': () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
    'another name': () => ({ wasm: undefined }),
    'no module': () => ({ simd: {} }),
  },
};

/** @returns {Promise<{ calls: number, findings: string[] }>} */
export async function checkLifecycle({ load, loadSync }) {
  const findings = [];
  let calls = 0;
  const expectError = async (op, names, text, call) => {
    calls++;
    try {
      await call();
    } catch (error) {
      const amiss = complaint(error, op, names, text.includes('springs'));
      if (amiss) findings.push(`${op}, ${text}: ${amiss}`);
      return;
    }
    findings.push(`${op} took ${text}`);
  };

  for (const [op, run] of Object.entries({ load, loadSync })) {
    for (const [text, make] of Object.entries(WRONG_OPTIONS)) {
      await expectError(op, ['options'], `options: ${text}`, () => run(make()));
    }
    for (const [name, table] of Object.entries(LOAD)) {
      for (const [text, make] of Object.entries(table)) {
        await expectError(op, [name], `${name}: ${text}`, () => run({ [name]: make() }));
      }
      await expectError(op, [name], `${name} springs`, () => run(sprung({}, name)));
    }
  }

  const k = loadSync({ maxBytes: 2 * MIB });
  for (const [text, make] of Object.entries({
    ...wrongNumbers(isCount(0, 1e4)),
    undefined: () => undefined,
  })) {
    await expectError('alloc', ['length', 'bytes'], `length: ${text}`, () => k.alloc(make()));
  }
  for (const [text, make] of Object.entries({ ...NOTHING, number: () => 1, f64: () => 'f64' })) {
    await expectError('alloc', ['type'], `type: ${text}`, () => k.alloc(1, make()));
  }
  const view = k.alloc(4);
  const freed = k.alloc(4);
  k.free(freed);
  const others = {
    'of its own': () => new Float32Array(4),
    'a part': () => view.subarray(1),
    'the same place': () => view.subarray(0),
    freed: () => freed,
    undefined: () => undefined,
  };
  for (const [text, make] of Object.entries({ ...NOTHING, ...others })) {
    await expectError('free', ['view'], `view: ${text}`, () => k.free(make()));
  }
  k.close();
  k.close();
  for (const op of [...Object.keys(operations), 'alloc', 'free'].filter((name) => k[name])) {
    if (op !== 'mergeStats') await expectError(op, ['closed'], 'closed kernels', () => k[op]([1], [0]));
  }
  return { calls, findings };
}
