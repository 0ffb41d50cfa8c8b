import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { ProvisioningService } from '../provisioning/provisioning-service.js';
import { RoleMappingService } from '../role/role-mapping-service.js';
import { RoleService } from '../role/role-service.js';
import { UserService } from '../user/user-service.js';
import { type Admission, type Arrival, admit } from './admission.js';
import type { AssertedIdentity } from './connection-config.js';

const CONFIG = { issuer: 'https://idp.example', clientId: 'rollcall' };
const VISITOR = { address: '192.0.2.1', userAgent: 'a browser', requestId: 'request-1' };

let bed: CompanyBed;
let connectionId: string;
let roles: RoleService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  roles = new RoleService(bed.db, bed.program());
  await roles.create({ key: 'member', name: 'Member', permissions: [], rank: 1, isDefault: true });
});
afterAll(() => bed?.close());
beforeEach(async () => {
  await company({ provisioning: false });
  connectionId = await aConnection();
});

/** @param since days ago */
const company = ({ provisioning = true, policy = 'GRACE', since = 1 }) =>
  bed.owner.query(
    `update company set provisioning = $2, provisioning_since = case when $2 then now() - make_interval(days => $3) end,
       policies = policies || jsonb_build_object('unprovisionedSignIn', $4::text) where id = $1`,
    [bed.companyId, provisioning, since, policy],
  );
async function aConnection(subjectMatch = 'USER_NAME', config: object = CONFIG): Promise<string> {
  const id = newId();
  await bed.owner.query(
    `insert into sso_connection (company_id, id, name, kind, status, config, subject_match) values ($1, $2, $3, 'OIDC', 'ACTIVE', $4, $5)`,
    [bed.companyId, id, `SSO ${id}`, config, subjectMatch],
  );
  return id;
}
async function aDirectory(of: string | null = connectionId) {
  const actor = await bed.directory();
  if (of !== null)
    await bed.owner.query('insert into directory_sso_connection values ($1, $2, $3)', [
      bed.companyId,
      actor.directory.id,
      of,
    ]);
  return actor;
}
const users = () => new UserService(bed.db, bed.program());
const aName = () => `ann-${newId()}@acme.example`;

const identity = (userName: string | null, more: Partial<AssertedIdentity> = {}): AssertedIdentity => ({
  subject: `subject of ${userName}`,
  userName,
  externalId: null,
  email: null,
  emailVerified: false,
  givenName: null,
  familyName: null,
  displayName: null,
  groups: [],
  idpSession: null,
  ...more,
});
const arrive = (asserted: AssertedIdentity, more: Partial<Arrival> = {}): Promise<Admission> =>
  admit(bed.db, {
    companyId: bed.companyId,
    connection: { id: connectionId, config: CONFIG },
    identity: asserted,
    session: { kind: 'COOKIE' },
    visitor: VISITOR,
    ...more,
  });
const outcome = async (asserted: AssertedIdentity, more: Partial<Arrival> = {}): Promise<string> => {
  const admission = await arrive(asserted, more);
  return admission.kind === 'ADMITTED' ? admission.session.userId : admission.reason;
};
const sessionsOf = async (userId: string) =>
  (await bed.owner.query('select method, connection_id from session where user_id = $1 and ended_at is null', [userId]))
    .rows;
const refusalsOf = async (objectId: string) =>
  (await bed.changesOf(objectId)).filter(({ kind }) => kind === 'sign_in.refused').map(({ after }) => after);
const settle = (userId: string, sql: string) => bed.owner.query(`update app_user set ${sql} where id = $1`, [userId]);

