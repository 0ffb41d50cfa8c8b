import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DirectoryProfile } from '#schema/profile.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { inRecordTransaction } from '../admin-record.js';
import { newId } from '../new-id.js';
import { PERMISSIONS, ROLE_PRESETS } from '../permissions.js';
import { UserService } from '../user/user-service.js';
import type { UserFilter } from '../user/user-types.js';
import type { NewRoleMapping } from './role-mapping.js';
import { RoleMappingService } from './role-mapping-service.js';
import { createPresetRoles } from './role-records.js';
import { RoleService } from './role-service.js';

let bed: CompanyBed;
let mappings: RoleMappingService;
let roles: RoleService;
let byKey: Map<string, string>;
beforeAll(async () => {
  bed = await CompanyBed.open();
  const admin = bed.program();
  await inRecordTransaction(bed.db, (tx) => createPresetRoles(tx, admin, ROLE_PRESETS.functions));
  mappings = new RoleMappingService(bed.db, admin);
  roles = new RoleService(bed.db, admin);
  byKey = new Map((await roles.list({})).nodes.map(({ key, id }) => [key, id]));
});
afterAll(() => bed?.close());

const idOf = (key: string) => byKey.get(key)!;
const withCode = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

async function aTeam(members: string[], directoryId: string | null = null, name = `team ${newId()}`): Promise<string> {
  const id = newId();
  await bed.owner.query(
    `insert into team (company_id, id, directory_id, display_name, display_name_key) values ($1, $2, $3, $4, lower($4))`,
    [bed.companyId, id, directoryId, name],
  );
  await bed.owner.query(
    `insert into team_membership (company_id, team_id, user_id) select $1, $2, unnest($3::uuid[])`,
    [bed.companyId, id, members],
  );
  return id;
}

const aDirectory = async (profile: Partial<DirectoryProfile> = {}) =>
  (await bed.directory({ roleSource: 'TEAMS', ...profile })).directory.id;

async function give(userId: string, key: string, source = 'DIRECT', denied = false) {
  await bed.owner.query(
    `insert into role_assignment (company_id, user_id, role_id, source, denied) values ($1, $2, $3, $4, $5)`,
    [bed.companyId, userId, idOf(key), source, denied],
  );
}

async function map(...create: NewRoleMapping[]) {
  const { hash } = await mappings.preview({ create });
  return (await mappings.change({ create }, hash)).created;
}
const teamMapping = (teamId: string, key: string, effect: 'GRANT' | 'DENY' = 'GRANT'): NewRoleMapping => ({
  kind: 'TEAM',
  teamId,
  roleId: idOf(key),
  effect,
});

const rolesOf = async (userId: string) =>
  (await new UserService(bed.db, bed.program()).get(userId, { roles: true })).roles!.map(({ key }) => key);

