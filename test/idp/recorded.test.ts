import { describe, expect, it } from 'vitest';
import { type Captured, differences, differencesFrom, type RecordedExchange } from '#test/idp/recorded.js';

const ID = '0199f0aa-1b2c-7d3e-8f40-5a6b7c8d9e0f';
const captured: Captured = new Map([
  ['base', 'http://127.0.0.1:4000/scim/v2'],
  ['ana', ID],
]);

describe('comparing an answer with the one owed', () => {
  it.each<[string, unknown, unknown]>([
    ['equal values', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
    ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['a UUID for {{id}}', '{{id}}', ID],
    ['a UTC time for {{time}}', '{{time}}', '2026-11-22T08:26:56.123Z'],
    ['a weak tag for {{version}}', '{{version}}', 'W/"3"'],
    ['any text for {{any}}', 'so: {{any}}', 'so: it\nis'],
    ['a captured name in a URL', '{{base}}/Users/{{ana}}', `http://127.0.0.1:4000/scim/v2/Users/${ID}`],
    ['another order where it does not matter', { '{{unordered}}': [{ v: 1 }, { v: 2 }] }, [{ v: 2 }, { v: 1 }]],
  ])('accepts %s', (_, expected, actual) => {
    expect(differences(expected, actual, captured, '')).toEqual([]);
  });

  it.each<[string, unknown, unknown, string]>([
    ['a key that is not listed', { a: 1 }, { a: 1, b: null }, '/b: not owed'],
    ['a listed key that is missing', { a: { b: 1 } }, { a: {} }, '/a/b: missing'],
    ['another order', [1, 2], [2, 1], '/0: expected 1, got 2'],
    ['a longer array', [1], [1, 2], 'the body: expected'],
    ['text where a number is owed', 404, '404', 'expected 404, got "404"'],
    ['a time without milliseconds', '{{time}}', '2026-11-22T08:26:56Z', 'expected'],
    ['a strong tag', '{{version}}', '"3"', 'expected'],
    ['an empty text for {{any}}', '{{any}}', '', 'expected'],
    ['another id than the captured one', '{{ana}}', ID.replace('0', '1'), 'expected'],
    ['a dot taken for any character', 'a.b', 'axb', 'expected'],
    ['an element too many, in any order', { '{{unordered}}': [1] }, [1, 1], 'not owed, got the element 1'],
    ['an element too few, in any order', { '{{unordered}}': [1, 2] }, [2], 'no element is 1'],
  ])('refuses %s', (_, expected, actual, message) => {
    expect(differences(expected, actual, captured, '').join()).toContain(message);
  });

  it('names a placeholder that nothing was captured for', () => {
    expect(() => differences('{{bob}}', 'x', captured, '')).toThrow('bob');
  });
});

describe('an answer as a whole', () => {
  const exchange: RecordedExchange = {
    title: 'A user is created',
    request: { method: 'POST', path: '/Users' },
    answer: {
      status: 201,
      headers: { location: '/{{new}}' },
      body: { id: '{{id}}', meta: { version: '{{version}}' } },
    },
    capture: { new: '/id' },
  };
  const headers = {
    location: `/${ID}`,
    etag: 'W/"1"',
    'content-type': 'application/scim+json; charset=utf-8',
    'x-request-id': 'r1',
  };
  const text = JSON.stringify({ id: ID, meta: { version: 'W/"1"' } });

  it('may name what it has just given', () => {
    const names: Captured = new Map();
    expect(differencesFrom(exchange, { status: 201, headers, text }, names)).toEqual([]);
    expect(names.get('new')).toBe(ID);
  });

  it.each<[string, Partial<Record<string, string>>, string]>([
    ['an ETag that is not the version', { etag: 'W/"2"' }, 'header etag'],
    ['no request id', { 'x-request-id': undefined }, 'header x-request-id'],
    [
      'JSON for a client that did not ask for it',
      { 'content-type': 'application/json; charset=utf-8' },
      'content-type',
    ],
  ])('is refused with %s', (_, changed, message) => {
    const found = differencesFrom(exchange, { status: 201, headers: { ...headers, ...changed }, text }, new Map());
    expect(found.join()).toContain(message);
  });

  it('is application/json for who accepts nothing else', () => {
    const json = { ...exchange, request: { ...exchange.request, headers: { Accept: 'application/json' } } };
    const answer = { status: 201, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' }, text };
    expect(differencesFrom(json, answer, new Map())).toEqual([]);
  });

  it('is refused with a body where none is owed', () => {
    const empty = { ...exchange, answer: { status: 204, body: null }, capture: {} };
    expect(differencesFrom(empty, { status: 204, headers, text: '' }, new Map())).toEqual([]);
    expect(differencesFrom(empty, { status: 204, headers, text }, new Map()).join()).toContain(
      'the body: expected null',
    );
  });
});
