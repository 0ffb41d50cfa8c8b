import { describe, expect, it } from 'vitest';
import { isNotModified, parseIfMatch } from '#gateway/routes/preconditions.js';

describe('parseIfMatch', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['*', null],
    ['W/"3"', 3],
    ['"12"', 12],
  ])('reads %s as %s', (header, version) => {
    expect(parseIfMatch(header)).toBe(version);
  });

  it.each(['3', 'W/3', 'W/"x"', 'W/"1", W/"2"', 'W/"99999999999"'])('refuses %s with 412', (header) => {
    expect(() => parseIfMatch(header)).toThrow(expect.objectContaining({ status: 412 }));
  });
});

describe('If-None-Match', () => {
  it.each([
    ['W/"3"', true],
    ['"3"', true],
    ['"1", W/"3" , "x"', true],
    ['*', true],
    ['W/"4"', false],
    ['', false],
    ['3', false],
    [undefined, false],
  ])('%s against W/"3": not modified is %s', (header, expected) => {
    expect(isNotModified(header, 'W/"3"')).toBe(expected);
  });
});