describe('what teams give', () => {
  it('holds for members at once, and ends with the membership, the team or the mapping', async () => {
    const [ann, bob] = (await bed.users(2)) as [string, string];
    const team = await aTeam([ann, bob]);
    const [mapping] = await map(teamMapping(team, 'manager'));
    expect(await rolesOf(ann)).toEqual(['manager']);

    await bed.owner.query('delete from team_membership where user_id = $1', [bob]);
    expect(await rolesOf(bob)).toEqual(['qa']);
    await bed.owner.query('update team set deleted_at = now() where id = $1', [team]);
    expect(await rolesOf(ann)).toEqual(['qa']);
    await bed.owner.query('update team set deleted_at = null where id = $1', [team]);
    expect(await rolesOf(ann)).toEqual(['manager']);

    const gone = { delete: [mapping!.id] };
    const preview = await mappings.preview(gone);
    await mappings.change(gone, preview.hash);
    expect(preview).toMatchObject({
      gaining: 1,
      losing: 1,
      people: [{ userId: ann, gained: ['qa'], lost: ['manager'] }],
    });
    expect(await rolesOf(ann)).toEqual(['qa']);
    expect((await bed.changesOf(mapping!.id)).map(({ kind }) => kind)).toEqual([
      'role_mapping.created',
      'role_mapping.deleted',
    ]);
  });

  it.each<[string, DirectoryProfile['roleSource'], boolean, string[]]>([
    ['is set aside where roles come from the attribute', 'ATTRIBUTE', false, ['qa']],
    ['counts where they come from teams', 'TEAMS', false, ['billing']],
    ['counts under both when the attribute is silent', 'BOTH', false, ['billing']],
    ['makes way for the attribute under both', 'BOTH', true, ['manager']],
    ['is all there is where only teams count, whatever the attribute said', 'TEAMS', true, ['billing']],
  ])('%s', async (_, roleSource, hasAttribute, expected) => {
    const directoryId = await aDirectory({ roleSource, roleAttribute: 'roles' });
    const ann = await bed.user({ directoryId });
    await map(teamMapping(await aTeam([ann], directoryId), 'billing'));
    if (hasAttribute) await give(ann, 'manager', 'ATTRIBUTE');

    expect(await rolesOf(ann)).toEqual(expected);
  });

  it('counts always for local teams, beside the attribute', async () => {
    const directoryId = await aDirectory({ roleSource: 'ATTRIBUTE', roleAttribute: 'roles' });
    const ann = await bed.user({ directoryId });
    await give(ann, 'manager', 'ATTRIBUTE');
    await map(teamMapping(await aTeam([ann]), 'billing'));

    expect(await rolesOf(ann)).toEqual(['manager', 'billing']);
  });

  it('is denied by a mapping and by an admin, whatever grants it, and then the default role is what is left', async () => {
    const [ann, bob] = (await bed.users(2)) as [string, string];
    const [giving, denying] = [await aTeam([ann, bob]), await aTeam([ann])];
    await map(teamMapping(giving, 'manager'), teamMapping(denying, 'manager', 'DENY'));
    await roles.deny(bob, idOf('manager'));

    expect(await rolesOf(ann)).toEqual(['qa']);
    expect(await rolesOf(bob)).toEqual(['qa']);
    await roles.deny(bob, idOf('qa'));
    expect(await rolesOf(bob)).toEqual([]);
    await roles.allow(bob, idOf('manager'));
    expect(await rolesOf(bob)).toEqual(['manager']);
  });

  it('is the highest rank only where the profile keeps one, with direct roles beside it (#141)', async () => {
    const directoryId = await aDirectory({ keptRoles: 'HIGHEST' });
    const ann = await bed.user({ directoryId });
    const names = ['billing', 'read', 'manager'];
    for (const key of names) await map(teamMapping(await aTeam([ann], directoryId), key));
    expect(await rolesOf(ann)).toEqual(['manager']);

    await give(ann, 'read');
    expect(await rolesOf(ann)).toEqual(['manager', 'read']);
    await give(ann, 'manager');
    expect(await rolesOf(ann)).toEqual(['manager', 'read']);
    await roles.deny(ann, idOf('manager'));
    expect(await rolesOf(ann)).toEqual(['billing', 'read']);
  });

  it('falls back to the default role of the directory, else to that of the company', async () => {
    const [billing, nonsense] = [
      await aDirectory({ defaultRole: 'Billing' }),
      await aDirectory({ defaultRole: 'wizard' }),
    ];
    const [owner] = [await aDirectory({ defaultRole: 'owner' })];

    expect(await rolesOf(await bed.user({ directoryId: billing }))).toEqual(['billing']);
    expect(await rolesOf(await bed.user({ directoryId: nonsense }))).toEqual(['qa']);
    expect(await rolesOf(await bed.user({ directoryId: owner }))).toEqual(['qa']);
  });

  it('follows name patterns of one directory: manager, billing, read-only, else the default (#67)', async () => {
    const [directoryId, other] = [await aDirectory(), await aDirectory()];
    const pattern = (text: string, key: string): NewRoleMapping => ({
      kind: 'PATTERN',
      directoryId,
      pattern: text,
      roleId: idOf(key),
    });
    await map(pattern('*Manager*', 'manager'), pattern('*billing*', 'billing'), pattern('*READ-ONLY*', 'read'));
    const inTeam = async (name: string, of = directoryId) => {
      const user = await bed.user({ directoryId: of });
      await aTeam([user], of, name);
      return rolesOf(user);
    };

    expect(await inTeam('Okta MANAGERS Berlin')).toEqual(['manager']);
    expect(await inTeam('billing')).toEqual(['billing']);
    expect(await inTeam('All Read-Only 100%_\\')).toEqual(['read']);
    expect(await inTeam('Engineers')).toEqual(['qa']);
    expect(await inTeam('Managers', other)).toEqual(['qa']);
  });

  it('takes letters of patterns as they are', async () => {
    const directoryId = await aDirectory();
    const ann = await bed.user({ directoryId });
    await aTeam([ann], directoryId, 'axb');
    for (const text of ['a_b', 'a%', 'a\\xb', 'xb', 'a'])
      await map({ kind: 'PATTERN', directoryId, pattern: text, roleId: idOf('billing') });
    expect(await rolesOf(ann)).toEqual(['qa']);

    await map({ kind: 'PATTERN', directoryId, pattern: 'A*B', roleId: idOf('billing') });
    expect(await rolesOf(ann)).toEqual(['billing']);
  });

  it('ends when a role is no longer one that directories may grant', async () => {
    const directoryId = await aDirectory();
    const ann = await bed.user({ directoryId });
    const role = await roles.create({ key: `k${ann.slice(0, 8)}`, name: 'K', permissions: [], rank: 5 });
    await map({ kind: 'TEAM', teamId: await aTeam([ann], directoryId), roleId: role.id });
    expect(await rolesOf(ann)).toEqual([role.key]);

    await roles.update(role.id, { grantableByDirectory: false });
    expect(await rolesOf(ann)).toEqual(['qa']);
  });
});

