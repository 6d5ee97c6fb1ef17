/** Arrays of another realm, such as a context of node:vm: refused, and told apart from this realm's. */
import vm from 'node:vm';
import { expect, test } from 'vitest';
import { loadSync } from '../../src/index.ts';

test('a typed array of another realm is told to be one', () => {
  const k = loadSync({ backend: 'js' });
  const foreign = vm.runInNewContext('new Float32Array([1, 2, 3])') as Float32Array;
  const calls = [() => k.softmax(foreign), () => k.softmax([1, 2, 3], { out: foreign })];
  for (const call of calls) {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(
      /but is Float32Array\(3\) of another realm, whose classes are others: copy it into a/,
    );
  }
  expect(() => k.softmax(new Int32Array(3) as never)).toThrow(
    /but is Int32Array\(3\): copy it, Float32Array\.from\(x\)$/,
  );
});
