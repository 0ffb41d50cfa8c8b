import { describe, expect, it } from 'vitest';
import { isJsonContentType, negotiate } from '#gateway/scim/media-type.js';

const SCIM = 'application/scim+json';
const JSON_TYPE = 'application/json';

describe('negotiate', () => {
  it.each([
    [undefined, SCIM],
    ['', SCIM],
    ['*/*', SCIM],
    ['application/*', SCIM],
    ['application/scim+json', SCIM],
    ['application/scim+json; charset=utf-8', SCIM],
    ['application/json, application/scim+json', SCIM],
    ['APPLICATION/JSON', JSON_TYPE],
    ['application/json;charset=utf-8', JSON_TYPE],
    ['application/json, */*;q=0.1', JSON_TYPE],
    ['application/json, application/scim+json;q=0', JSON_TYPE],
    ['application/json;q=0.0', SCIM],
    ['text/html,application/xhtml+xml,*/*;q=0.8', SCIM],
    ['text/html', SCIM],
    [',;,=', SCIM],
  ])('answers %j with %s', (accept, expected) => {
    expect(negotiate(accept)).toBe(expected);
  });
});

describe('isJsonContentType', () => {
  it.each([
    undefined,
    '',
    'application/json',
    'Application/SCIM+JSON; Charset="UTF-8"',
    'application/scim+json;charset=utf8',
    'application/vnd.acme+json; v=1',
  ])('accepts %j', (contentType) => {
    expect(isJsonContentType(contentType)).toBe(true);
  });

  it.each([
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/jsonp',
    '+json',
    ';',
  ])('refuses %j', (contentType) => {
    expect(isJsonContentType(contentType)).toBe(false);
  });

  it('reads a header of any shape in one pass', () => {
    // Backtracking over these would outlast any time-out.
    for (const piece of [';', ' ', '=', '"', ';charset=', 'a/'])
      expect(isJsonContentType(`text/plain${piece.repeat(300_000)}`)).toBe(false);
  });
});