describe('listing users by role', () => {
  it('goes by what they have in effect, also the default and nothing, and needs the right to read roles', async () => {
    const [byTeam, byDefault, nothing] = (await bed.users(3)) as [string, string, string];
    await map(teamMapping(await aTeam([byTeam]), 'billing'));
    await roles.deny(nothing, idOf('qa'));
    const users = new UserService(bed.db, bed.program());
    const found = async (filter: UserFilter, service = users) => {
      const id = { in: [byTeam, byDefault, nothing] };
      return (await service.list({ filter: { and: [filter, { id }] } })).nodes.map((user) => user.id);
    };
    const isQa: UserFilter = { roles: { some: { key: { eq: 'qa' } } } };

    expect(await found({ roles: { some: { id: { eq: idOf('billing') } } } })).toEqual([byTeam]);
    expect(await found(isQa)).toEqual([byDefault]);
    expect(await found({ not: isQa })).toEqual([byTeam, nothing]);
    expect(await found({ roles: { isSet: false } })).toEqual([nothing]);
    await expect(found({ or: Array.from({ length: 11 }, () => isQa) })).rejects.toEqual(withCode('UNSUPPORTED_FILTER'));
    const blind = new UserService(bed.db, bed.program(new Set(['users:read'] as const)));
    await expect(found({ not: isQa }, blind)).rejects.toEqual(withCode('FORBIDDEN'));
  });
});

