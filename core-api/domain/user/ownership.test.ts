import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryProfile } from '#schema/profile.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { lockedFields } from './ownership.js';
import { UserService } from './user-service.js';
import type { UserFields } from './user-types.js';

/* What directories may do with users: rules 3 to 6 of the domain. */

const URN = 'urn:example:crew:2.0:User';
let bed: CompanyBed;
let admin: UserService;
const roleIds = new Map<string, string>();

beforeAll(async () => {
  bed = await CompanyBed.open();
  admin = new UserService(bed.db, bed.program());
  for (const [key, rank] of [
    ['owner', 100],
    ['manager', 80],
    ['billing', 60],
    ['qa', 40],
  ] as const) {
    roleIds.set(key, newId());
    await bed.owner.query(
      `insert into role (company_id, id, key, name, permissions, rank, is_default, grantable_by_directory)
       values ($1, $2, $3, $4, '{}', $5, $6, $7)`,
      [bed.companyId, roleIds.get(key), key, `The ${key}`, rank, key === 'qa', key !== 'owner'],
    );
  }
});
afterAll(() => bed?.close());

const ROLES = { roles: true };
let counted = 0;
const aName = () => `user-${++counted}@acme.example`;
const failsWith = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });
const keysOf = (user: { roles?: { key: string }[] }) => user.roles?.map(({ key }) => key);
const kindsOf = async (id: string) => (await bed.changesOf(id)).map(({ kind }) => kind);

async function aDirectory(profile: Partial<DirectoryProfile> = {}) {
  const actor = await bed.directory(profile);
  return { actor, users: new UserService(bed.db, actor) };
}
const aUser = async (users: UserService, fields: Partial<UserFields> = {}) =>
  (await users.create({ userName: aName(), ...fields })).user;

describe('what a directory sees', () => {
  it('is its own rows and local ones, but not those of others nor of last resort', async () => {
    const { users } = await aDirectory();
    const own = await aUser(users);
    const local = await aUser(admin);
    const foreign = await aUser((await aDirectory()).users);
    const lastResort = await bed.user({ breakGlass: true });

    const seen = (await users.list({ first: 1000 })).nodes.map(({ id }) => id);
    expect(seen).toEqual(expect.arrayContaining([own.id, local.id]));
    expect(seen).not.toEqual(expect.arrayContaining([foreign.id]));
    expect(seen).not.toEqual(expect.arrayContaining([lastResort]));
    expect(await users.findByUserName(foreign.userName)).toBeNull();
    for (const id of [foreign.id, lastResort]) {
      await expect(users.get(id)).rejects.toEqual(failsWith('NOT_FOUND'));
      await expect(users.change(id, [{ set: { title: 'x' } }])).rejects.toEqual(failsWith('NOT_FOUND'));
      await expect(users.delete(id)).rejects.toEqual(failsWith('NOT_FOUND'));
    }
  });

  it('is its own rows alone when its profile says so', async () => {
    const { users } = await aDirectory({ listScope: 'MANAGED' });
    const own = await aUser(users);
    const local = await aUser(admin);

    expect((await users.list({ wantTotal: true })).totalCount).toBe(1);
    expect((await users.getMany([local.id, own.id])).map(({ id }) => id)).toEqual([own.id]);
    await expect(users.get(local.id)).rejects.toEqual(failsWith('NOT_FOUND'));
  });
});

