import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { TeamService } from './team-service.js';

let bed: CompanyBed;
let teams: TeamService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  teams = new TeamService(bed.db, bed.program());
});
afterAll(() => bed?.close());

let named = 0;
const aName = () => `Team ${++named}`;
const aTeam = async (members: string[] = [], service = teams) =>
  (await service.create({ displayName: aName(), members })).team;
const failsWith = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) });

describe('creating', () => {
  it('stores the team and its members, with a change for each', async () => {
    const ann = await bed.user();
    const displayName = aName();

    const { team, warnings } = await teams.create({ displayName, externalId: '', members: [ann, ann] });

    expect(warnings).toEqual([]);
    expect(team).toMatchObject({ displayName, externalId: null, directoryId: null, version: 1 });
    expect(await teams.get(team.id)).toEqual(team);
    expect(await bed.changesOf(team.id)).toEqual([
      { kind: 'team.created', before: null, after: { displayName, externalId: null, directoryId: null } },
      { kind: 'team.member_added', before: null, after: { userId: ann } },
    ]);
  });

  it('refuses a name that is taken, whatever its case, and leaves nothing', async () => {
    const { displayName } = await aTeam();

    await expect(teams.create({ displayName: displayName.toUpperCase() })).rejects.toEqual(
      failsWith('UNIQUENESS', { field: 'displayName' }),
    );
    await expect(teams.create({ displayName: ' ' })).rejects.toEqual(
      failsWith('INVALID_VALUE', { field: 'displayName' }),
    );
  });

  it('skips members that are not there, with a warning each', async () => {
    const deleted = await bed.user({ deleted: true });
    const breakGlass = await bed.user({ breakGlass: true });
    const nobody = newId();

    const { team, warnings } = await teams.create({
      displayName: aName(),
      members: ['nonsense', deleted, breakGlass, nobody],
    });

    expect(warnings.map(({ code, field }) => [code, field])).toEqual(new Array(4).fill(['UNKNOWN_MEMBER', 'members']));
    expect(await bed.membersOf(team.id)).toEqual([]);
  });

  it('refuses them for a directory that wants it so', async () => {
    const strict = new TeamService(bed.db, await bed.directory({ unknownMembers: 'REFUSE' }));
    const ann = await bed.user();
    const displayName = aName();

    for (const stranger of [newId(), 'nonsense'])
      await expect(strict.create({ displayName, members: [ann, stranger] })).rejects.toEqual(
        failsWith('INVALID_VALUE', { field: 'members' }),
      );
    expect((await strict.list({ filter: { displayName: { eq: displayName } } })).nodes).toEqual([]);
    await expect(strict.create({ displayName, members: [ann] })).resolves.toMatchObject({ warnings: [] });
  });

  it('adopts a local team of the same name where the profile says so, and keeps its members', async () => {
    const [ann, bob] = await bed.users(2);
    const local = await aTeam([ann!]);
    const okta = await bed.directory();

    const { team } = await new TeamService(bed.db, okta).create({
      displayName: local.displayName,
      externalId: 'g1',
      members: [bob!],
    });

    expect(team).toMatchObject({ id: local.id, directoryId: okta.directory.id, externalId: 'g1', version: 2 });
    expect(await bed.membersOf(team.id)).toEqual([ann, bob].sort());
    expect((await bed.changesOf(team.id)).slice(2)).toEqual([
      {
        kind: 'team.adopted',
        before: { externalId: null, directoryId: null },
        after: { externalId: 'g1', directoryId: okta.directory.id },
      },
      { kind: 'team.member_added', before: null, after: { userId: bob } },
    ]);
  });

  it('answers UNIQUENESS for it otherwise, and makes a team of its own where local ones are not seen', async () => {
    const { id, displayName } = await aTeam();
    const onUpdate = new TeamService(bed.db, await bed.directory({ adopt: 'ON_UPDATE' }));
    const blind = new TeamService(bed.db, await bed.directory({ listScope: 'MANAGED' }));

    await expect(onUpdate.create({ displayName })).rejects.toEqual(failsWith('UNIQUENESS', { field: 'displayName' }));
    expect((await blind.create({ displayName })).team.id).not.toBe(id);
  });
});