describe('changing mappings', () => {
  it('needs the preview of the very change, and of the people whom it affects by then', async () => {
    const [ann, bob] = (await bed.users(2)) as [string, string];
    const team = await aTeam([ann]);
    const change = { create: [teamMapping(team, 'manager')] };
    const { hash, ...preview } = await mappings.preview(change);
    expect(preview).toEqual({
      gaining: 1,
      losing: 1,
      people: [{ userId: ann, userName: `user-${ann}`, active: true, gained: ['manager'], lost: ['qa'] }],
    });

    const refused = withCode('PREVIEW_CHANGED', { field: 'previewHash' });
    await expect(mappings.change(change, null)).rejects.toEqual(refused);
    await expect(mappings.change({ create: [teamMapping(team, 'billing')] }, hash)).rejects.toEqual(refused);
    await bed.owner.query('insert into team_membership (company_id, team_id, user_id) values ($1, $2, $3)', [
      bed.companyId,
      team,
      bob,
    ]);
    await expect(mappings.change(change, hash)).rejects.toEqual(refused);
    expect((await mappings.list({ filter: { teamId: { eq: team } } })).nodes).toEqual([]);
    expect(await rolesOf(ann)).toEqual(['qa']);

    await mappings.change(change, (await mappings.preview(change)).hash);
    expect(await rolesOf(bob)).toEqual(['manager']);
  });

  it('counts everybody and shows the first 200, those who lose first', async () => {
    const users = await bed.users(250);
    for (const id of users.slice(0, 249)) await give(id, 'qa');
    const { gaining, losing, people } = await mappings.preview({
      create: [teamMapping(await aTeam(users), 'manager')],
    });

    expect({ gaining, losing, shown: people.length }).toEqual({ gaining: 250, losing: 1, shown: 200 });
    expect(people[0]).toMatchObject({ userId: users[249], lost: ['qa'] });
  });

  it('refuses what cannot be, naming it', async () => {
    const directoryId = await aDirectory();
    const [local, managed] = [await aTeam([]), await aTeam([], directoryId)];
    const strict = await roles.create({
      key: `s${newId()}`,
      name: 'S',
      permissions: [],
      rank: 1,
      grantableByDirectory: false,
    });
    const missing = newId();
    const cases: [NewRoleMapping, unknown][] = [
      [{ kind: 'TEAM', roleId: idOf('qa') }, withCode('INVALID_VALUE', { field: 'create.0.teamId' })],
      [{ ...teamMapping(local, 'qa'), claim: 'x' }, withCode('INVALID_VALUE', { field: 'create.0.claim' })],
      [
        { kind: 'PATTERN', pattern: 'x', roleId: idOf('qa') },
        withCode('INVALID_VALUE', { field: 'create.0.directoryId' }),
      ],
      [{ kind: 'CLAIM', claim: ' ', roleId: idOf('qa') }, withCode('INVALID_VALUE', { field: 'create.0.claim' })],
      [teamMapping(missing, 'qa'), withCode('NOT_FOUND', { id: missing })],
      [teamMapping('nonsense', 'qa'), withCode('NOT_FOUND', { id: 'nonsense' })],
      [{ kind: 'TEAM', teamId: local, roleId: missing }, withCode('NOT_FOUND', { id: missing })],
      [
        { kind: 'PATTERN', directoryId: missing, pattern: 'x', roleId: idOf('qa') },
        withCode('NOT_FOUND', { id: missing }),
      ],
      [teamMapping(local, 'owner'), withCode('INVALID_VALUE', { field: 'create.0.roleId' })],
      [teamMapping(local, 'owner', 'DENY'), withCode('INVALID_VALUE', { field: 'create.0.roleId' })],
      [{ kind: 'TEAM', teamId: managed, roleId: strict.id }, withCode('INVALID_VALUE', { field: 'create.0.roleId' })],
      [{ kind: 'CLAIM', claim: 'x', roleId: strict.id }, withCode('INVALID_VALUE', { field: 'create.0.roleId' })],
    ];
    for (const [create, expected] of cases)
      await expect(mappings.preview({ create: [create] }), JSON.stringify(create)).rejects.toEqual(expected);
    await expect(mappings.preview({ delete: [missing] })).rejects.toEqual(withCode('NOT_FOUND', { id: missing }));
    await expect(
      mappings.preview({ create: [teamMapping(local, 'qa'), teamMapping(local, 'qa', 'DENY')] }),
    ).rejects.toEqual(withCode('UNIQUENESS', { field: 'create' }));
    await expect(
      mappings.preview({ create: [{ kind: 'TEAM', teamId: local, roleId: strict.id }] }),
    ).resolves.toBeTruthy();
  });

  it('lets nobody map, or end a mapping of, a role with permissions that they lack', async () => {
    const team = await aTeam([]);
    const few = new RoleMappingService(
      bed.db,
      bed.program(new Set(['roles:read', 'roles:write', 'users:read'] as const)),
    );
    const [made] = await map(teamMapping(team, 'manager'));

    await expect(few.preview({ create: [teamMapping(team, 'billing')] })).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(few.preview({ delete: [made!.id] })).rejects.toEqual(withCode('FORBIDDEN'));
    for (const lacking of ['roles:write', 'users:read'] as const) {
      const without = bed.program(new Set(PERMISSIONS.filter((each) => each !== lacking)));
      const service = new RoleMappingService(bed.db, without);
      await expect(Promise.resolve().then(() => service.preview({}))).rejects.toEqual(withCode('FORBIDDEN'));
      await expect(Promise.resolve().then(() => service.change({}, ''))).rejects.toEqual(withCode('FORBIDDEN'));
    }
  });

  it('knows nothing of another company, and a role that is mapped cannot be deleted', async () => {
    const role = await roles.create({ key: `m${newId()}`, name: 'M', permissions: [], rank: 1 });
    const [made] = await map({ kind: 'TEAM', teamId: await aTeam([]), roleId: role.id });
    const elsewhere = new RoleMappingService(bed.db, bed.program(new Set(PERMISSIONS), await bed.anotherCompany()));

    await expect(elsewhere.get(made!.id)).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(elsewhere.preview({ delete: [made!.id] })).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(roles.delete(role.id)).rejects.toEqual(withCode('IN_USE'));
    const gone = { delete: [made!.id] };
    await mappings.change(gone, (await mappings.preview(gone)).hash);
    await roles.delete(role.id);
  });
});

