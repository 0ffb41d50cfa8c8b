import { describe, expect, it } from 'vitest';
import { listResponse, parsePaging } from '#gateway/scim/list.js';
import { LIST_URN } from '#gateway/scim/schemas.js';

describe('listResponse', () => {
  it('has Resources and integers even when nothing was found', () => {
    expect(listResponse({ totalResults: 0, startIndex: 1, resources: [] })).toEqual({
      schemas: [LIST_URN],
      totalResults: 0,
      startIndex: 1,
      itemsPerPage: 0,
      Resources: [],
    });
  });

  it('counts what is on the page', () => {
    expect(listResponse({ totalResults: 7, startIndex: 6, resources: [{}, {}] })).toMatchObject({ itemsPerPage: 2 });
  });
});

describe('parsePaging', () => {
  it.each([
    ['', 1, 100],
    ['startIndex=1&count=2', 1, 2],
    ['startIndex=0&count=0', 1, 0],
    ['startIndex=-5&count=-1', 1, 0],
    ['startIndex=101&count=1000', 101, 1000],
    ['startIndex=1000000000&count=1000000000', 1_000_000_000, 1000],
    ['startIndex=9223372036854775808&count=9223372036854775808', 2 ** 31 - 1, 1000],
    [`startIndex=${'9'.repeat(400)}`, 2 ** 31 - 1, 100],
    ['startIndex=+3', 3, 100],
  ])('reads %j', (query, startIndex, count) => {
    expect(parsePaging(new URLSearchParams(query))).toEqual({ by: 'index', startIndex, count });
  });

  it.each(['startIndex=abc', 'count=1.5', 'count=', 'count=1e3', 'startIndex=0x10', 'startIndex=NaN'])(
    'refuses %s',
    (query) => {
      expect(() => parsePaging(new URLSearchParams(query))).toThrow(
        expect.objectContaining({ status: 400, scimType: 'invalidValue' }),
      );
    },
  );

  it.each([
    ['cursor', '', 100],
    ['cursor=&count=0', '', 0],
    ['cursor=&count=-3', '', 0],
    ['cursor=abc&count=1000', 'abc', 1000],
  ])('reads %j as a page by cursor (RFC 9865 §2)', (query, cursor, count) => {
    expect(parsePaging(new URLSearchParams(query))).toEqual({ by: 'cursor', cursor, count });
  });

  it.each([
    ['cursor=&count=1001', 'invalidCount'],
    ['cursor=&count=many', 'invalidCount'],
    ['cursor=&startIndex=1', 'invalidValue'],
  ])('refuses %s as %s', (query, scimType) => {
    expect(() => parsePaging(new URLSearchParams(query))).toThrow(expect.objectContaining({ status: 400, scimType }));
  });
});
