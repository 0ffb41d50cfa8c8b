import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { UserService } from './user-service.js';
import type { UserFields } from './user-types.js';

let bed: CompanyBed;
let users: UserService;
const roleIds = new Map<string, string>();
let projectId: string;

beforeAll(async () => {
  bed = await CompanyBed.open();
  users = new UserService(bed.db, bed.program());
  for (const [key, rank, isDefault] of [
    ['owner', 100, false],
    ['manager', 80, false],
    ['qa', 40, true],
  ] as const) {
    roleIds.set(key, newId());
    await bed.owner.query(
      `insert into role (company_id, id, key, name, permissions, rank, is_default, grantable_by_directory)
       values ($1, $2, $3, $4, '{}', $5, $6, $7)`,
      [bed.companyId, roleIds.get(key), key, `The ${key}`, rank, isDefault, key !== 'owner'],
    );
  }
  projectId = newId();
  await bed.owner.query(
    `insert into project (company_id, id, key, name, is_default) values ($1, $2, 'web', 'Web', true)`,
    [bed.companyId, projectId],
  );
  // Break-glass owners are what a company starts with; the tests of the last owner make their own company.
  await assign(await bed.user({ breakGlass: true }), 'owner');
});
afterAll(() => bed?.close());

const ROLES = { roles: true };
let counted = 0;
const aName = () => `user-${++counted}@acme.example`;
const aUser = async (fields: Partial<UserFields> = {}, service = users) =>
  (await service.create({ userName: aName(), ...fields })).user;
const failsWith = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });
const keysOf = (user: { roles?: { key: string }[] }) => user.roles?.map(({ key }) => key);

async function assign(userId: string, key: string, denied = false): Promise<void> {
  await bed.owner.query(
    `insert into role_assignment (company_id, user_id, role_id, source, denied) values ($1, $2, $3, $4, $5)`,
    [bed.companyId, userId, roleIds.get(key), denied ? 'CLAIM' : 'DIRECT', denied],
  );
}

async function aTeamWith(userId: string): Promise<string> {
  const id = newId();
  await bed.owner.query(`insert into team (company_id, id, display_name, display_name_key) values ($1, $2, $3, $3)`, [
    bed.companyId,
    id,
    `team ${id}`,
  ]);
  await bed.owner.query(`insert into team_membership (company_id, team_id, user_id) values ($1, $2, $3)`, [
    bed.companyId,
    id,
    userId,
  ]);
  return id;
}

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const before = bed.statements.length;
  await work();
  return bed.statements.length - before;
}