describe('group claims', () => {
  const claim = (text: string, key: string): NewRoleMapping => ({ kind: 'CLAIM', claim: text, roleId: idOf(key) });

  it('give roles while no directory provisions, count for nothing while one does, and go with their mapping (#81)', async () => {
    const ann = await bed.user();
    const made = await map(claim('Admins', 'manager'), claim('payers', 'billing'), claim('readers', 'read'));
    await mappings.applyGroupClaims(ann, ['ADMINS', 'payers', 'unknown']);
    expect(await rolesOf(ann)).toEqual(['manager', 'billing']);
    await mappings.applyGroupClaims(ann, ['payers', 'readers']);
    expect(await rolesOf(ann)).toEqual(['billing', 'read']);

    await bed.owner.query('update company set provisioning = true where id = $1', [bed.companyId]);
    expect(await rolesOf(ann)).toEqual(['qa']);
    await mappings.applyGroupClaims(ann, ['admins']);
    await mappings.applyGroupClaims(ann, ['admins']);
    await bed.owner.query('update company set provisioning = false where id = $1', [bed.companyId]);
    expect(await rolesOf(ann)).toEqual(['billing', 'read']);

    const gone = { delete: [made[1]!.id] };
    await mappings.change(gone, (await mappings.preview(gone)).hash);
    expect(await rolesOf(ann)).toEqual(['read']);
    const log = await bed.changesOf(ann);
    expect(log.filter(({ kind }) => kind === 'role.claims_ignored')).toHaveLength(1);
    expect(log.at(-1)).toEqual({
      kind: 'role.unassigned',
      before: { roleId: idOf('billing'), role: 'billing', source: 'CLAIM' },
      after: null,
    });
    await expect(mappings.applyGroupClaims(newId(), [])).rejects.toEqual(withCode('NOT_FOUND'));
  });
});