describe('a local user', () => {
  it('is taken over by a change, even by one that changes nothing else', async () => {
    const { actor, users } = await aDirectory();
    const local = await aUser(admin, { title: 'T' });
    const { user } = await users.change(local.id, [{ set: { title: 'T' } }]);

    expect(user).toMatchObject({ id: local.id, directoryId: actor.directory.id, version: 2 });
    expect((await bed.changesOf(local.id))[1]).toEqual({
      kind: 'user.adopted',
      before: { directoryId: null },
      after: { directoryId: actor.directory.id },
    });
  });

  it('is taken over by a create when the profile says so, else its name is taken', async () => {
    const local = await aUser(admin, { title: 'T', nickName: 'N' });
    const careful = await aDirectory({ adopt: 'ON_UPDATE' });
    await expect(careful.users.create({ userName: local.userName })).rejects.toEqual(
      failsWith('UNIQUENESS', { field: 'userName' }),
    );

    const { actor, users } = await aDirectory({ attributes: ['userName', 'title'] });
    const { user, outcome } = await users.create({ userName: local.userName.toUpperCase(), externalId: 'e' });
    expect(outcome).toBe('ADOPTED');
    expect(user).toMatchObject({
      id: local.id,
      directoryId: actor.directory.id,
      externalId: 'e',
      title: null,
      nickName: 'N',
    });
  });

  it('cannot be deactivated or deleted by a directory', async () => {
    const { users } = await aDirectory();
    const local = await aUser(admin);

    await expect(users.deactivate(local.id)).rejects.toEqual(failsWith('NOT_MANAGED'));
    await expect(users.replace(local.id, { userName: local.userName, active: false })).rejects.toEqual(
      failsWith('NOT_MANAGED'),
    );
    await expect(users.delete(local.id)).rejects.toEqual(failsWith('NOT_MANAGED'));
    expect(await admin.get(local.id)).toEqual(local);
    const refused = (kind: string) => ({ kind, before: null, after: { code: 'NOT_MANAGED' } });
    expect((await bed.changesOf(local.id)).slice(1)).toEqual([
      refused('user.deactivate_refused'),
      refused('user.deactivate_refused'),
      refused('user.delete_refused'),
    ]);
  });
});

describe('coming back', () => {
  it('revives an inactive user of the directory under its id', async () => {
    const { users } = await aDirectory();
    const user = await aUser(users, { externalId: 'x', title: 'Old', nickName: 'N' });
    await users.deactivate(user.id);
    await expect(users.create({ userName: user.userName, externalId: 'other' })).rejects.toEqual(
      failsWith('UNIQUENESS'),
    );
    const back = await users.create({ userName: user.userName, title: 'New' });

    expect(back).toMatchObject({
      outcome: 'REVIVED',
      user: { id: user.id, active: true, title: 'New', nickName: null, externalId: 'x' },
    });
    expect((await bed.changesOf(user.id)).at(-1)).toMatchObject({
      kind: 'user.revived',
      after: { active: true, title: 'New' },
    });
  });

  it('does not revive an active user, nor one of another directory', async () => {
    const { users } = await aDirectory();
    const own = await aUser(users);
    const foreign = await aUser((await aDirectory()).users, { active: false });

    for (const { userName } of [own, foreign])
      await expect(users.create({ userName })).rejects.toEqual(failsWith('UNIQUENESS', { field: 'userName' }));
  });

  it('brings a deleted user back by its external id, without its roles', async () => {
    const { users } = await aDirectory({ roleAttribute: 'roles' });
    const externalId = newId();
    const gone = await aUser(users, {
      externalId,
      roleValues: [{ value: 'manager' }],
      emails: [{ value: `${externalId}@x` }],
    });
    await users.delete(gone.id);
    await expect(users.get(gone.id)).rejects.toEqual(failsWith('NOT_FOUND'));
    const emails = [{ value: `${externalId}@x` }];
    const back = await users.create({ userName: aName(), externalId, emails }, {}, ROLES);

    expect(back).toMatchObject({ outcome: 'REVIVED', user: { id: gone.id, active: true, deletedAt: null } });
    expect(keysOf(back.user)).toEqual(['qa']);
    expect(await users.findByExternalId(externalId, null)).toMatchObject({ id: gone.id });
    const filter = { emails: { some: { value: { eq: `${externalId}@x` } } } };
    expect((await users.list({ filter })).nodes).toHaveLength(1);
  });

  it('brings a deleted user back by its name only where the profile says so', async () => {
    const { users } = await aDirectory();
    const first = await aUser(users);
    await users.delete(first.id);
    expect(await users.create({ userName: first.userName })).toMatchObject({ outcome: 'CREATED' });

    const byName = await aDirectory({ reviveBy: 'USER_NAME' });
    const second = await aUser(byName.users);
    await byName.users.delete(second.id);
    expect(await byName.users.create({ userName: second.userName })).toMatchObject({
      outcome: 'REVIVED',
      user: { id: second.id },
    });
  });

  it('happens once when it is asked for twice at once', async () => {
    const { users } = await aDirectory();
    const user = await aUser(users, { active: false });
    const results = await Promise.allSettled([1, 2].map(() => users.create({ userName: user.userName })));

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await kindsOf(user.id)).filter((kind) => kind === 'user.revived')).toHaveLength(1);
  });
});

