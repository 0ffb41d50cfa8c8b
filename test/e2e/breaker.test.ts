import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOG_CONSUMERS } from '#core-api/jobs/log-consumers.js';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { graphqlClient } from '#test/support/clients.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { addDirectory } from '#test/support/second-directory.js';
import { breakerBench, RUN, RUNS } from './breaker-bench.js';

/* Too many leave at once: it is done, it rings, and an owner gives everything back. */

const decision = (name: string) =>
  `mutation ($id: ID!) { ${name}(input: { id: $id }) { syncRun { ${RUN} users { totalCount } } } }`;
const CONFIRM = decision('confirmSyncRun');
const REVERT = decision('revertSyncRun');

describe.each(MODES)('the breaker, %s', (mode) => {
  let rollcall: TestRollcall;
  let follower: LogFollower;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    follower = new LogFollower({
      db: rollcall.db,
      log: { warn: (details: unknown) => expect(details).toBeUndefined() },
      consumers: LOG_CONSUMERS,
    });
  });
  afterAll(() => rollcall.stop());

  const bench = () => breakerBench(rollcall, follower);

  it('L-08: a fifth of all is applied at once, alarmed, listed, and given back by one click', async () => {
    const { company, provision, deactivate, runs, alarms, ask, userOf, scim, refused } = await bench();
    const ids = await provision(50);
    const left = ids.slice(0, 20);
    await deactivate(left);
    for (const id of left) expect((await scim.get(`/Users/${id}`)).body.active).toBe(false);

    const [run, ...others] = await runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      status: 'HELD',
      directory: { id: company.directoryId },
      counts: { usersDeactivated: 20, usersDeleted: 0, membersRemoved: 0 },
      decidedAt: null,
      report: null,
    });
    expect(await alarms()).toEqual([
      {
        kind: 'MASS_DEPROVISION',
        subjectId: run.id,
        directory: { id: company.directoryId },
        details: { usersDeactivated: 20, usersDeleted: 0, membersRemoved: 0 },
        resolvedAt: null,
      },
    ]);
    const { node: syncRun } = await ask(
      'query ($id: ID!) { node(id: $id) { ... on SyncRun { users(first: 100) { totalCount nodes { id action isBack } } changes(first: 100) { nodes { kind objectId } } } } }',
      { id: run.id },
    );
    expect(syncRun.users.totalCount).toBe(20);
    expect(syncRun.users.nodes).toEqual([...left].sort().map((id) => ({ id, action: 'DEACTIVATED', isBack: false })));
    expect(syncRun.changes.nodes).toEqual(left.map((objectId) => ({ kind: 'user.deactivated', objectId })));

    const { version } = await userOf(left[0]!);
    const { revertSyncRun } = await ask(REVERT, { id: run.id });
    expect(revertSyncRun.syncRun).toMatchObject({
      status: 'REVERTED',
      decidedAt: expect.any(String),
      decidedBy: expect.any(String),
      report: { restored: { users: 20, teams: 0, members: 0, roles: 0, accesses: 0 }, kept: [], keptCount: 0 },
      users: { totalCount: 20 },
    });
    for (const id of left) expect((await scim.get(`/Users/${id}`)).body.active).toBe(true);
    expect(await userOf(left[0]!)).toMatchObject({ active: true, version: version + 1 });
    expect(await alarms()).toMatchObject([{ resolvedAt: expect.any(String) }]);
    const { node } = await ask(`{ node(id: "${run.id}") { __typename } }`);
    expect(node).toEqual({ __typename: 'SyncRun' });

    expect(await refused(REVERT, { id: run.id })).toMatchObject({ code: 'ALREADY_DECIDED' });
    expect(await refused(CONFIRM, { id: run.id })).toMatchObject({ code: 'ALREADY_DECIDED' });
    expect(await runs()).toHaveLength(1);
  });

  it('L-02: a Bulk that deactivates and deletes is counted as its operations by themselves are', async () => {
    const { provision, scim, runs, alarms } = await bench();
    const ids = await provision(50);
    const Operations = ids.slice(0, 20).map((id, place) =>
      place % 2 === 0
        ? { method: 'DELETE', path: `/Users/${id}` }
        : {
            method: 'PATCH',
            path: `/Users/${id}`,
            data: { Operations: [{ op: 'replace', path: 'active', value: false }] },
          },
    );

    // Those of one kind beside each other, so that they are written together.
    const { body } = await scim.post('/Bulk', {
      Operations: Operations.toSorted((a, b) => (a.method < b.method ? -1 : 1)),
    });

    expect(body.Operations.map(({ status }: { status: string }) => status)).toEqual([
      ...new Array<string>(10).fill('204'),
      ...new Array<string>(10).fill('200'),
    ]);
    expect(await runs()).toMatchObject([{ status: 'HELD', counts: { usersDeactivated: 10, usersDeleted: 10 } }]);
    expect(await alarms()).toHaveLength(1);
  });

  it('few are not held: one of one, 19 of 20, and 2 % of many', async () => {
    const one = await bench();
    await one.deactivate(await one.provision(1));
    const small = await bench();
    await small.deactivate((await small.provision(20)).slice(0, 19));
    const large = await bench();
    await large.deactivate((await large.crowd(1500)).slice(0, 30));

    expect([await one.runs(), await small.runs(), await large.runs()]).toEqual([[], [], []]);
    expect(await large.alarms()).toEqual([]);
  });

  it('a hundred are held however many there are', async () => {
    const { crowd, deactivate, runs } = await bench();
    const ids = await crowd(10_000);
    await deactivate(ids.slice(0, 99));
    expect(await runs()).toEqual([]);

    await deactivate(ids.slice(99, 100));
    expect(await runs()).toMatchObject([{ counts: { usersDeactivated: 100 } }]);
  });

  it('what goes on within ten minutes belongs to the run, and rings once; what comes later is another', async () => {
    const { provision, deactivate, runs, alarms, age } = await bench();
    const ids = await provision(50);
    await deactivate(ids.slice(0, 20));
    const [first] = await runs();
    await deactivate(ids.slice(20, 22));
    expect(await runs()).toMatchObject([{ id: first.id, counts: { usersDeactivated: 22 } }]);
    expect(await alarms()).toHaveLength(1);

    await age(11);
    await rollcall.asOwner(`update sync_run set last_at = last_at - interval '11 minutes' where id = '${first.id}'`);
    await deactivate(ids.slice(22, 25));
    expect(await runs()).toMatchObject([{ id: first.id, counts: { usersDeactivated: 22 } }]);
    await deactivate(ids.slice(25, 45));
    expect(await runs()).toMatchObject([{ counts: { usersDeactivated: 23 } }, { id: first.id }]);
    expect(await alarms()).toHaveLength(2);
  });

  it('counts together what comes within nine minutes, and not what comes within eleven', async () => {
    for (const [minutes, count] of [
      [9, 1],
      [11, 0],
    ] as const) {
      const { provision, deactivate, runs, age } = await bench();
      const ids = await provision(50);
      await deactivate(ids.slice(0, 10));
      expect(await runs()).toEqual([]);
      await age(minutes);
      await deactivate(ids.slice(10, 20));
      expect(await runs()).toHaveLength(count);
    }
  });

  it('has a threshold for each directory, and counts two directories apart', async () => {
    const { company, provision, deactivate, runs, settings } = await bench();
    const other = await addDirectory(company, { name: 'Other' });
    await settings({ percent: 50 });
    const ours = await provision(40);
    const theirs = await provision(40, other.scim);
    await Promise.all([deactivate(ours.slice(0, 19)), deactivate(theirs.slice(0, 20), other.scim)]);

    expect(await runs()).toMatchObject([{ directory: { id: other.id }, counts: { usersDeactivated: 20 } }]);
    await deactivate(ours.slice(19, 20));
    expect(await runs({ directoryId: { eq: company.directoryId } })).toMatchObject([
      { counts: { usersDeactivated: 20 } },
    ]);
    expect(await runs({ status: { eq: 'HELD' } })).toHaveLength(2);
    expect(await runs({ status: { eq: 'REVERTED' } })).toEqual([]);
  });

  it("what an admin's script does is no directory's run", async () => {
    const { ask, runs } = await bench();
    for (let i = 0; i < 25; i++) {
      const { createUser } = await ask(
        'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
        { input: { userName: `local-${i}` } },
      );
      await ask('mutation ($id: ID!) { deleteUser(input: { id: $id }) { __typename } }', { id: createUser.user.id });
    }
    expect(await runs()).toEqual([]);
  });

  it('holds members whom a PUT drops, and gives them back', async () => {
    const { scim, provision, push, runs, ask } = await bench();
    const ids = await provision(30);
    const crew = await push('Crew', ids);
    const members = [{ value: ids[0] }];
    expect((await scim.put(`/Groups/${crew}`, { displayName: 'Crew', members })).status).toBe(200);
    // The directory itself takes two back, and drops one of them again: all of that is the run.
    await scim.patch(`/Groups/${crew}`, [
      { op: 'add', path: 'members', value: [{ value: ids[1] }, { value: ids[2] }] },
    ]);
    await scim.patch(`/Groups/${crew}`, [{ op: 'remove', path: `members[value eq "${ids[2]}"]` }]);
    const [run] = await runs();
    expect(run.counts).toEqual({ usersDeactivated: 0, usersDeleted: 0, membersRemoved: 30 });

    const { syncRun } = (await ask(REVERT, { id: run.id })).revertSyncRun;
    expect(syncRun.report).toMatchObject({ restored: { users: 0, members: 28 }, kept: [] });
    const { body } = await scim.get(`/Groups/${crew}`);
    expect(body.members.map(({ value }: { value: string }) => value).sort()).toEqual([...ids].sort());
  });

  it("a deleted user's memberships alone are no flood", async () => {
    const { provision, push, remove, runs } = await bench();
    const ids = await provision(10);
    for (let i = 0; i < 25; i++) await push(`Team ${i}`, [ids[0]!]);
    await remove([ids[0]!]);
    expect(await runs()).toEqual([]);
  });

  it('gives back deleted users, their teams, roles and projects, and deleted teams', async () => {
    const { company, scim, provision, push, remove, deactivate, runs, ask, userOf } = await bench();
    const ids = await provision(40);
    const [ann, bob] = ids as [string, string];
    const crew = await push('Crew', ids.slice(0, 10));
    const band = await push('Band', ids.slice(5, 15));
    const { createProject } = await ask(
      'mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id key } } }',
      { input: { key: 'ship', name: 'Ship' } },
    );
    const grant = (whom: object) =>
      ask('mutation ($input: ProjectAccessInput!) { grantProjectAccess(input: $input) { project { id } } }', {
        input: { projectId: createProject.project.id, ...whom },
      });
    await grant({ userId: ann });
    await grant({ teamId: band });
    const { roles } = await ask('{ roles { nodes { id key } } }');
    const manager = roles.nodes.find(({ key }: { key: string }) => key === 'manager').id;
    await ask('mutation ($input: RoleAssignmentInput!) { assignRole(input: $input) { user { id } } }', {
      input: { userId: ann, roleId: manager },
    });
    const was = { ann: await userOf(ann), bob: await userOf(bob), resource: (await scim.get(`/Users/${ann}`)).body };

    await deactivate([bob]);
    await remove(ids.slice(0, 20));
    expect((await scim.delete(`/Groups/${band}`)).status).toBe(204);
    const [run] = await runs();
    expect(run.counts).toMatchObject({ usersDeactivated: 1, usersDeleted: 20 });
    const { syncRun } = (await ask(REVERT, { id: run.id })).revertSyncRun;

    expect(syncRun.report).toEqual({
      restored: { users: 20, teams: 1, members: 20, roles: 1, accesses: 2 },
      kept: [],
      keptCount: 0,
    });
    const now = await userOf(ann);
    expect(now).toEqual({ ...was.ann, version: expect.any(Number) });
    expect(now.version).toBeGreaterThan(was.ann.version);
    expect(await userOf(bob)).toEqual({ ...was.bob, version: expect.any(Number) });
    const { meta, ...resource } = (await scim.get(`/Users/${ann}`)).body;
    expect(resource).toEqual({ ...was.resource, meta: undefined });
    expect(meta.created).toBe(was.resource.meta.created);
    const found = await scim.get(`/Users?filter=${encodeURIComponent('emails.value eq "mail-0@a.example"')}`);
    expect(found.body.Resources).toMatchObject([{ id: ann }]);
    expect((await scim.get(`/Groups/${band}`)).body.members).toHaveLength(10);
    expect((await scim.get(`/Groups/${crew}`)).body.members).toHaveLength(10);
    const kinds = await rollcall.asOwner<{ kind: string; actor_kind: string }>(
      `select distinct kind, actor_kind from change where company_id = '${company.companyId}' and kind like '%restored' order by 1`,
    );
    expect(kinds).toEqual([
      { kind: 'team.restored', actor_kind: 'API_KEY' },
      { kind: 'user.restored', actor_kind: 'API_KEY' },
    ]);
  });

  it('keeps and reports what somebody changed since', async () => {
    const { scim, provision, push, remove, deactivate, runs, ask, userOf } = await bench();
    const ids = await provision(40);
    const [edited, back, gone, released, nameTaken, revived, idTaken, simple] = ids as [string, ...string[]];
    const crew = await push('Crew', ids);
    const band = await push('Band', ids.slice(30));
    await deactivate(ids.slice(0, 4));
    await remove(ids.slice(4, 24));
    await scim.patch(`/Groups/${crew}`, [{ op: 'remove', path: `members[value eq "${ids[30]}"]` }]);
    await scim.patch(`/Groups/${crew}`, [{ op: 'remove', path: `members[value eq "${ids[31]}"]` }]);
    await scim.delete(`/Groups/${band}`);
    const [run] = await runs();

    // Of a run that goes on nothing is somebody else's, so its directory's later requests are dated back behind its end.
    await rollcall.asOwner(`update sync_run set last_at = last_at - interval '20 minutes' where id = '${run.id}'`);
    await scim.patch(`/Users/${edited}`, [{ op: 'replace', path: 'title', value: 'Captain' }]);
    await scim.patch(`/Users/${back}`, [{ op: 'replace', path: 'active', value: true }]);
    await remove([gone!]);
    await ask('mutation ($input: ReleaseUsersInput!) { releaseUsers(input: $input) { __typename } }', {
      input: { ids: [released] },
    });
    await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
      input: { userName: 'user-4@a.example' },
    });
    expect((await scim.post('/Users', { userName: 'other@a.example', externalId: 'x-5' })).body.id).toBe(revived);
    await scim.patch(`/Users/${ids[25]}`, [{ op: 'replace', path: 'externalId', value: 'x-6' }]);
    await scim.patch(`/Groups/${crew}`, [{ op: 'add', path: 'members', value: [{ value: ids[30] }] }]);
    await scim.post('/Groups', { displayName: 'Band' });

    const { syncRun } = (await ask(REVERT, { id: run.id })).revertSyncRun;
    const { kept, restored } = syncRun.report;
    const reason = (object: string, id: string) =>
      kept.find((each: { object: string; id: string }) => each.object === object && each.id === id)?.reason;
    expect(
      [back, gone, released, nameTaken, revived, idTaken, edited, simple].map((id) => reason('USER', id!)),
    ).toEqual([
      'BACK_ALREADY',
      'DELETED_LATER',
      'TRANSFERRED',
      'NAME_TAKEN',
      'BACK_ALREADY',
      'EXTERNAL_ID_TAKEN',
      undefined,
      undefined,
    ]);
    expect(reason('TEAM', band)).toBe('NAME_TAKEN');
    const ofMember = (teamId: string, userId: string) =>
      kept.find((each: { id: string; userId: string }) => each.id === teamId && each.userId === userId)?.reason;
    expect(ofMember(crew, ids[30]!)).toBe('BACK_ALREADY');
    expect(ofMember(crew, ids[31]!)).toBe(undefined);
    expect(ofMember(crew, nameTaken!)).toBe('USER_GONE');
    expect(ofMember(band, ids[35]!)).toBe('TEAM_GONE');
    expect(restored).toMatchObject({ users: 18, teams: 0 });
    expect(syncRun.report.keptCount).toBe(kept.length);
    expect(await userOf(edited)).toMatchObject({ active: true, title: 'Captain' });
    expect((await userOf(simple!)).teams).toEqual([{ id: crew }]);
  });

  it('confirms: everything stays, the alarm ends, and what comes next is counted anew', async () => {
    const { provision, deactivate, runs, alarms, ask, userOf } = await bench();
    const ids = await provision(60);
    await deactivate(ids.slice(0, 20));
    const [run] = await runs();
    const { syncRun } = (await ask(CONFIRM, { id: run.id })).confirmSyncRun;

    expect(syncRun).toMatchObject({ status: 'CONFIRMED', report: null });
    expect(await alarms()).toMatchObject([{ resolvedAt: expect.any(String) }]);
    expect((await userOf(ids[0]!)).active).toBe(false);
    await deactivate(ids.slice(20, 39));
    expect(await runs()).toHaveLength(1);
    await deactivate(ids.slice(39, 40));
    expect(await runs()).toHaveLength(2);
    expect(await alarms()).toHaveLength(2);
  });

  it('only an owner decides; others see it with the permission for directories', async () => {
    const { company, ask, provision, deactivate, runs } = await bench();
    await deactivate((await provision(20)).slice(0, 20));
    const [run] = await runs();
    const { createApiKey } = await ask(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }',
      { input: { name: 'Reader', permissions: ['directories:read', 'directories:write', 'users:write'] } },
    );
    const reader = graphqlClient({ ...company, apiKey: createApiKey.secret });
    expect((await dataOf(reader(RUNS))).syncRuns.nodes).toMatchObject([{ id: run.id }]);
    for (const document of [CONFIRM, REVERT])
      expect(await errorOf(reader(document, { id: run.id }))).toMatchObject({ code: 'FORBIDDEN' });
    // Nor does another company see it.
    const stranger = await bench();
    expect(await stranger.refused(REVERT, { id: run.id })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await stranger.runs()).toEqual([]);
  });
});
