import { describe, expect, it } from 'vitest';
import { newId } from '../new-id.js';
import { readClientCredentials } from './client-credentials.js';
import { mintToken } from './secret-token.js';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const companyId = newId();
const { token, hash } = mintToken('client', companyId);

describe('readClientCredentials', () => {
  it.each([
    ['as it is', `c-1:${token}`],
    ['encoded like a form (RFC 6749 §2.3.1)', `c%2D1:${token.replaceAll('_', '%5F')}`],
  ])('reads id and secret %s', (_, text) => {
    expect(readClientCredentials(basic(text))).toEqual({
      clientId: 'c-1',
      secret: { kind: 'client', companyId, hash },
    });
  });

  it.each([
    ['another scheme', `Bearer ${token}`],
    ['no colon', basic(token)],
    ['a broken escape', basic(`c%-1:${token}`)],
    ['a secret that was never one', basic(`c-1:${token}x`)],
    ['a directory token', basic(`c-1:${mintToken('directory', companyId).token}`)],
    ['an access token', basic(`c-1:${mintToken('access', companyId).token}`)],
    ['nothing', 'Basic '],
    ['too much', basic(`${'c'.repeat(3_000)}:${token}`)],
  ])('reads nothing from %s', (_, authorization) => {
    expect(readClientCredentials(authorization)).toBeNull();
  });
});
