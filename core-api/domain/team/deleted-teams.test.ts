import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { PERMISSIONS } from '../permissions.js';
import { ProjectService } from '../project/project-service.js';
import { UserService } from '../user/user-service.js';
import { DeletedTeamService } from './deleted-team-service.js';
import { TeamService } from './team-service.js';

let bed: CompanyBed;
let teams: TeamService;
let deleted: DeletedTeamService;
let projects: ProjectService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  const owner = bed.program();
  teams = new TeamService(bed.db, owner);
  deleted = new DeletedTeamService(bed.db, owner);
  projects = new ProjectService(bed.db, owner);
});
afterAll(() => bed?.close());

const aTeam = async (members: string[] = [], service = teams) =>
  (await service.create({ displayName: newId(), externalId: newId(), members })).team;
const deletedDaysAgo = (id: string, days: number) =>
  bed.owner.query(`update team set deleted_at = now() - $3::int * interval '1 day' where company_id = $1 and id = $2`, [
    bed.companyId,
    id,
    days,
  ]);

describe('a deleted team', () => {
  it('comes back under its id, with its members, its projects and an entry for each', async () => {
    const members = (await bed.users(3)).toSorted();
    const team = await aTeam(members);
    const project = await projects.create({ key: 'comes-back', name: 'P' });
    await projects.grant({ projectId: project.id, teamId: team.id });
    await teams.delete(team.id);
    const before = (await bed.changesOf(team.id)).length;

    const restored = await deleted.restore(team.id);

    expect(restored.warnings).toEqual([]);
    expect(restored.team).toEqual({ ...team, version: team.version + 2, updatedAt: expect.any(String) });
    expect(await teams.get(team.id)).toEqual(restored.team);
    expect(await bed.membersOf(team.id)).toEqual(members);
    expect((await projects.ofTeams([team.id])).get(team.id)?.map(({ id }) => id)).toEqual([project.id]);
    const { displayName, externalId, directoryId } = team;
    const changes = (await bed.changesOf(team.id)).slice(before);
    expect(changes[0]).toEqual({
      kind: 'team.restored',
      before: null,
      after: { displayName, externalId, directoryId },
    });
    expect(changes.slice(1).map(({ kind, after }) => [kind, after])).toEqual(
      expect.arrayContaining(members.map((userId) => ['team.member_added', { userId }])),
    );
    expect(changes).toHaveLength(4);
    expect((await bed.changesOf(project.id)).at(-1)).toEqual({
      kind: 'project.access_granted',
      before: null,
      after: { teamId: team.id },
    });
  });

  it('comes back as it was when it was deleted last, and without members and projects that are gone', async () => {
    const [ann, bob, cid, dan] = await bed.users(4);
    const team = await aTeam([ann!, bob!]);
    const project = await projects.create({ key: 'goes-away', name: 'P' });
    await projects.grant({ projectId: project.id, teamId: team.id });
    await teams.delete(team.id);
    await deleted.restore(team.id);
    await teams.change(team.id, [{ removeMembers: [ann!] }, { addMembers: [cid!, dan!] }]);
    await teams.delete(team.id);
    await new UserService(bed.db, bed.program()).delete(dan!);
    await projects.delete(project.id);

    const { warnings } = await deleted.restore(team.id);

    expect(await bed.membersOf(team.id)).toEqual([bob, cid].toSorted());
    expect(warnings).toEqual([{ code: 'UNKNOWN_MEMBER', field: 'members', message: expect.stringContaining(dan!) }]);
  });

  it('belongs to its directory again, which sees it again', async () => {
    const directory = await bed.directory();
    const own = new TeamService(bed.db, directory);
    const [ann] = await bed.users(1, { directoryId: directory.directory.id });
    const team = await aTeam([ann!], own);
    await own.delete(team.id);
    await expect(own.get(team.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });

    expect((await deleted.restore(team.id)).team.directoryId).toBe(directory.directory.id);

    await own.change(team.id, [{ removeMembers: [ann!] }]);
    await expect(teams.update(team.id, { displayName: 'Mine' })).rejects.toMatchObject({
      code: 'MANAGED_BY_DIRECTORY',
    });
  });

  it.each(['displayName', 'externalId'] as const)('stays deleted while its %s is taken', async (field) => {
    const team = await aTeam(await bed.users(1));
    await teams.delete(team.id);
    await teams.create({ displayName: newId(), [field]: team[field] });

    await expect(deleted.restore(team.id)).rejects.toMatchObject({ code: 'UNIQUENESS', details: { field } });
    await expect(teams.get(team.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await bed.membersOf(team.id)).toEqual([]);
  });

  it('is gone for good after 30 days, and is never restored twice nor by strangers', async () => {
    const late = await aTeam();
    const inTime = await aTeam();
    for (const { id } of [late, inTime]) await teams.delete(id);
    await deletedDaysAgo(late.id, 30);
    await deletedDaysAgo(inTime.id, 29);
    const stranger = new DeletedTeamService(bed.db, bed.program(undefined, await bed.anotherCompany()));
    const noOwner = bed.program(new Set(PERMISSIONS.filter((each) => each !== 'billing:write')));

    await expect(new DeletedTeamService(bed.db, noOwner).restore(inTime.id)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    for (const restore of [
      () => deleted.restore(late.id),
      () => stranger.restore(inTime.id),
      () => deleted.restore(newId()),
      () => deleted.restore('nonsense'),
    ])
      await expect(restore()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await stranger.list({ wantTotal: true })).totalCount).toBe(0);
    const twice = await Promise.allSettled([deleted.restore(inTime.id), deleted.restore(inTime.id)]);
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is listed with who deleted it and until when it can be restored, the last one first, in pages', async () => {
    const directory = await bed.directory();
    const own = new TeamService(bed.db, directory);
    const first = await aTeam([], own);
    await own.delete(first.id);
    await deletedDaysAgo(first.id, 3);
    const second = await aTeam();
    await teams.delete(second.id);

    const { nodes, totalCount, cursors } = await deleted.list({ first: 1, wantTotal: true });
    expect(nodes.map(({ id }) => id)).toEqual([second.id]);
    expect(totalCount).toBeGreaterThan(1);
    const rest = await deleted.list({ first: 100, after: cursors[0]! });
    expect(rest.nodes.map(({ id }) => id)).not.toContain(second.id);
    const row = rest.nodes.find(({ id }) => id === first.id)!;
    expect(row).toMatchObject({
      displayName: first.displayName,
      externalId: first.externalId,
      directoryId: directory.directory.id,
      deletedById: directory.id,
      deletedBy: directory.name,
    });
    expect(Date.parse(row.restorableUntil) - Date.parse(row.deletedAt)).toBe(30 * 24 * 3600 * 1000);

    await deleted.restore(first.id);
    expect((await deleted.list({ first: 100 })).nodes.map(({ id }) => id)).not.toContain(first.id);
  });
});