describe('changing', () => {
  it('adds and removes in one statement, and logs what it did', async () => {
    const [ann, bob, eve] = await bed.users(3);
    const team = await aTeam([ann!, bob!]);
    bed.statements.length = 0;

    const changed = await teams.change(team.id, [
      { removeMembers: [ann!] },
      { addMembers: [eve!, bob!] },
      { set: { displayName: `${team.displayName}!` } },
    ]);

    expect(bed.statements).toHaveLength(1);
    expect(changed).toMatchObject({ team: { version: 2, displayName: `${team.displayName}!` }, warnings: [] });
    expect(await bed.membersOf(team.id)).toEqual([bob, eve].sort());
    expect((await bed.changesOf(team.id)).slice(3)).toEqual([
      {
        kind: 'team.changed',
        before: { displayName: team.displayName },
        after: { displayName: `${team.displayName}!` },
      },
      { kind: 'team.member_added', before: null, after: { userId: eve } },
      { kind: 'team.member_removed', before: { userId: ann }, after: null },
    ]);
  });

  it('keeps version, time and log when nothing differs', async () => {
    const ann = await bed.user();
    const { id } = await aTeam([ann]);
    const team = await teams.get(id);

    const same = await teams.change(id, [
      { addMembers: [ann] },
      { removeMembers: [newId()] },
      { set: { displayName: team.displayName, externalId: null } },
    ]);

    expect(same).toEqual({ team, warnings: [] });
    expect(await bed.changesOf(id)).toHaveLength(2);
  });

  it('makes the members exactly those that replace sends, and leaves alone what it leaves out', async () => {
    const [ann, bob, eve] = await bed.users(3);
    const { id } = (await teams.create({ displayName: aName(), externalId: 'x1', members: [ann!, bob!] })).team;
    const displayName = aName();

    await teams.replace(id, { displayName, members: [bob!, eve!] });
    expect(await bed.membersOf(id)).toEqual([bob, eve].sort());
    expect((await teams.replace(id, { displayName })).team).toMatchObject({
      displayName,
      externalId: 'x1',
      version: 2,
    });
    expect(await bed.membersOf(id)).toHaveLength(2);
    await teams.replace(id, { displayName, members: [] });
    expect(await bed.membersOf(id)).toEqual([]);
    await expect(teams.replace(id, { members: [] })).rejects.toEqual(
      failsWith('INVALID_VALUE', { field: 'displayName' }),
    );
  });

  it('answers VERSION_MISMATCH and changes nothing when the team is newer', async () => {
    const ann = await bed.user();
    const { id } = await aTeam();

    await expect(teams.update(id, {}, { addMembers: [ann], expectedVersion: 2 })).rejects.toEqual(
      failsWith('VERSION_MISMATCH', { id }),
    );
    expect(await bed.membersOf(id)).toEqual([]);
    await expect(teams.update(id, {}, { addMembers: [ann], expectedVersion: 1 })).resolves.toMatchObject({
      team: { version: 2 },
    });
  });

  it('finds no team of another company, and none that is not there', async () => {
    const { id } = await aTeam();
    const stranger = new TeamService(bed.db, bed.program(undefined, await bed.anotherCompany()));

    for (const attempt of [
      () => stranger.get(id),
      () => stranger.update(id, { displayName: 'mine' }),
      () => stranger.delete(id),
      () => teams.get('nonsense'),
      () => teams.change(newId(), []),
      () => teams.delete('nonsense'),
    ])
      await expect(attempt()).rejects.toEqual(failsWith('NOT_FOUND'));
    expect(await stranger.memberPage([id])).toMatchObject({ members: [] });
  });

  it('adds no user of another company', async () => {
    const { id } = await aTeam();
    const companyId = await bed.anotherCompany();
    const alien = newId();
    await bed.owner.query(
      `insert into app_user (company_id, id, user_name, user_name_key) values ($1, $2, 'alien', 'alien')`,
      [companyId, alien],
    );

    const { warnings } = await teams.update(id, {}, { addMembers: [alien] });

    expect(warnings).toMatchObject([{ code: 'UNKNOWN_MEMBER' }]);
    expect(await bed.membersOf(id)).toEqual([]);
  });

  it('needs the permission', async () => {
    const nobody = new TeamService(bed.db, bed.program(new Set()));
    const { id } = await aTeam();

    for (const attempt of [
      () => nobody.get(id),
      () => nobody.list({}),
      () => nobody.memberPage([id]),
      () => nobody.change(id, []),
      () => nobody.delete(id),
      () => nobody.create({ displayName: aName() }),
    ])
      await expect(attempt()).rejects.toEqual(failsWith('FORBIDDEN'));
  });
});

