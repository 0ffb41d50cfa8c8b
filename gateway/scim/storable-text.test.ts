import { expect, it } from 'vitest';
import { isStorable } from '#gateway/scim/storable-text.js';

it.each([
  ['', true],
  ['😀 é', true],
  ['\u0001', true],
  ['a\0', false],
  ['\ud83d', false],
  ['\ude00\ud83d', false],
])('%j can be stored: %s', (text, expected) => {
  expect(isStorable(text)).toBe(expected);
});