describe('creating', () => {
  it('stores what is sent, logs it, and grants the default projects', async () => {
    const userName = `  ${aName()}`;
    const { user, outcome, warnings } = await users.create(
      { userName, name: { givenName: 'Ana' }, title: '', emails: [{ value: 'A@b', type: 'work' }, { type: 'home' }] },
      {},
      { teams: true, roles: true },
    );

    expect({ outcome, warnings }).toEqual({ outcome: 'CREATED', warnings: [] });
    expect(user).toMatchObject({ userName, givenName: 'Ana', title: null, active: true, version: 1, teams: [] });
    expect(user.emails).toEqual([{ value: 'A@b', type: 'work' }]);
    expect(user.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(keysOf(user)).toEqual(['qa']);
    expect(await users.get(user.id, { teams: true, roles: true })).toEqual(user);
    expect(await bed.changesOf(user.id)).toEqual([
      {
        kind: 'user.created',
        before: null,
        after: {
          userName,
          active: true,
          directoryId: null,
          'name.givenName': 'Ana',
          emails: [{ value: 'A@b', type: 'work' }],
        },
      },
    ]);
    expect(await bed.changesOf(projectId)).toContainEqual({
      kind: 'project.access_granted',
      before: null,
      after: { userId: user.id },
    });
  });

  it('refuses a user name that is taken in any case, and an external id of the same directory', async () => {
    const taken = await aUser({ externalId: 'same' });

    await expect(users.create({ userName: taken.userName.toUpperCase() })).rejects.toEqual(
      failsWith('UNIQUENESS', { field: 'userName' }),
    );
    await expect(users.create({ userName: aName(), externalId: 'same' })).rejects.toEqual(
      failsWith('UNIQUENESS', { field: 'externalId' }),
    );
    const directory = new UserService(bed.db, await bed.directory());
    expect(await aUser({ externalId: 'same' }, directory)).toMatchObject({ externalId: 'same' });
  });

  it('needs a user name', async () => {
    for (const userName of [undefined, null, '', ' '])
      await expect(users.create({ userName })).rejects.toEqual(failsWith('INVALID_VALUE', { field: 'userName' }));
  });

  it('makes one of two at once', async () => {
    const userName = aName();
    const results = await Promise.allSettled([users.create({ userName }), users.create({ userName })]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('reading', () => {
  it('finds by user name, external id and id, and nobody of another company', async () => {
    const user = await aUser({ externalId: 'x-1' });
    const other = new UserService(bed.db, bed.program(undefined, await bed.anotherCompany()));

    expect(await users.findByUserName(user.userName.toUpperCase())).toEqual(user);
    expect(await users.findByExternalId('x-1', null)).toEqual(user);
    expect(await users.findByExternalId('x-1', newId())).toBeNull();
    expect(await users.findByUserName('a\0')).toBeNull();
    expect(await other.findByUserName(user.userName)).toBeNull();
    await expect(other.get(user.id)).rejects.toEqual(failsWith('NOT_FOUND', { id: user.id }));
    await expect(other.delete(user.id)).rejects.toEqual(failsWith('NOT_FOUND'));
    await expect(users.get('nonsense')).rejects.toEqual(failsWith('NOT_FOUND'));
    expect(await users.getMany(['nonsense', user.id, newId()])).toEqual([user]);
  });

  it('shows granted roles less denied ones, else the default role', async () => {
    const { id } = await aUser();
    await assign(id, 'manager');
    expect(keysOf(await users.get(id, ROLES))).toEqual(['manager']);
    await assign(id, 'manager', true);
    expect(keysOf(await users.get(id, ROLES))).toEqual(['qa']);
  });

  it('pages to both ends in every order without losing or repeating anyone', async () => {
    const names = ['b', null, 'A', 'a', null].map((displayName) => ({ displayName }));
    const prefix = `page-${newId()}`;
    for (const fields of names) await aUser({ ...fields, userName: `${prefix}-${aName()}` });
    const filter = { userName: { startsWith: prefix } };
    for (const field of ['ID', 'DISPLAY_NAME', 'CREATED_AT', 'USER_NAME'] as const)
      for (const direction of ['ASC', 'DESC'] as const) {
        const orderBy = { field, direction };
        const all = await users.list({ filter, orderBy, wantTotal: true });
        const ids = all.nodes.map(({ id }) => id);
        expect(new Set(ids).size).toBe(5);
        expect(all.totalCount).toBe(5);
        const forwards = await users.list({ filter, orderBy, first: 2, after: all.cursors[1] });
        expect(forwards).toMatchObject({ hasNextPage: true, hasPreviousPage: true, totalCount: -1 });
        expect(forwards.nodes.map(({ id }) => id)).toEqual(ids.slice(2, 4));
        const last = await users.list({ filter, orderBy, first: 2, after: forwards.cursors[1] });
        expect([last.nodes.map(({ id }) => id), last.hasNextPage]).toEqual([ids.slice(4), false]);
        const backwards = await users.list({ filter, orderBy, last: 2, before: all.cursors[4] });
        expect([backwards.nodes.map(({ id }) => id), backwards.hasPreviousPage]).toEqual([ids.slice(2, 4), true]);
        const skipped = await users.list({ filter, orderBy, first: 2, offset: 3, wantTotal: true });
        expect([skipped.nodes.map(({ id }) => id), skipped.totalCount]).toEqual([ids.slice(3), 5]);
        if (field === 'DISPLAY_NAME') {
          const shown = all.nodes.map(({ displayName }) => displayName?.toLowerCase() ?? null);
          expect(shown).toEqual(direction === 'ASC' ? ['a', 'a', 'b', null, null] : [null, null, 'b', 'a', 'a']);
        }
      }
  });

  it('refuses pages that make no sense', async () => {
    const { cursors } = await users.list({ first: 1 });
    for (const request of [
      { first: 101 },
      { first: -1 },
      { first: 1, last: 1 },
      { offset: -1 },
      { offset: 1, after: cursors[0] },
      { after: 'nonsense' },
      { after: cursors[0], last: 1 },
      { after: cursors[0], orderBy: { field: 'CREATED_AT' as const }, first: 0.5 },
      { after: Buffer.from('["2026-99-01T00:00:00.000Z","x"]').toString('base64url') },
    ])
      await expect(users.list(request)).rejects.toEqual(failsWith('INVALID_VALUE'));
  });

  it('lists none for work that left', async () => {
    const user = await aUser({ active: false });
    const filter = { userName: { eq: user.userName } };

    expect((await users.list({ filter })).nodes).toEqual([user]);
    expect((await users.listAssignable({ filter })).nodes).toEqual([]);
  });
});

describe('changing', () => {
  it('writes what differs, once, with the members that differ', async () => {
    const user = await aUser({ title: 'Old', name: { familyName: 'Ruiz' } });
    const { user: after } = await users.change(user.id, [{ set: { title: 'New', name: { familyName: 'Ruiz' } } }]);

    expect(after).toMatchObject({ title: 'New', version: 2 });
    expect((await bed.changesOf(user.id))[1]).toEqual({
      kind: 'user.changed',
      before: { title: 'Old' },
      after: { title: 'New' },
    });
  });

  it('writes every set of fields right, also more sets than statements are kept for', async () => {
    const fields = ['title', 'nickName', 'displayName', 'userType', 'formattedName', 'familyName'] as const;
    const expected = await aUser({ emails: [{ value: 'a@example.com' }], enterprise: { department: 'R & D' } });
    for (let set = 1; set < 2 ** fields.length; set++) {
      const changed = Object.fromEntries(
        fields.filter((_, i) => set & (1 << i)).map((field) => [field, `${field} ${set}`]),
      );
      const { formattedName, familyName, ...own } = changed;
      const name = { ...(formattedName && { formatted: formattedName }), ...(familyName && { familyName }) };
      Object.assign(expected, changed, { version: set + 1, updatedAt: expect.any(String) });

      await users.change(expected.id, [{ set: { ...own, name } }]);

      expect(await users.get(expected.id)).toEqual(expected);
    }
  });

  it('leaves no trace when nothing differs', async () => {
    const user = await aUser({ title: 'T', emails: [{ value: 'x@y', type: 'work', primary: true }] });
    const same = { userName: user.userName, title: 'T', emails: [{ primary: true, type: 'work', value: 'x@y' }] };

    expect((await users.change(user.id, [{ set: same }])).user).toEqual(user);
    expect((await users.replace(user.id, same)).user).toEqual(user);
    expect((await users.reactivate(user.id)).user).toEqual(user);
    expect(await bed.changesOf(user.id)).toHaveLength(1);
  });

  it('names what happens to active', async () => {
    const { id } = await aUser();
    await users.deactivate(id);
    await users.reactivate(id);

    expect((await bed.changesOf(id)).slice(1)).toEqual([
      { kind: 'user.deactivated', before: { active: true }, after: { active: false } },
      { kind: 'user.reactivated', before: { active: false }, after: { active: true } },
    ]);
  });

  it('keeps the addresses that are searched up to date', async () => {
    const address = aName();
    const user = await aUser({ emails: [{ value: 'old@x', type: 'work' }] });
    const find = async (value: string) =>
      (await users.list({ filter: { emails: { some: { value: { eq: value } } } } })).nodes.map(({ id }) => id);
    await users.update(user.id, {}, { addEmails: [{ value: address, type: 'home' }], removeEmails: ['OLD@x'] });

    expect(await find(address)).toEqual([user.id]);
    expect(await find('old@x')).toEqual([]);
    await users.update(user.id, { emails: [{ value: address.toUpperCase(), type: 'Home' }] });
    expect(await find(address)).toEqual([user.id]);
  });

  it('minds the version that the caller read', async () => {
    const { id } = await aUser();
    await users.change(id, [{ set: { title: 'a' } }], { expectedVersion: 1 });

    await expect(users.change(id, [{ set: { title: 'b' } }], { expectedVersion: 1 })).rejects.toEqual(
      failsWith('VERSION_MISMATCH'),
    );
    await expect(users.delete(id, { expectedVersion: 1 })).rejects.toEqual(failsWith('VERSION_MISMATCH'));
  });

  it('loses none of many changes at once', async () => {
    const { id } = await aUser();
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        users.change(id, [{ addValues: { attribute: 'ims', values: [{ value: `im-${i}` }] } }]),
      ),
    );

    expect(await users.get(id)).toMatchObject({ version: 13, ims: { length: 12 } });
  });

  it('replaces: clears what is left out, but not active, external id and extensions', async () => {
    const extensions = [
      { urn: 'urn:example:a', values: { x: 1, y: 2 } },
      { urn: 'urn:example:b', values: { z: 1 } },
    ];
    const user = await aUser({
      title: 'T',
      active: false,
      externalId: 'keep',
      name: { givenName: 'A', familyName: 'B' },
      extensions,
    });
    const { user: after } = await users.replace(user.id, {
      userName: user.userName,
      name: { givenName: 'C' },
      extensions: [{ urn: 'urn:example:a', values: { x: 3 } }],
    });

    expect(after).toMatchObject({ title: null, active: false, externalId: 'keep', givenName: 'C', familyName: null });
    expect(after.extensions).toEqual({ 'urn:example:a': { x: 3 }, 'urn:example:b': { z: 1 } });
  });

  it('needs the permission first', async () => {
    const reader = new UserService(bed.db, bed.program(new Set(['users:read'] as const)));
    await expect(reader.create({ userName: 'x' })).rejects.toEqual(failsWith('FORBIDDEN'));
    await expect(reader.change('nonsense', [])).rejects.toEqual(failsWith('FORBIDDEN'));
    await expect(reader.delete('nonsense')).rejects.toEqual(failsWith('FORBIDDEN'));
    const writer = new UserService(bed.db, bed.program(new Set(['users:write'] as const)));
    await expect(writer.list({})).rejects.toEqual(failsWith('FORBIDDEN'));
  });
});

describe('deleting', () => {
  it('ends memberships, roles and accesses, each with a change, and frees the user name', async () => {
    const user = await aUser({ emails: [{ value: 'gone@x' }] });
    const teamId = await aTeamWith(user.id);
    await assign(user.id, 'manager');
    await users.delete(user.id);

    await expect(users.get(user.id)).rejects.toEqual(failsWith('NOT_FOUND'));
    expect(await bed.membersOf(teamId)).toEqual([]);
    expect(await bed.changesOf(teamId)).toEqual([
      { kind: 'team.member_removed', before: { userId: user.id }, after: null },
    ]);
    expect((await bed.changesOf(user.id)).slice(1).map(({ kind }) => kind)).toEqual([
      'user.deleted',
      'role.unassigned',
    ]);
    const { rows } = await bed.owner.query('select version from team where id = $1', [teamId]);
    expect(rows).toEqual([{ version: 2 }]);
    expect((await users.list({ filter: { emails: { some: { value: { eq: 'gone@x' } } } } })).nodes).toEqual([]);
    expect((await users.create({ userName: user.userName })).user.id).not.toBe(user.id);
  });

  it('keeps an active local owner, also when two go at once', async () => {
    const mine = await bed.owner.query<{ user_id: string }>(
      'select user_id from role_assignment where company_id = $1 and role_id = $2',
      [bed.companyId, roleIds.get('owner')],
    );
    const first = mine.rows[0]!.user_id;
    const second = await bed.user();
    await assign(second, 'owner');
    const results = await Promise.allSettled([users.deactivate(first), users.delete(second)]);

    expect(results.filter(({ status }) => status === 'rejected')).toEqual([
      { status: 'rejected', reason: failsWith('LAST_OWNER') },
    ]);
    const directory = new UserService(bed.db, await bed.directory());
    const [left] = results[0]!.status === 'rejected' ? [first] : [second];
    if (left === second) {
      const { userName } = await users.get(second);
      await expect(directory.replace(second, { userName })).rejects.toEqual(failsWith('LAST_OWNER'));
      await users.reactivate(first);
    }
  });
});

describe('the number of statements', () => {
  it('is 1 for what is read, at most 3 for what is written', async () => {
    const actor = await bed.directory({ roleAttribute: 'roles' });
    const directory = new UserService(bed.db, actor);
    const parts = { teams: true, roles: true };
    const user = await aUser({}, directory);
    const filter = { userName: { eq: user.userName } };

    expect(await statementsOf(() => directory.list({ filter, first: 100, offset: 0, wantTotal: true }, parts))).toBe(1);
    expect(await statementsOf(() => directory.get(user.id, parts))).toBe(1);
    expect(await statementsOf(() => users.list({ first: 100, wantTotal: true }, parts))).toBeLessThanOrEqual(2);
    expect(await statementsOf(() => aUser({ externalId: 'n' }, directory))).toBe(1);
    expect(await statementsOf(() => aUser({ roleValues: [{ value: 'qa' }] }, directory))).toBe(2);
    const unread = await aUser({}, directory);
    expect(await statementsOf(() => directory.change(unread.id, [{ set: { active: false } }], {}, parts))).toBe(2);
    expect(await statementsOf(() => directory.change(user.id, [{ set: { active: false } }], {}, parts))).toBe(1);
    expect(
      await statementsOf(() => directory.replace(user.id, { userName: user.userName, title: 'T' }, {}, parts)),
    ).toBe(1);
    const local = await aUser();
    expect(await statementsOf(() => users.deactivate(local.id))).toBe(3);
  });
});
