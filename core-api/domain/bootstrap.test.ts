import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { Authenticator } from './auth/authenticator.js';
import { verifyPassword } from './auth/password.js';
import { bootstrapCompany, ensureOperatorKey } from './bootstrap.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const origin = { requestId: 'r', clientAddress: null, userAgent: null, companyHeader: null };

it('makes a company whose token and key work at once', async () => {
  const made = await bootstrapCompany(bed.db, { name: 'Acme', preset: 'testomat' });
  const authenticator = new Authenticator(bed.db);

  const directory = await authenticator.byGatewayDoor(`Bearer ${made.scimToken}`, origin);
  const key = await authenticator.byApiDoor(`Bearer ${made.apiKey}`, origin);

  expect(made).toMatchObject({ companySlug: 'acme', ownerEmail: 'owner@acme.example' });
  expect(directory).toMatchObject({ companyId: made.companyId, directory: { id: made.directoryId } });
  expect(directory.directory?.profile).toMatchObject({ preset: 'testomat', defaultRole: 'qa', unsupportedFilter: 501 });
  expect(key.companyId).toBe(made.companyId);
});

it('makes a local owner with an argon2id password that no directory sees', async () => {
  const made = await bootstrapCompany(bed.db, { name: 'Owned', preset: 'testmail', ownerEmail: 'Ann@Example.com' });

  const { rows } = await bed.owner.query(
    `select u.user_name, u.user_name_key, u.break_glass, u.directory_id, c.password_hash, r.key, a.source
     from app_user u join local_credential c on c.user_id = u.id join role_assignment a on a.user_id = u.id join role r on r.id = a.role_id
     where u.company_id = $1`,
    [made.companyId],
  );

  expect(rows).toMatchObject([
    {
      user_name: 'Ann@Example.com',
      user_name_key: 'ann@example.com',
      break_glass: true,
      directory_id: null,
      key: 'owner',
      source: 'DIRECT',
    },
  ]);
  expect(await verifyPassword(rows[0].password_hash, made.ownerPassword)).toBe(true);
});

it('numbers a slug that is taken, also when several are made at once', async () => {
  const made = await Promise.all([1, 2, 3].map(() => bootstrapCompany(bed.db, { name: 'Twins', preset: 'rollcall' })));

  expect(made.map(({ companySlug }) => companySlug).sort()).toEqual(['twins', 'twins-2', 'twins-3']);
});

it('logs each step, and no secret', async () => {
  const made = await bootstrapCompany(bed.db, { name: 'Logged', preset: 'rollcall' });

  const { rows } = await bed.owner.query(
    'select kind, source, before, after from change where company_id = $1 order by epoch, xid, no',
    [made.companyId],
  );

  expect(rows.map((row) => row.kind)).toEqual([
    'company.created',
    ...new Array(5).fill('role.created'),
    'user.created',
    'role.assigned',
    'sso_connection.created',
    'company.provisioning_enabled',
    'directory.created',
    'directory_token.created',
    'api_key.created',
  ]);
  const text = JSON.stringify(rows);
  for (const secret of [made.scimToken, made.apiKey, made.ownerPassword]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/argon2|hash/i);
});

it('mints the first operator key once', async () => {
  const [one, two] = await Promise.all([ensureOperatorKey(bed.db), ensureOperatorKey(bed.db)]);

  expect([one, two].filter((key) => key === null)).toHaveLength(1);
  const actor = await new Authenticator(bed.db).byApiDoor(`Bearer ${one ?? two}`, origin);
  expect(actor).toMatchObject({ kind: 'OPERATOR', companyId: null });
});
