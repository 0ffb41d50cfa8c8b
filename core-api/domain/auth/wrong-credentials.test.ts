import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { bootstrapCompany } from '../bootstrap.js';
import { Authenticator } from './authenticator.js';
import { mintToken } from './secret-token.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const from = (clientAddress: string) => ({ requestId: 'r', clientAddress, userAgent: null, companyHeader: null });

it('A-09: 500 wrong keys from one address cost 50 look-ups and get 429, and hold up nobody elsewhere', async () => {
  const { apiKey, companyId } = await bootstrapCompany(bed.db, { name: 'Guessed at', preset: 'rollcall' });
  const authenticator = new Authenticator(bed.db);
  const ask = (key: string, address: string) => authenticator.byApiDoor(`Bearer ${key}`, from(address));
  const before = bed.statements.length;

  const codes: { code: string; retry?: number }[] = [];
  for (let i = 0; i < 500; i++)
    await ask(mintToken('apiKey', companyId).token, '192.0.2.1').catch((error) =>
      codes.push({ code: error.code, retry: error.details.retryAfterSeconds }),
    );

  expect(codes.filter(({ code }) => code === 'UNAUTHENTICATED')).toHaveLength(50);
  expect(codes.at(-1)).toEqual({ code: 'TOO_MANY_ATTEMPTS', retry: expect.any(Number) });
  expect(codes.at(-1)!.retry).toBeLessThanOrEqual(10);
  expect(bed.statements.length - before).toBe(50);
  await expect(ask(apiKey, '192.0.2.1')).rejects.toMatchObject({ code: 'TOO_MANY_ATTEMPTS' });
  await expect(ask(apiKey, '198.51.100.7')).resolves.toMatchObject({ companyId });
  // Now that it is known to be right, it goes on from there, too.
  await expect(ask(apiKey, '192.0.2.1')).resolves.toMatchObject({ companyId });
});

it('counts the addresses of one IPv6 network as one', async () => {
  const { companyId } = await bootstrapCompany(bed.db, { name: 'Six', preset: 'rollcall' });
  const authenticator = new Authenticator(bed.db);
  const guess = (address: string) =>
    authenticator.byApiDoor(`Bearer ${mintToken('apiKey', companyId).token}`, from(address)).catch(({ code }) => code);

  for (let i = 0; i < 50; i++) await guess(`2001:db8:1:2::${i}`);

  expect(await guess('2001:db8:1:2:3:4:5:6')).toBe('TOO_MANY_ATTEMPTS');
  expect(await guess('2001:db8:1:3::1')).toBe('UNAUTHENTICATED');
});
