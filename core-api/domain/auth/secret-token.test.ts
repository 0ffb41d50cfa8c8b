import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mintToken, readToken } from './secret-token.js';

const COMPANY = '0192a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';

describe('secret tokens', () => {
  it.each([
    ['directory', 'rcs'],
    ['apiKey', 'rck'],
    ['session', 'rcu'],
  ] as const)('of kind %s begin with %s and carry their company', (kind, prefix) => {
    const { token, hash, hint } = mintToken(kind, COMPANY);

    expect(token).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$`));
    expect(readToken(token)).toEqual({ kind, companyId: COMPANY, hash });
    expect(hash).toEqual(createHash('sha256').update(token).digest());
    expect(hint).toBe(`${prefix}_…${token.slice(-4)}`);
  });

  it('of operators carry no company', () => {
    const { token, hash } = mintToken('operator', null);
    expect(token).toMatch(/^rco_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
    expect(readToken(token)).toEqual({ kind: 'operator', companyId: null, hash });
  });

  it.each(['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
    'carry the company %s',
    (id) => {
      expect(readToken(mintToken('apiKey', id).token)?.companyId).toBe(id);
    },
  );

  it('are never the same twice', () => {
    const tokens = Array.from({ length: 100 }, () => mintToken('apiKey', COMPANY).token);
    expect(new Set(tokens).size).toBe(100);
  });

  it('are not read with any one character changed', () => {
    const { token } = mintToken('directory', COMPANY);
    for (const index of token.split('').keys()) {
      const changed = token.slice(0, index) + (token[index] === 'x' ? 'y' : 'x') + token.slice(index + 1);
      expect(readToken(changed), changed).toBeNull();
    }
  });

  it('have a stable form: this one, minted earlier, is still read', () => {
    const token = 'rcs_02y0CBjuO9Txqq0amBypyt_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg_4Xkvzk';
    expect(readToken(token)).toMatchObject({ kind: 'directory', companyId: COMPANY });
  });

  it.each([
    ['nothing', ''],
    ['another word', 'Bearer'],
    ['a trailing line end', `${mintToken('operator', null).token}\n`],
    ['an operator key with a company', mintToken('apiKey', COMPANY).token.replace('rck_', 'rco_')],
    ['a long text', 'rcs_'.repeat(100_000)],
  ])('are told from %s', (_, text) => {
    expect(readToken(text)).toBeNull();
  });
});
