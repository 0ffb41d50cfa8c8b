import { describe, expect, it } from 'vitest';
import { Masking, MOST_BYTES } from '#gateway/core/masking.js';

const SECRET = 'Zebra-9731';

function kept(mask: (masking: Masking) => string): string {
  const masking = new Masking();
  return masking.cleaned(mask(masking));
}

describe('what the request log keeps', () => {
  it.each<[string, unknown]>([
    ['a password', { password: SECRET }],
    ['under a longer name', { newPassword: SECRET, client_secret: SECRET, accessToken: SECRET, 'api-key': SECRET }],
    ['behind a URN', { 'urn:ietf:params:scim:schemas:core:2.0:User:password': SECRET }],
    ['eight levels deep', { a: [{ b: { c: [{ d: { e: { f: { PASSWORD: SECRET } } } }] } }] }],
    ['as an object', { password: { value: SECRET, old: [SECRET] } }],
    ['in an operation', { Operations: [{ op: 'replace', path: 'password', value: SECRET }] }],
    [
      'in an operation, value first',
      { Operations: [{ value: { value: SECRET }, Path: 'urn:x:User:password', op: 'add' }] },
    ],
    ['in a path with a filter', { Operations: [{ op: 'remove', path: `credentials[secret eq "${SECRET}"]` }] }],
    ['in JSON inside a text', { note: JSON.stringify({ password: SECRET }) }],
    ['again under another name', { password: SECRET, nickName: `old ${SECRET}` }],
    ['as a number', { password: 97319731, title: '97319731' }],
  ])('has no secret of a body: %s', (_, body) => {
    const text = kept((masking) => masking.json(body));

    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('97319731');
    expect(text).toContain('***');
  });

  it.each([
    ['JSON that ends early', `{"userName":"a","password":"${SECRET}`],
    ['JSON with a fault', `{"password": "${SECRET}",}`],
    ['a name with escapes', `{"pass\\u0077ord": "${SECRET}",}`],
    ['a nested value', `{"password": {"value": ["${SECRET}"`],
    ['an operation', `{"Operations":[{"op":"replace","value":"${SECRET}","path":"password"},`],
    ['a form', `user=a&password=${SECRET}&b=c`],
    ['UTF-16', Buffer.from(`{"password":"${SECRET}"}`, 'utf16le').toString('utf8')],
    ['JSON in JSON', `{"a": "{\\"password\\":\\"${SECRET}\\"}",`],
    [
      'our tokens',
      `it was rcs_${'0'.repeat(22)}_${'a'.repeat(43)}_000000, or part of it: rca_${'0'.repeat(22)}_${'a'.repeat(9)}`,
    ],
    ['a header', `Authorization: Bearer ${SECRET}${SECRET}`],
  ])('has no secret of what is %s', (_, text) => {
    const masked = kept((masking) => masking.text(text));

    expect(masked.replaceAll('\0', '')).not.toContain(SECRET);
    expect(masked).not.toContain('aaaaaaaa');
  });

  it.each([
    ['an access token', `/scim/v2/Users?access_token=${SECRET}&count=2`],
    ['under an escaped name', `/scim/v2/Users?pass%77ord=${SECRET}&count=2`],
    ['a filter', `/scim/v2/Users?filter=password%20eq%20%22${SECRET}%22&count=2`],
    ['a filter with signs', `/scim/v2/Users?filter=userName+eq+"a"+and+password+eq+"${SECRET}"&count=2`],
    ['a value that stands elsewhere too', `/scim/v2/Users/${SECRET}?token=${SECRET}&count=2`],
  ])('has no secret of a query: %s', (_, url) => {
    const masked = kept((masking) => masking.url(url));

    expect(decodeURIComponent(masked)).not.toContain(SECRET);
    expect(masked).toMatch(/^\/scim\/v2\/Users.*&count=2$/);
  });

  it('leaves alone what is no secret', () => {
    const body = {
      userName: 'ann',
      active: true,
      n: 1.5,
      x: null,
      changePassword: { supported: false },
      list: ['a', {}],
    };
    expect(kept((masking) => masking.json(body))).toBe(JSON.stringify(body));
    const url = '/scim/v2/Users?filter=userName%20eq%20%22a%22&';
    expect(kept((masking) => masking.url(url))).toBe(url);
    expect(kept((masking) => masking.text('{"userName": "ann",'))).toBe('{"userName": "ann",');
  });

  it('is cut to 64 kB, whole characters, and says so', () => {
    const text = kept((masking) => masking.json({ title: '€'.repeat(100_000) }));

    expect(text).toMatch(/€… \(cut\)$/);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES + 20);
    expect(text).not.toContain('\uFFFD');
  });

  it('is storable', () => {
    expect(kept((masking) => masking.text('a\0b\ud800'))).toBe('ab\uFFFD');
  });

  it.each(['password', 'a', '"', '\\"', 'password":', '{"password":{', 'token eq '])(
    'costs no more than its length: %j',
    (piece) => {
      const text = piece.repeat(Math.ceil(65_536 / piece.length));
      expect(kept((masking) => masking.text(text)).length).toBeLessThan(200_000);
    },
  );
});