describe('somebody new, while nobody provisions', () => {
  it('is made with what was asserted, bound, and signed in', async () => {
    const name = aName();
    const asserted = identity(name, {
      externalId: `ext-${name}`,
      email: name,
      emailVerified: true,
      givenName: 'Ann',
      familyName: 'Lee',
      displayName: 'Ann Lee',
    });

    const userId = await outcome(asserted);

    expect(await users().get(userId, { roles: true })).toMatchObject({
      userName: name,
      directoryId: null,
      externalId: `ext-${name}`,
      givenName: 'Ann',
      familyName: 'Lee',
      displayName: 'Ann Lee',
      emails: [{ value: name, type: 'work', primary: true }],
      roles: [{ key: 'member' }],
    });
    expect(await sessionsOf(userId)).toEqual([{ method: 'OIDC', connection_id: connectionId }]);
    expect((await bed.changesOf(userId)).map(({ kind }) => kind)).toEqual(['user.created', 'sso_subject.bound']);
    expect(await outcome(identity('somebody else', { subject: asserted.subject }))).toBe(userId);
  });

  it('is made once, however often they arrive at once', async () => {
    const asserted = identity(aName());
    const ids = await Promise.all(Array.from({ length: 8 }, () => outcome(asserted)));

    expect(new Set(ids).size).toBe(1);
    expect(await sessionsOf(ids[0]!)).toHaveLength(8);
  });

  it('gets no address that nobody has verified', async () => {
    const name = aName();
    expect((await users().get(await outcome(identity(name, { email: name })))).emails).toEqual([]);
  });

  it.each([
    ['without a name', identity(null), 'CLAIM_MISSING'],
    ['with a name that is too long', identity('x'.repeat(2_000)), 'CLAIM_INVALID'],
    ['with a name that cannot be stored', identity('a\0b'), 'CLAIM_INVALID'],
    ['without a subject', identity('empty', { subject: '' }), 'CLAIM_INVALID'],
    ['with a subject that no index holds', identity('long', { subject: 'x'.repeat(1_025) }), 'CLAIM_INVALID'],
  ])('is refused %s', async (_, asserted, reason) => {
    expect(await outcome(asserted)).toBe(reason);
    expect(await refusalsOf(connectionId)).toEqual([expect.objectContaining({ reason })]);
  });
});

describe('a user of the company’s own', () => {
  it('is bound by name, and gets what is missing; what is there stays', async () => {
    const { user } = await users().create({ userName: aName(), displayName: 'Our Ann' });
    const more = { givenName: 'Ann', displayName: 'Their Ann' };

    expect(await outcome(identity(user.userName.toUpperCase(), more))).toBe(user.id);
    expect(await users().get(user.id)).toMatchObject({ displayName: 'Our Ann', givenName: 'Ann', version: 2 });
    await outcome(identity(user.userName.toUpperCase(), more));
    expect(await users().get(user.id)).toMatchObject({ version: 2 });
  });

  it('has the roles of its group claims while nobody provisions; then they are passed over, and that is logged once', async () => {
    const key = `role-${newId()}`;
    const role = await roles.create({ key, name: key, permissions: [], rank: 2 });
    const mappings = new RoleMappingService(bed.db, bed.program());
    const change = { create: [{ kind: 'CLAIM' as const, claim: key, roleId: role.id }] };
    const preview = await mappings.preview(change);
    await mappings.change(change, preview.hash);
    const { user } = await users().create({ userName: aName() });
    const asserted = identity(user.userName, { groups: [key.toUpperCase()] });
    const rolesOf = async () => (await users().get(user.id, { roles: true })).roles!.map((each) => each.key);

    await outcome(asserted);
    expect(await rolesOf()).toEqual([key]);

    await company({ policy: 'ALLOW' });
    await outcome({ ...asserted, groups: ['other'] });
    await outcome({ ...asserted, groups: ['other'] });
    expect(await rolesOf()).toEqual(['member']);
    await company({ provisioning: false });
    expect(await rolesOf()).toEqual([key]);
    const kinds = (await bed.changesOf(user.id)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'role.claims_ignored')).toHaveLength(1);
  });

  it('comes in for 14 days after provisioning began, if it was there; an exempt one later, too', async () => {
    await company({ since: 13 });
    const [old, exempt, young] = [
      await users().create({ userName: aName() }),
      await users().create({ userName: aName() }),
      await users().create({ userName: aName() }),
    ];
    for (const { user } of [old, exempt]) await settle(user.id, `created_at = now() - interval '40 days'`);
    await bed.owner.query('insert into gate_exemption values ($1, $2)', [bed.companyId, exempt.user.id]);
    const all = async () => [
      await outcome(identity(old.user.userName)),
      await outcome(identity(exempt.user.userName)),
      await outcome(identity(young.user.userName)),
    ];

    expect(await all()).toEqual([old.user.id, exempt.user.id, 'NOT_PROVISIONED']);
    await company({ since: 15 });
    expect(await all()).toEqual(['NOT_PROVISIONED', exempt.user.id, 'NOT_PROVISIONED']);
    await company({ policy: 'BLOCK' });
    expect(await all()).toEqual(['NOT_PROVISIONED', exempt.user.id, 'NOT_PROVISIONED']);
    await company({ policy: 'ALLOW' });
    expect(await all()).toEqual([old.user.id, exempt.user.id, young.user.id]);
  });

  it('is shut out exactly when the preview of provisioning says so', async () => {
    await bed.owner.query('update app_user set active = false where company_id = $1', [bed.companyId]);
    await bed.owner.query(`update company set plan = 'ENTERPRISE' where id = $1`, [bed.companyId]);
    await company({ provisioning: false, policy: 'BLOCK' });
    const { directory } = await aDirectory();
    const ids = {
      own: await bed.user(),
      exempt: await bed.user(),
      managed: await bed.user({ directoryId: directory.id }),
      lastResort: await bed.user({ breakGlass: true }),
    };
    await bed.owner.query('insert into gate_exemption values ($1, $2)', [bed.companyId, ids.exempt]);
    const provisioning = new ProvisioningService(bed.db, bed.program());

    const preview = await provisioning.preview();
    expect(preview).toMatchObject({ shutOutCount: 1, shutOutIds: [ids.own] });
    await provisioning.enable(preview.hash);
    const outcomes = await Promise.all(Object.values(ids).map((id) => outcome(identity(`user-${id}`))));
    expect(outcomes).toEqual(['NOT_PROVISIONED', ids.exempt, ids.managed, 'BREAK_GLASS']);
  });
});

