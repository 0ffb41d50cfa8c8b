import { describe, expect, it } from 'vitest';
import { parseQuery } from '#gateway/scim/query.js';

describe('parseQuery', () => {
  it.each<[string, string, string | null]>([
    ['filter=userName+eq+%22lea%40contoso.example%22', 'filter', 'userName eq "lea@contoso.example"'],
    ['filter=userName%20eq%20%22a%2Bb%22', 'filter', 'userName eq "a+b"'],
    ['filter=userName+eq+%22jo01%22&', 'filter', 'userName eq "jo01"'],
    ['?count=1', 'count', '1'],
    ['count=1&?', 'count', '1'],
    ['aadOptscim062020&count=2', 'count', '2'],
    ['aadOptscim062020', 'aadOptscim062020', ''],
    ['count=1&count=2', 'count', '1'],
    ['STARTINDEX=3', 'startIndex', '3'],
    ['filter=a=b', 'filter', 'a=b'],
    ['filter=', 'filter', ''],
    ['', 'filter', null],
    ['?', '?', null],
    ['a=1', '__proto__', null],
    ['a=1', 'constructor', null],
  ])('reads %j', (text, name, value) => {
    const query = parseQuery(text);
    expect(query.get(name)).toBe(value);
    expect(query.has(name)).toBe(value !== null);
  });

  it.each([
    ['an escape that is none', 'filter=%ZZ', 400],
    ['an escape cut short', 'filter=%', 400],
    ['bytes that are not UTF-8', 'filter=%C3%28', 400],
    ['half of a surrogate pair', 'filter=%ED%A0%80', 400],
    ['more than 100 parameters', 'a=1&'.repeat(101), 400],
    ['more than 100,000 characters', `a=${'x'.repeat(100_000)}`, 414],
  ])('refuses %s', (_, text, status) => {
    expect(() => parseQuery(text)).toThrow(
      expect.objectContaining({ status, scimType: status === 400 ? 'invalidSyntax' : null }),
    );
  });
});
