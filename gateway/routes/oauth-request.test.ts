import { describe, expect, it } from 'vitest';
import { readTokenRequest } from '#gateway/routes/oauth-request.js';

const BASIC = `Basic ${Buffer.from('id:secret').toString('base64')}`;
const GRANT = 'grant_type=client_credentials';

describe('readTokenRequest', () => {
  it('hands the header on as it came', () => {
    expect(readTokenRequest(BASIC, GRANT)).toEqual({ authorization: BASIC, scopes: null });
  });

  it('makes the header of a body (RFC 6749 §2.3.1)', () => {
    const { authorization } = readTokenRequest(null, `${GRANT}&client_id=a%3Ab&client_secret=c+d`);

    expect(Buffer.from(authorization.slice(6), 'base64').toString()).toBe('a%3Ab:c%20d');
  });

  it.each([
    ['scope=users+groups', ['users', 'groups']],
    ['scope=', null],
    ['scope=read', ['read']],
    ['resource=x', null],
  ])('reads %s', (more, scopes) => {
    expect(readTokenRequest(BASIC, `${GRANT}&${more}`)).toMatchObject({ scopes });
  });

  it.each([
    [BASIC, '', 'invalid_request'],
    [BASIC, 'grant_type=', 'invalid_request'],
    [BASIC, 'grant_type=password', 'unsupported_grant_type'],
    [BASIC, 'grant_type=Client_Credentials', 'unsupported_grant_type'],
    [BASIC, `${GRANT}&${GRANT}`, 'invalid_request'],
    [BASIC, `${GRANT}&client_id=id&client_secret=secret`, 'invalid_request'],
    [null, GRANT, 'invalid_client'],
    [null, `${GRANT}&client_id=id`, 'invalid_client'],
    [null, `${GRANT}&client_secret=secret`, 'invalid_client'],
    [null, `${GRANT}&client_id=id&client_secret=${'s'.repeat(5_000)}`, 'invalid_client'],
    ['Bearer token', GRANT, 'invalid_client'],
    ['Basic \u00e9', GRANT, 'invalid_client'],
  ])('%j with %j is %s', (authentication, form, code) => {
    expect(() => readTokenRequest(authentication, form)).toThrow(expect.objectContaining({ code }));
  });
});
