import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { TeamService } from '../team/team-service.js';
import { ProjectService } from './project-service.js';

let bed: CompanyBed;
let projects: ProjectService;
beforeAll(async () => {
  bed = await CompanyBed.open();
  projects = new ProjectService(bed.db, bed.program());
});
afterAll(() => bed?.close());

let made = 0;
const aProject = () => projects.create({ key: `p${++made}`, name: `Project ${made}` });
const withCode = (code: string) => expect.objectContaining({ code });

describe('access', () => {
  it('is granted and revoked once each, and logged with the project', async () => {
    const { id } = await aProject();
    const userId = await bed.user();

    for (let i = 0; i < 2; i++) await projects.grant({ projectId: id, userId });
    for (let i = 0; i < 2; i++) await projects.revoke({ projectId: id, userId });

    expect((await bed.changesOf(id)).slice(1)).toEqual([
      { kind: 'project.access_granted', before: null, after: { userId } },
      { kind: 'project.access_revoked', before: { userId }, after: null },
    ]);
  });

  it('comes through teams too, and once', async () => {
    const [one, two] = [await aProject(), await aProject()];
    const [ann, bob] = [await bed.user(), await bed.user()];
    const { team } = await new TeamService(bed.db, bed.program()).create({ displayName: 'Testers', members: [ann] });
    await projects.grant({ projectId: two.id, teamId: team.id });
    await projects.grant({ projectId: two.id, userId: ann });
    await projects.grant({ projectId: one.id, userId: ann });

    const ofUsers = await projects.ofUsers([ann, bob]);
    const ofTeams = await projects.ofTeams([team.id]);

    expect(ofUsers).toEqual(new Map([[ann, [one, two]]]));
    expect(ofTeams).toEqual(new Map([[team.id, [two]]]));
  });

  it('comes through the teams around a team too', async () => {
    const { id: projectId } = await aProject();
    const ann = await bed.user();
    const teams = new TeamService(bed.db, bed.program());
    const inner = (await teams.create({ displayName: 'Inner', members: [ann] })).team.id;
    const middle = (await teams.create({ displayName: 'Middle', members: [inner] })).team.id;
    const outer = (await teams.create({ displayName: 'Outer', members: [middle, ann] })).team.id;
    await projects.grant({ projectId, teamId: outer });
    await projects.grant({ projectId, teamId: middle });

    expect((await projects.ofUsers([ann])).get(ann)).toMatchObject([{ id: projectId }]);
    await teams.change(outer, [{ removeMembers: [ann, middle] }]);
    await teams.change(middle, [{ removeMembers: [inner] }]);

    expect((await projects.ofUsers([ann])).get(ann) ?? []).toEqual([]);
  });

  it('is for exactly one user or team of the company', async () => {
    const { id: projectId } = await aProject();
    const userId = await bed.user();

    await expect(projects.grant({ projectId })).rejects.toEqual(withCode('INVALID_VALUE'));
    await expect(projects.grant({ projectId, userId, teamId: newId() })).rejects.toEqual(withCode('INVALID_VALUE'));
    await expect(projects.grant({ projectId, teamId: 'nonsense' })).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(projects.grant({ projectId: newId(), userId })).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(projects.grant({ projectId, userId: await bed.user({ deleted: true }) })).rejects.toEqual(
      withCode('NOT_FOUND'),
    );
  });

  it('survives being granted twice at once', async () => {
    const { id: projectId } = await aProject();
    const userId = await bed.user();

    await Promise.all([1, 2, 3].map(() => projects.grant({ projectId, userId })));

    expect(await projects.ofUsers([userId])).toEqual(new Map([[userId, [await projects.get(projectId)]]]));
  });
});

describe('a project', () => {
  it('is not deleted while somebody has access', async () => {
    const { id } = await aProject();
    const userId = await bed.user();
    await projects.grant({ projectId: id, userId });

    await expect(projects.delete(id)).rejects.toEqual(withCode('IN_USE'));
    await projects.revoke({ projectId: id, userId });
    await projects.delete(id);

    await expect(projects.get(id)).rejects.toEqual(withCode('NOT_FOUND'));
  });

  it('is written with projects:write only', async () => {
    const { id } = await aProject();
    const reader = new ProjectService(bed.db, bed.program(new Set(['projects:read'])));

    await expect(reader.update(id, { name: 'Mine' })).rejects.toEqual(withCode('FORBIDDEN'));
    await expect(reader.grant({ projectId: id, userId: newId() })).rejects.toEqual(withCode('FORBIDDEN'));
  });
});
