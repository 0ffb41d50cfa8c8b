import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '#gateway/scim/json.js';

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('parseJson', () => {
  it.each(['{"a":[1,{"b":null}]}', '"x"', '0', '-0', '1e308', '9223372036854775808', '"\\u00e9\\ud83d\\ude00"'])(
    'reads %s',
    (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    },
  );

  it('reads past a byte order mark', () => {
    expect(parseJson('\ufeff{}')).toEqual({});
  });

  it('takes 64 levels', () => {
    expect(parseJson(nested(64))).toBeInstanceOf(Array);
  });

  it.each([
    ['nothing', '', 'invalidSyntax'],
    ['a cut body', '{"a":', 'invalidSyntax'],
    ['a comma too many', '{"a":1,}', 'invalidSyntax'],
    ['65 levels', nested(65), 'invalidSyntax'],
    ['10,000 levels', nested(10_000), 'invalidSyntax'],
    ['a million brackets', '['.repeat(1_000_000), 'invalidSyntax'],
    ['the key __proto__', '{"__proto__":{"x":1}}', 'invalidSyntax'],
    ['the key __proto__ as escapes', '[{"a":{"\\u005f_proto__":1}}]', 'invalidSyntax'],
    ['the key constructor', '{"a":{"constructor":1}}', 'invalidSyntax'],
    ['the key prototype', '{"prototype":1}', 'invalidSyntax'],
    ['a NUL in a value', '{"a":["x\\u0000"]}', 'invalidValue'],
    ['a NUL in a key', '{"a\\u0000":1}', 'invalidValue'],
    ['half of a pair as escape', '"\\uD83D"', 'invalidValue'],
    ['half of a pair in the text', '{"a":"\ude00"}', 'invalidValue'],
    ['a number beyond a double', '{"a":1e400}', 'invalidValue'],
    ['a negative one', '[-1e400]', 'invalidValue'],
  ])('refuses %s', (_, text, scimType) => {
    expect(() => parseJson(text)).toThrow(expect.objectContaining({ status: 400, scimType }));
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  it('does not repeat a body that it could not read: it may hold a password', () => {
    expect(() => parseJson('{"password":hunter2}')).toThrow(
      expect.objectContaining({ detail: expect.not.stringContaining('hunter2') }),
    );
  });

  it('allows the forbidden words as values', () => {
    expect(parseJson('{"title":"constructor","name":"__proto__"}')).toEqual({
      title: 'constructor',
      name: '__proto__',
    });
  });

  it('throws nothing but a 400, and changes no value', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
        try {
          expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
        } catch (error) {
          expect(error).toMatchObject({ name: 'ScimError', status: 400 });
        }
      }),
      { numRuns: 300 },
    );
  });
});
