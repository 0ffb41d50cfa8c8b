import { describe, expect, it } from 'vitest';
import { isObject, memberOf } from '#gateway/scim/json-object.js';

describe('memberOf', () => {
  it.each<[object, unknown]>([
    [{ value: 1 }, 1],
    [{ VALUE: 2 }, 2],
    [{ Value: 2, value: 1 }, 1],
    [{ other: 1 }, undefined],
    [Object.create({ value: 1 }), undefined],
  ])('of %j is %j', (object, value) => {
    expect(memberOf(object, 'value')).toBe(value);
  });
});

it.each([
  [{}, true],
  [[], false],
  [null, false],
  ['x', false],
  [undefined, false],
])('isObject(%j) is %j', (value, is) => {
  expect(isObject(value)).toBe(is);
});