describe('S-19: an e-mail address of a user, and a subject that nobody knows', () => {
  const asserted = (name: string, emailVerified: boolean) =>
    identity(null, { subject: newId(), email: name, emailVerified });
  const verified = (domain: string, heldBy: string) =>
    bed.owner.query(
      `with c as (insert into domain_claim (company_id, id, domain, challenge, status) values ($2, gen_random_uuid(), $1, 'x', 'VERIFIED') returning id)
       insert into verified_domain (domain, held_by, claim_id) select $1, $2, id from c`,
      [domain, heldBy],
    );

  it('stands in for a name that is not asserted only if it is verified, and the domain too', async () => {
    const domain = `${newId()}.example`;
    const { user } = await users().create({ userName: `ann@${domain}` });

    expect(await outcome(asserted(user.userName, false))).toBe('EMAIL_NOT_VERIFIED');
    expect(await outcome(asserted(user.userName, true))).toBe('DOMAIN_NOT_VERIFIED');
    await verified(domain, bed.companyId);
    expect(await outcome(asserted(user.userName, true))).toBe(user.id);
  });

  it('links nobody where the address is the name, unless it is verified', async () => {
    const config = { ...CONFIG, claims: { userName: 'email' } };
    connectionId = await aConnection('USER_NAME', config);
    const { user } = await users().create({ userName: aName() });
    const named = (emailVerified: boolean) => ({ ...asserted(user.userName, emailVerified), userName: user.userName });
    const by = { connection: { id: connectionId, config } };

    expect(await outcome(named(false), by)).toBe('EMAIL_NOT_VERIFIED');
    expect(await outcome(named(true), by)).toBe(user.id);
  });

  it('links where users are found by address only if the provider has verified it and the company the domain', async () => {
    connectionId = await aConnection('EMAIL');
    const domain = `${newId()}.example`;
    const { user } = await users().create({ userName: aName(), emails: [{ value: `ann@${domain}`, type: 'work' }] });
    const theirs = `${newId()}.example`;
    await verified(theirs, await bed.anotherCompany());

    expect(await outcome(asserted(`ann@${domain}`, true))).toBe('DOMAIN_NOT_VERIFIED');
    expect(await outcome(asserted(`ann@${theirs}`, true))).toBe('DOMAIN_NOT_VERIFIED');
    await verified(domain, bed.companyId);
    expect(await outcome(asserted(`ann@${domain}`, false))).toBe('EMAIL_NOT_VERIFIED');
    expect(await outcome(asserted(`Ann@${domain.toUpperCase()}`, true))).toBe(user.id);
    await users().create({ userName: aName(), emails: [{ value: `two@${domain}` }] });
    await users().create({ userName: aName(), emails: [{ value: `two@${domain}` }] });
    expect(await outcome(asserted(`two@${domain}`, true))).toBe('AMBIGUOUS');
    await company({});
    expect(await outcome(asserted(`nobody@${domain}`, true))).toBe('NOT_PROVISIONED');
    expect(await sessionsOf(user.id)).toHaveLength(1);
  });
});

describe('S-20: a connection that was there when the sign-in began', () => {
  it.each([
    ['is a draft', `update sso_connection set status = 'DRAFT' where id = $1`, 'CONNECTION_INACTIVE'],
    ['is deleted', 'delete from sso_connection where id = $1', 'CONNECTION_INACTIVE'],
    [
      'trusts another client',
      `update sso_connection set config = config || '{"clientId": "other"}' where id = $1`,
      'CONNECTION_CHANGED',
    ],
  ])('lets nobody in once it %s', async (_, sql, reason) => {
    const { user } = await users().create({ userName: aName() });
    await bed.owner.query(sql, [connectionId]);

    expect(await outcome(identity(user.userName))).toBe(reason);
    expect(await sessionsOf(user.id)).toEqual([]);
    expect(await refusalsOf(connectionId)).toMatchObject([{ reason }]);
  });
});