describe('ownership', () => {
  it('keeps everyone else from a managed team, naming its directory', async () => {
    const okta = await bed.directory();
    const ann = await bed.user();
    const { id } = await aTeam([], new TeamService(bed.db, okta));
    const managed = failsWith('MANAGED_BY_DIRECTORY', {
      directory: okta.directory.name,
      fields: ['displayName', 'externalId', 'members'],
    });
    bed.statements.length = 0;

    await expect(teams.update(id, {}, { addMembers: [ann] })).rejects.toEqual(managed);
    expect(bed.statements).toHaveLength(2);
    await expect(teams.update(id, { displayName: aName() })).rejects.toEqual(managed);
    await expect(teams.delete(id)).rejects.toEqual(managed);
    await expect(teams.change(id, [])).resolves.toMatchObject({ team: { version: 1 } });
    expect(await bed.changesOf(id)).toHaveLength(1);
  });

  it('hides a team from other directories, and a local one from a directory that lists its own only', async () => {
    const okta = new TeamService(bed.db, await bed.directory());
    const entra = new TeamService(bed.db, await bed.directory({ listScope: 'MANAGED' }));
    const managed = await aTeam([], okta);
    const local = await aTeam();

    for (const id of [managed.id, local.id]) {
      await expect(entra.get(id)).rejects.toEqual(failsWith('NOT_FOUND'));
      await expect(entra.change(id, [{ set: { displayName: aName() } }])).rejects.toEqual(failsWith('NOT_FOUND'));
      await expect(entra.delete(id)).rejects.toEqual(failsWith('NOT_FOUND'));
    }
    expect((await okta.get(local.id)).directoryId).toBeNull();
  });

  it('adopts a local team that a directory changes, even by a change without effect', async () => {
    const okta = await bed.directory();
    const { id } = await aTeam();

    const { team } = await new TeamService(bed.db, okta).change(id, [{ removeMembers: [newId()] }]);

    expect(team).toMatchObject({ directoryId: okta.directory.id, version: 2 });
    expect((await bed.changesOf(id)).at(-1)).toEqual({
      kind: 'team.adopted',
      before: { directoryId: null },
      after: { directoryId: okta.directory.id },
    });
  });

  it('lets a directory add its own users and local ones, not those of another', async () => {
    const [okta, entra] = [await bed.directory(), await bed.directory()];
    const own = await bed.user({ directoryId: okta.directory.id });
    const local = await bed.user();
    const theirs = await bed.user({ directoryId: entra.directory.id });
    const service = new TeamService(bed.db, okta);

    const { team, warnings } = await service.create({ displayName: aName(), members: [own, local, theirs] });

    expect(await bed.membersOf(team.id)).toEqual([own, local].sort());
    expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(theirs)]);
  });

  it('answers PROFILE_CHANGED to a request that was translated with another profile', async () => {
    const okta = new TeamService(bed.db, await bed.directory({ version: 7 }));

    await expect(okta.create({ displayName: aName() }, { profileVersion: 6 })).rejects.toEqual(
      failsWith('PROFILE_CHANGED'),
    );
    await expect(okta.create({ displayName: aName() }, { profileVersion: 7 })).resolves.toMatchObject({
      team: { version: 1 },
    });
  });
});

describe('deleting', () => {
  it('ends memberships and access to projects, frees the name and keeps the row', async () => {
    const ann = await bed.user();
    const team = await aTeam([ann]);
    const projectId = newId();
    await bed.owner.query(`insert into project (company_id, id, key, name) values ($1, $2::uuid, $2::text, 'P')`, [
      bed.companyId,
      projectId,
    ]);
    await bed.owner.query('insert into project_access (company_id, id, project_id, team_id) values ($1, $2, $2, $3)', [
      bed.companyId,
      projectId,
      team.id,
    ]);

    await teams.delete(team.id, { expectedVersion: 1 });

    await expect(teams.get(team.id)).rejects.toEqual(failsWith('NOT_FOUND'));
    await expect(teams.delete(team.id)).rejects.toEqual(failsWith('NOT_FOUND'));
    expect(await bed.membersOf(team.id)).toEqual([]);
    expect((await bed.changesOf(team.id)).slice(2)).toEqual([
      { kind: 'team.member_removed', before: { userId: ann }, after: null },
      {
        kind: 'team.deleted',
        before: { displayName: team.displayName, externalId: null, directoryId: null },
        after: null,
      },
    ]);
    expect(await bed.changesOf(projectId)).toEqual([
      { kind: 'project.access_revoked', before: { teamId: team.id }, after: null },
    ]);
    const { rows } = await bed.owner.query(
      'select deleted_at is not null as deleted, version from team where id = $1',
      [team.id],
    );
    expect(rows).toEqual([{ deleted: true, version: 2 }]);
    await expect(teams.create({ displayName: team.displayName })).resolves.toBeTruthy();
  });

  it('is refused to a directory that does not manage the team, and leaves an entry', async () => {
    const okta = new TeamService(bed.db, await bed.directory());
    const { id } = await aTeam();

    await expect(okta.delete(id)).rejects.toEqual(failsWith('NOT_MANAGED', { id }));

    expect((await bed.changesOf(id)).at(-1)).toEqual({
      kind: 'team.delete_refused',
      before: null,
      after: { code: 'NOT_MANAGED' },
    });
    await expect(teams.get(id)).resolves.toMatchObject({ version: 1 });
  });
});
