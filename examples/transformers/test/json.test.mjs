// JSON by masks made by hand: each text is the object of the schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskOf, TOKENS, writeJson } from '../json.mjs';

for (let seed = 1; seed <= 20; seed++) {
  test(`seed ${seed}`, async () => {
    const text = await writeJson(seed);
    const { name, age, tags, ...others } = JSON.parse(text);
    assert.match(name, /^[a-z]{1,8}$/);
    assert.ok(Number.isInteger(age) && age >= 1 && age <= 999);
    assert.equal(tags.length, 2);
    for (const tag of tags) assert.match(tag, /^[a-z]{1,5}$/);
    assert.deepEqual(others, {});
  });
}

test('a mask allows what may come next', () => {
  const allowed = (text) => TOKENS.filter((_, id) => (maskOf([...text])[id >> 5] >>> (id & 31)) & 1).join('');
  assert.equal(allowed(''), '{');
  assert.equal(allowed('{"name":"'), 'abcdefghijklmnopqrstuvwxyz');
  assert.equal(allowed('{"name":"ab'), 'abcdefghijklmnopqrstuvwxyz"');
  assert.equal(allowed('{"name":"abcdefgh'), '"');
  assert.equal(allowed('{"name":"a","age":'), '123456789');
  assert.equal(allowed('{"name":"a","age":1'), '0123456789,');
  assert.equal(allowed('{"name":"a","age":123'), ',');
  assert.equal(allowed('{"name":"a","age":1,"tags":["x","y"]}'), '<end>');
});
