import { describe, expect, it } from 'vitest';
import { excerpt, invalidFilter, methodNotAllowed, ScimError } from '#gateway/scim/error.js';
import { ERROR_URN } from '#gateway/scim/schemas.js';

describe('ScimError', () => {
  it('becomes the error body of RFC 7644 §3.12, its status a string', () => {
    expect(new ScimError(409, 'uniqueness', 'taken').toBody()).toEqual({
      schemas: [ERROR_URN],
      status: '409',
      scimType: 'uniqueness',
      detail: 'taken',
    });
  });

  it('leaves scimType out when there is none', () => {
    expect(Object.keys(new ScimError(404, null, 'gone').toBody())).toEqual(['schemas', 'status', 'detail']);
  });

  it('is an Error with its detail as message', () => {
    expect(invalidFilter('unreadable', 7)).toBeInstanceOf(Error);
    expect(invalidFilter('unreadable', 7).message).toBe('unreadable (at character 7)');
  });

  it('names the methods that are allowed in a header', () => {
    expect(methodNotAllowed('DELETE', ['GET', 'POST'])).toMatchObject({ status: 405, headers: { Allow: 'GET, POST' } });
  });
});

describe('excerpt', () => {
  it.each([
    ['plain', '"plain"'],
    ['line\nfeed', '"line\\nfeed"'],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
  ])('quotes %j', (text, quoted) => {
    expect(excerpt(text)).toBe(quoted);
  });
});
