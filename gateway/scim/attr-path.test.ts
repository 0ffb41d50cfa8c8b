import { describe, expect, it } from 'vitest';
import { isAttributeName, splitAttrPath } from '#gateway/scim/attr-path.js';

describe('splitAttrPath', () => {
  it.each([
    ['title', null, 'title', null],
    ['name.givenName', null, 'name', 'givenName'],
    ['urn:a:2.0:User:name.givenName', 'urn:a:2.0:User', 'name', 'givenName'],
    ['urn:a:2.0:User', 'urn:a:2.0:User', '', null],
    ['urn:a:2.0:group', 'urn:a:2.0:group', '', null],
    ['urn:a:whole', 'urn:a:whole', '', null],
    ['urn:a:other', 'urn:a', 'other', null],
    ['http://a.example/2.0/Group:label', 'http://a.example/2.0/Group', 'label', null],
  ])('splits %s', (text, urn, name, sub) => {
    expect(splitAttrPath(text, 5, ['urn:A:WHOLE'])).toEqual({ urn, name, sub, at: 5 });
  });

  it.each(['', ':', ':a', 'a:', 'a.', '.a', 'a..b', 'a.b.c', 'a b', '__proto__', 'é'])(
    'finds no path in %j',
    (text) => {
      expect(splitAttrPath(text, 1)).toBeNull();
    },
  );

  // Backtracking over this would outlast any time-out.
  it('reads a megabyte of what looks like versions in one pass', () => {
    expect(splitAttrPath(':1.1'.repeat(250_000), 1)).toBeNull();
  });
});

describe('isAttributeName', () => {
  it.each(['a', 'A1', 'x-y_z', '$ref'])('accepts %s', (name) => expect(isAttributeName(name)).toBe(true));
  it.each(['constructor', 'prototype', '__proto__', '', '1a', '-a', '$value', 'a$', 'a\n'])('refuses %j', (name) =>
    expect(isAttributeName(name)).toBe(false),
  );
});