describe("a directory's fields", () => {
  it('cannot be changed by an admin, who is told whose they are', async () => {
    const { actor, users } = await aDirectory({
      attributes: ['userName', 'name', 'roles'],
      extensions: [{ urn: URN, name: 'Crew', description: '', attributes: [] }],
    });
    const { name, profile } = actor.directory as { name: string; profile: DirectoryProfile } & { id: string };
    const user = await aUser(users, { name: { givenName: 'A' } });

    expect(lockedFields(profile)).toEqual(
      expect.arrayContaining(['userName', 'externalId', 'name.givenName', 'roleValues', `extensions.${URN}`]),
    );
    expect(lockedFields(profile)).not.toEqual(expect.arrayContaining(['title']));
    const change = admin.change(user.id, [
      { set: { title: 'T', name: { givenName: 'B' }, extensions: [{ urn: URN, values: { a: 1 } }] } },
    ]);
    await expect(change).rejects.toEqual(
      failsWith('MANAGED_BY_DIRECTORY', { directory: name, fields: ['name.givenName', `extensions.${URN}`] }),
    );
    expect(await admin.get(user.id)).toEqual(user);
    const { user: changed } = await admin.change(user.id, [{ set: { title: 'T', name: { givenName: 'A' } } }]);
    expect(changed).toMatchObject({ title: 'T', version: 2 });
  });

  it('are all of them for *, and then an admin cannot deactivate or delete either', async () => {
    const { users } = await aDirectory();
    const user = await aUser(users);

    await expect(admin.deactivate(user.id)).rejects.toEqual(failsWith('MANAGED_BY_DIRECTORY', { fields: ['active'] }));
    await expect(admin.delete(user.id)).rejects.toEqual(failsWith('MANAGED_BY_DIRECTORY', { fields: ['active'] }));
  });

  it('are what its replacement clears', async () => {
    const { users } = await aDirectory({
      attributes: ['userName', 'name'],
      extensions: [
        {
          urn: URN,
          name: 'Crew',
          description: '',
          attributes: [
            {
              name: 'desk',
              type: 'string',
              multiValued: false,
              description: '',
              required: false,
              caseExact: false,
              mutability: 'readWrite',
            },
          ],
        },
      ],
    });
    const user = await aUser(users, {
      name: { givenName: 'A', familyName: 'B' },
      title: 'of the directory',
      extensions: [{ urn: URN, values: { desk: '1', badge: '2' } }],
    });
    expect(user.title).toBeNull();
    await admin.update(user.id, { title: 'T' });
    const { user: after } = await users.replace(user.id, {
      userName: user.userName,
      name: { givenName: 'C' },
      extensions: [{ urn: URN, values: {} }],
    });

    expect(after).toMatchObject({
      givenName: 'C',
      familyName: null,
      title: 'T',
      extensions: { [URN]: { badge: '2' } },
    });
  });

  it('are not written by a request that an older profile translated', async () => {
    const { users } = await aDirectory({ version: 3 });
    const user = await aUser(users);

    await expect(users.create({ userName: aName() }, { profileVersion: 2 })).rejects.toEqual(
      failsWith('PROFILE_CHANGED'),
    );
    await expect(users.change(user.id, [], { profileVersion: 2 })).rejects.toEqual(failsWith('PROFILE_CHANGED'));
    await expect(users.replace(user.id, { userName: 'x' }, { profileVersion: 4 })).rejects.toEqual(
      failsWith('PROFILE_CHANGED'),
    );
    await users.change(user.id, [], { profileVersion: 3 });
  });
});

