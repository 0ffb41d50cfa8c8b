import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { newId } from '../new-id.js';
import { ProjectService } from '../project/project-service.js';
import { RoleService } from '../role/role-service.js';
import { TeamService } from '../team/team-service.js';
import { UserService } from './user-service.js';

/* What a user leaves behind, and who sees what a user has. */

let bed: CompanyBed;
let users: UserService;
let teams: TeamService;
let roles: RoleService;
let manager: string;
beforeAll(async () => {
  bed = await CompanyBed.open();
  const program = bed.program();
  users = new UserService(bed.db, program);
  teams = new TeamService(bed.db, program);
  roles = new RoleService(bed.db, program);
  manager = (await roles.create({ key: 'manager', name: 'Manager', permissions: [], rank: 1 })).id;
  await roles.create({ key: 'qa', name: 'QA', permissions: [], rank: 0, isDefault: true });
});
afterAll(() => bed?.close());

describe('a deleted user', () => {
  it.each(['a program', 'a directory'])('leaves nothing to whom %s creates with the same names (T-12)', async (who) => {
    const directory = await bed.directory();
    const service = who === 'a program' ? users : new UserService(bed.db, directory);
    const names = { userName: newId(), externalId: newId() };
    const { user: gone } = await service.create(names);
    await teams.create({ displayName: newId(), members: [gone.id] });
    await roles.assign(gone.id, manager);
    await service.delete(gone.id);
    const { user } = await service.create(names, {}, { teams: true, roles: true });

    // A directory gets back the person that it names by its own key (rule 4), without what that one had.
    expect(user.id === gone.id).toBe(who === 'a directory');
    expect([user.teams, user.roles?.map(({ key }) => key)]).toEqual([[], ['qa']]);
    for (const table of ['role_assignment', 'team_membership', 'project_access', 'local_credential'])
      expect((await bed.owner.query(`select 1 from ${table} where user_id = $1`, [gone.id])).rows).toEqual([]);
  });

  it('comes back into the log whole, because the log had ended with it', async () => {
    const directory = await bed.directory();
    const service = new UserService(bed.db, directory);
    const fields = { userName: newId(), externalId: newId(), title: 'T' };
    const { user } = await service.create(fields);
    await service.delete(user.id);
    await service.create(fields);

    const after = { ...fields, active: true, directoryId: directory.directory.id };
    expect((await bed.changesOf(user.id)).filter(({ kind }) => kind !== 'role.assigned')).toEqual([
      { kind: 'user.created', before: null, after },
      { kind: 'user.deleted', before: after, after: null },
      { kind: 'user.revived', before: null, after },
    ]);
  });
});

it('whoever comes back after a deletion gets the default projects that everyone new gets, and no other', async () => {
  const projects = new ProjectService(bed.db, bed.program());
  const everyones = await projects.create({ key: 'everyones', name: 'E', isDefault: true });
  const directorys = await projects.create({ key: 'directorys', name: 'D' });
  const own = await projects.create({ key: 'own', name: 'O' });
  const service = new UserService(bed.db, await bed.directory({ defaultProjects: ['directorys', 'missing'] }));
  const fields = { userName: newId(), externalId: newId() };
  const projectsOf = async (id: string) => (await projects.ofUsers([id])).get(id)?.map((project) => project.id);
  const granted = async (id: string) =>
    (await bed.changesOf(directorys.id)).filter(({ after }) => (after as { userId?: string } | null)?.userId === id);

  const { user } = await service.create(fields);
  await projects.grant({ projectId: own.id, userId: user.id });
  expect(await projectsOf(user.id)).toEqual([directorys.id, everyones.id, own.id]);
  await service.delete(user.id);
  expect(await projectsOf(user.id)).toBeUndefined();
  const { outcome } = await service.create(fields);

  expect(outcome).toBe('REVIVED');
  expect(await projectsOf(user.id)).toEqual([directorys.id, everyones.id]);
  expect((await granted(user.id)).map(({ kind }) => kind)).toEqual([
    'project.access_granted',
    'project.access_granted',
  ]);
  await projects.update(everyones.id, { isDefault: false });
});

it('teams and roles of a user are shown only to those who may read them', async () => {
  const id = await bed.user();
  const reader = new UserService(bed.db, bed.program(new Set(['users:read', 'users:write'] as const)));

  for (const [parts, permission] of [
    [{ teams: true }, 'teams:read'],
    [{ roles: true }, 'roles:read'],
  ] as const) {
    const refused = expect.objectContaining({ code: 'FORBIDDEN', message: expect.stringContaining(permission) });
    await expect(reader.get(id, parts)).rejects.toEqual(refused);
    await expect(reader.list({}, parts)).rejects.toEqual(refused);
    await expect(reader.create({ userName: newId() }, {}, parts)).rejects.toEqual(refused);
    await expect(reader.deactivate(id, {}, parts)).rejects.toEqual(refused);
  }
  expect(await reader.get(id)).toMatchObject({ id, active: true });
});
