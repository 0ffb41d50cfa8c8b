import { describe, expect, it } from 'vitest';
import { toScimError } from '#gateway/translate/core-error.js';
import { ERROR_CODES } from '#schema/error-codes.js';

const CONTEXT = { resourceType: 'User' as const, id: 'u-1', requestId: 'r-1' };
const answerTo = (
  extensions: Record<string, unknown>,
  context: typeof CONTEXT | { resourceType: null; id: null; requestId: string } = CONTEXT,
) => toScimError({ message: 'roleValues is odd.', extensions }, context);

describe('toScimError', () => {
  it.each([
    [{ code: 'NOT_FOUND', id: 'u-1' }, 404, null, 'User u-1 not found.'],
    [{ code: 'NOT_FOUND' }, 404, null, 'User u-1 not found.'],
    [{ code: 'UNIQUENESS', field: 'userName' }, 409, 'uniqueness', 'userName is already in use.'],
    [{ code: 'INVALID_VALUE', field: 'roleValues' }, 400, 'invalidValue', 'roles is odd.'],
    [{ code: 'VERSION_MISMATCH' }, 412, null, 'The resource has changed since that version.'],
    [{ code: 'NO_TARGET' }, 400, 'noTarget', 'roles is odd.'],
    [{ code: 'UNSUPPORTED_FILTER' }, 400, 'invalidFilter', 'roles is odd.'],
    [{ code: 'NOT_MANAGED' }, 403, null, 'roles is odd.'],
    [{ code: 'COMPANY_SUSPENDED' }, 403, null, 'roles is odd.'],
    [{ code: 'LAST_OWNER' }, 409, null, 'roles is odd.'],
    [{ code: 'INTERNAL_SERVER_ERROR' }, 500, null, 'Something unforeseen happened. The request id is r-1.'],
    [{ code: 'UNKNOWN_OPERATION' }, 500, null, 'Something unforeseen happened. The request id is r-1.'],
    [{ code: 'constructor' }, 500, null, 'Something unforeseen happened. The request id is r-1.'],
    [{}, 500, null, 'Something unforeseen happened. The request id is r-1.'],
  ])('answers %o with %i', (extensions, status, scimType, detail) => {
    expect(answerTo(extensions)).toMatchObject({ status, scimType, detail });
  });

  it.each([
    [{ code: 'UNAUTHENTICATED' }, 401, { 'WWW-Authenticate': 'Bearer realm="Rollcall"' }],
    [{ code: 'DATABASE_UNAVAILABLE', retryAfterSeconds: 5 }, 503, { 'Retry-After': '5' }],
    [{ code: 'DATABASE_UNAVAILABLE' }, 503, { 'Retry-After': '2' }],
    [{ code: 'CONFLICT' }, 503, { 'Retry-After': '1' }],
    [{ code: 'PROFILE_CHANGED' }, 503, { 'Retry-After': '1' }],
  ])('tells how to go on after %o', (extensions, status, headers) => {
    expect(answerTo(extensions)).toMatchObject({ status, headers });
  });

  it('blames the body, not the address, for another id that is missing', () => {
    expect(answerTo({ code: 'NOT_FOUND', id: 'u-2' })).toMatchObject({ status: 400, scimType: 'invalidValue' });
    expect(answerTo({ code: 'NOT_FOUND' }, { resourceType: null, id: null, requestId: 'r-1' })).toMatchObject({
      status: 400,
    });
  });

  it('never answers an unforeseen failure with 404: a provider would delete on it', () => {
    const statuses = Object.keys(ERROR_CODES).map((code) => [code, answerTo({ code }).status]);

    expect(statuses.filter(([, status]) => status === 404)).toEqual([['NOT_FOUND', 404]]);
  });
});
