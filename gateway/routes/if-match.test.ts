import { describe, expect, it } from 'vitest';
import { parseIfMatch } from '#gateway/routes/if-match.js';

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
