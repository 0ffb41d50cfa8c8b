import { describe, expect, it } from 'vitest';
import { isSuspicious, Masking, MOST_BYTES } from '#gateway/core/masking.js';

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

describe('what is not suspicious', () => {
  /** Whole names and forms are rare among texts that are put together of these, halves of them are not. */
  const PIECES = [
    ...[
      'pass',
      'word',
      'wd',
      'PWD',
      'Sec',
      'ret',
      'tok',
      'en',
      'author',
      'ization',
      'api',
      'key',
      'Cook',
      'ie',
      'saml',
      'request',
    ],
    ...[
      'bea',
      'rer ',
      'Basic',
      'rcs',
      'eyJ',
      'hbGciOiJIUzI1NiJ9',
      '0123456789',
      'a',
      'B',
      '_',
      '-',
      ' ',
      '.',
      ':',
      '=',
      '/',
      ' eq ',
    ],
    ...[
      '"',
      "'",
      '\\',
      '\n',
      '\t',
      '\0',
      '\\u0070',
      'u0070',
      'path',
      'value',
      '{',
      '}',
      '[',
      ']',
      ',',
      'é',
      'ſ',
      '\u212a',
      '€',
      '\u{1f600}',
    ],
  ];
  // The same on each run (mulberry32).
  let state = 20261128;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const some = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!; // below the length
  const aText = () => Array.from({ length: 1 + Math.floor(random() * 9) }, () => some(PIECES)).join('');
  const aValue = (depth: number): unknown => {
    const kind = random();
    if (depth === 0 || kind < 0.4) return some([aText(), aText(), 7, 1.5, true, null]);
    const members = Array.from({ length: Math.floor(random() * 4) }, () => [aText(), aValue(depth - 1)] as const);
    return kind < 0.6 ? members.map(([, value]) => value) : Object.fromEntries(members);
  };

  /** @param mask the whole of masking, quick test or not. */
  function unchanged(make: () => string, mask: (masking: Masking, text: string) => string): void {
    const texts = Array.from({ length: 20_000 }, make);
    const harmless = texts.filter((text) => !isSuspicious(text));
    for (const text of harmless) {
      const masking = new Masking();
      expect(masking.cleaned(mask(masking, text))).toBe(text);
    }
    expect(harmless.length).toBeGreaterThan(2_000);
    expect(texts.length - harmless.length).toBeGreaterThan(2_000);
  }

  it('masking would leave as it is: values of JSON', () => {
    unchanged(
      () => JSON.stringify(aValue(3)),
      (masking, text) => masking.json(JSON.parse(text)),
    );
  });

  // The NUL at the end is suspicious, so that the whole of masking is gone through, and is dropped.
  it('masking would leave as it is: texts', () => {
    unchanged(aText, (masking, text) => masking.text(`${text}\0`));
  });

  it('masking would leave as it is: JSON that is cut off', () => {
    unchanged(
      () => JSON.stringify(aValue(3)).slice(0, -1),
      (masking, text) => masking.text(`${text}\0`),
    );
  });

  it('masking would leave as it is: addresses', () => {
    const anAddress = () => {
      const filter = random() < 0.5 ? encodeURIComponent(aText()) : encodeURIComponent(aText()).replaceAll('%20', '+');
      return `/scim/v2/Users/${encodeURIComponent(aText())}?filter=${filter}${some(['', '%', '%zz', '&count=1'])}`;
    };
    // Suspicious in its decoded form only.
    const isHarmless = (url: string) => new Masking().url(url) === url;
    const addresses = Array.from({ length: 20_000 }, anAddress);
    const harmless = addresses.filter(isHarmless);
    for (const url of harmless) expect(new Masking().url(`${url}&\0`)).toBe(`${url}&`);
    expect(harmless.length).toBeGreaterThan(2_000);
    expect(addresses.length - harmless.length).toBeGreaterThan(200);
  });

  it('holds no name of a secret in any case, and no token, however it is escaped', () => {
    const names = ['password', 'clientSecret', 'access_token', 'Authorization', 'api-key', 'Cookie', 'SAMLResponse'];
    for (const name of names)
      for (const cased of [name, name.toUpperCase(), name.toLowerCase()])
        for (const [before, after] of [
          ['', ''],
          ['\n', '\n'],
          ['x', 'x'],
          ['"', '":'],
          ['urn:x:', '\\'],
        ])
          expect(isSuspicious(JSON.stringify(`${before}${cased}${after}`))).toBe(true);
    const token = `rcs_${'0'.repeat(22)}_${'a'.repeat(43)}_000000`;
    for (const text of [
      token,
      `\n${token}`,
      `x ${token}`,
      token.slice(0, 12),
      'eyJhbGciOiJIUzI1NiJ9.e30.',
      `Bearer\t${SECRET}`,
    ])
      expect(isSuspicious(JSON.stringify(text))).toBe(true);
    expect(isSuspicious('{"pass\\u0077ord":1}')).toBe(true);
  });
});