describe('roles by an attribute', () => {
  const grant = (value: string): Partial<UserFields> => ({ roleValues: [{ value }] });

  it('follow it: by key, by name, and by the profile, replacing what it said before', async () => {
    const { users } = await aDirectory({ roleAttribute: 'roles', roleValues: { boss: 'manager' } });
    const { user } = await users.create({ userName: aName(), ...grant('The Billing') }, {}, ROLES);
    expect(keysOf(user)).toEqual(['billing']);
    await bed.owner.query(
      `insert into role_assignment (company_id, user_id, role_id, source) values ($1, $2, $3, 'DIRECT')`,
      [bed.companyId, user.id, roleIds.get('qa')],
    );

    const changed = await users.change(user.id, [{ set: grant('BOSS') }], {}, ROLES);
    expect(keysOf(changed.user)).toEqual(['manager', 'qa']);
    expect(keysOf(await users.get(user.id, ROLES))).toEqual(['manager', 'qa']);
    expect((await bed.changesOf(user.id)).slice(-3)).toEqual([
      {
        kind: 'user.changed',
        before: { roleValues: [{ value: 'The Billing' }] },
        after: { roleValues: [{ value: 'BOSS' }] },
      },
      {
        kind: 'role.unassigned',
        before: { roleId: roleIds.get('billing'), role: 'billing', source: 'ATTRIBUTE' },
        after: null,
      },
      {
        kind: 'role.assigned',
        before: null,
        after: { roleId: roleIds.get('manager'), role: 'manager', source: 'ATTRIBUTE' },
      },
    ]);

    const cleared = await users.change(user.id, [{ unset: ['roleValues'] }], {}, ROLES);
    expect(keysOf(cleared.user)).toEqual(['qa']);
  });

  it.each<[string, string, Partial<UserFields>]>([
    ['a core attribute', 'userType', { userType: 'manager' }],
    ['an alias', 'role', { userType: 'manager' }],
    [
      'an enterprise attribute',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division',
      { enterprise: { division: 'manager' } },
    ],
    [
      'a list of an extension',
      `${URN}:crew_roles`,
      { extensions: [{ urn: URN, values: { crew_roles: ['manager'] } }] },
    ],
    [
      'one value of an extension',
      `${URN}:crew_roles`,
      { extensions: [{ urn: URN, values: { crew_roles: 'manager' } }] },
    ],
  ])('can come from %s', async (_, roleAttribute, fields) => {
    const { users } = await aDirectory({ roleAttribute, aliases: { role: 'userType' } });
    const { user } = await users.create({ userName: aName(), ...fields }, {}, ROLES);

    expect(keysOf(user)).toEqual(['manager']);
  });

  it('are refused when unknown or beyond a directory, naming what is allowed, and nothing is stored', async () => {
    const { users } = await aDirectory({ roleAttribute: 'roles' });
    const userName = aName();
    for (const value of ['wizard', 'owner']) {
      const refused = users.create({ userName, ...grant(value) });
      await expect(refused).rejects.toEqual(failsWith('INVALID_VALUE', { field: 'roles' }));
      await expect(refused).rejects.toThrow('manager, billing, qa');
    }
    expect(await users.findByUserName(userName)).toBeNull();
  });

  it('are skipped with a warning where the profile says so', async () => {
    const { users } = await aDirectory({ roleAttribute: 'roles', unknownRoles: 'IGNORE' });
    const { user, warnings } = await users.create({ userName: aName(), ...grant('wizard') }, {}, ROLES);

    expect(warnings).toMatchObject([{ code: 'UNKNOWN_ROLE', field: 'roles' }]);
    expect(keysOf(user)).toEqual(['qa']);
  });

  it('are nobody’s business where roles come from teams', async () => {
    const { users } = await aDirectory({ roleAttribute: 'roles', roleSource: 'TEAMS' });
    const { user } = await users.create({ userName: aName(), ...grant('wizard') }, {}, ROLES);

    expect(keysOf(user)).toEqual(['qa']);
  });

  it('are granted when a local user with the attribute is taken over', async () => {
    const local = await aUser(admin, grant('manager'));
    expect(keysOf(await admin.get(local.id, ROLES))).toEqual(['qa']);
    const { users } = await aDirectory({ roleAttribute: 'roles' });
    const { user } = await users.change(local.id, [], {}, ROLES);

    expect(keysOf(user)).toEqual(['manager']);
    expect(await kindsOf(local.id)).toEqual(['user.created', 'user.adopted', 'role.assigned']);
  });
});