describe('S-21: who is not provisioned', () => {
  it('is refused, with the reason in the log', async () => {
    await company({});
    const { directory } = await aDirectory();
    const other = await aDirectory(null);
    const theirs = await bed.anotherCompany();
    const foreigner = await new UserService(bed.db, bed.program(undefined, theirs)).create({ userName: aName() });
    const deactivated = await bed.user({ directoryId: directory.id });
    await settle(deactivated, 'active = false');
    const deleted = await bed.user({ directoryId: directory.id, deleted: true });
    const elsewhere = await bed.user({ directoryId: other.directory.id });

    const cases: [string, string, string][] = [
      [aName(), 'NOT_PROVISIONED', connectionId],
      [foreigner.user.userName, 'NOT_PROVISIONED', connectionId],
      [`user-${deactivated}`, 'DEACTIVATED', deactivated],
      [`user-${deleted}`, 'DELETED', deleted],
      [`user-${elsewhere}`, 'OTHER_DIRECTORY', elsewhere],
    ];
    for (const [name, reason, objectId] of cases) {
      expect([name, await outcome(identity(name))]).toEqual([name, reason]);
      expect((await refusalsOf(objectId)).at(-1)).toEqual({
        reason,
        connectionId,
        subjectHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    }
    const { rows } = await bed.owner.query('select 1 from session where connection_id = $1', [connectionId]);
    expect(rows).toEqual([]);
    expect(await refusalsOf(foreigner.user.id)).toEqual([]);
  });

  it('stays out when they were let in before', async () => {
    await company({});
    const { directory } = await aDirectory();
    const id = await bed.user({ directoryId: directory.id });
    const asserted = identity(`user-${id}`);
    expect(await outcome(asserted)).toBe(id);

    await settle(id, 'active = false');
    expect(await outcome(asserted)).toBe('DEACTIVATED');
    await settle(id, 'active = true, deleted_at = now()');
    expect(await outcome(asserted)).toBe('DELETED');
    const next = await bed.user({ directoryId: directory.id });
    await settle(next, `user_name = 'user-${id}', user_name_key = 'user-${id}'`);
    expect(await outcome(asserted)).toBe(next);
    expect((await bed.changesOf(id)).map(({ kind }) => kind)).toContain('sso_subject.unbound');
  });
});

describe('S-23: the same name with another subject', () => {
  it('is refused, and rings', async () => {
    await company({});
    const { directory } = await aDirectory();
    const id = await bed.user({ directoryId: directory.id });
    await outcome(identity(`user-${id}`));
    const stranger = identity(`user-${id}`, { subject: 'the new owner of the domain' });

    expect(await outcome(stranger)).toBe('SUBJECT_CHANGED');
    expect(await outcome(stranger)).toBe('SUBJECT_CHANGED');
    const { rows } = await bed.owner.query('select kind, details from alarm where subject_id = $1', [id]);
    expect(rows).toEqual([{ kind: 'SUBJECT_CHANGED', details: { connectionId } }]);
    expect(await refusalsOf(id)).toMatchObject([{ reason: 'SUBJECT_CHANGED' }, { reason: 'SUBJECT_CHANGED' }]);
    expect(await sessionsOf(id)).toHaveLength(1);
  });
});

it('a step-up is good for the user it is for alone', async () => {
  const [ann, bob] = [await users().create({ userName: aName() }), await users().create({ userName: aName() })];

  expect(await outcome(identity(bob.user.userName), { expectedUserId: ann.user.id })).toBe('OTHER_USER');
  expect(await outcome(identity(aName()), { expectedUserId: ann.user.id })).toBe('OTHER_USER');
  expect(await outcome(identity(ann.user.userName), { expectedUserId: ann.user.id })).toBe(ann.user.id);
});

it('a subject is told apart from one that differs only in case', async () => {
  const [ann, bob] = [await users().create({ userName: aName() }), await users().create({ userName: aName() })];
  await outcome(identity(ann.user.userName, { subject: `s-${ann.user.id}` }));

  expect(await outcome(identity(bob.user.userName, { subject: `S-${ann.user.id}` }))).toBe(bob.user.id);
});
