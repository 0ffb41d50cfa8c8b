import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOG_CONSUMERS } from '#core-api/jobs/log-consumers.js';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { scimClient } from '#test/support/clients.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { addDirectory } from '#test/support/second-directory.js';
import { breakerBench, RUN } from './breaker-bench.js';
import { HOUSES } from './isolation/neighbour.js';

/* What a run that is reverted gives back besides the people, and whose run it is when tokens and directories change in the middle. */

const REVERT = `mutation ($id: ID!) { revertSyncRun(input: { id: $id }) { syncRun { ${RUN} } } }`;
const INACTIVE = { op: 'replace', path: 'active', value: false };
const NO_ROLES = { op: 'remove', path: 'roles' };

describe.each(HOUSES)('a reverted run, $mode, row-level security $rowSecurity', ({ mode, rowSecurity }) => {
  let rollcall: TestRollcall;
  let follower: LogFollower;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode, env: { ROLLCALL_ROW_SECURITY: rowSecurity } });
    const log = { warn: (details: unknown) => expect(details).toBeUndefined() };
    follower = new LogFollower({ db: rollcall.db, log, consumers: LOG_CONSUMERS });
  });
  afterAll(() => rollcall.stop());

  async function bench() {
    const opened = await breakerBench(rollcall, follower);
    const { ask } = opened;
    return {
      ...opened,
      /** People with a title, a department and the role manager. */
      staff: async (count: number) => {
        const ids = await opened.provision(count);
        for (const id of ids)
          await opened.scim.patch(`/Users/${id}`, [
            { op: 'add', path: 'title', value: 'Captain' },
            { op: 'add', path: 'roles', value: [{ value: 'manager' }] },
            {
              op: 'add',
              path: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
              value: 'Deck',
            },
          ]);
        return ids as [string, ...string[]];
      },
      revert: async (id: string) => (await ask(REVERT, { id })).revertSyncRun.syncRun.report,
      rolesOf: async (id: string) =>
        (await ask('query ($id: ID!) { user(id: $id) { roles { key } } }', { id })).user.roles.map(
          ({ key }: { key: string }) => key,
        ),
      resource: async (id: string) => {
        const { meta: _, ...resource } = (await opened.scim.get(`/Users/${id}`)).body;
        return resource;
      },
      /** As if the directory had done nothing for twenty minutes. */
      rest: (runId: string) =>
        rollcall.asOwner(`update sync_run set last_at = last_at - interval '20 minutes' where id = '${runId}'`),
    };
  }

  it('gives back roles and values that went with the request that deactivated', async () => {
    const { scim, staff, runs, revert, rolesOf, resource } = await bench();
    const ids = await staff(24);
    const [put, patched, apart, renamed] = ids as [string, string, string, string, ...string[]];
    const was = await Promise.all(ids.map(resource));
    await scim.put(`/Users/${put}`, { userName: 'user-0@a.example', active: false });
    await scim.patch(`/Users/${patched}`, [{ op: 'remove', path: 'title' }, NO_ROLES, INACTIVE]);
    await scim.patch(`/Users/${apart}`, [NO_ROLES]);
    await scim.patch(`/Users/${apart}`, [INACTIVE]);
    await scim.patch(`/Users/${renamed}`, [{ op: 'replace', path: 'userName', value: 'gone-3@a.example' }, INACTIVE]);
    for (const id of ids.slice(4, 20)) await scim.patch(`/Users/${id}`, [INACTIVE, NO_ROLES]);
    expect((await rolesOf(patched)).includes('manager')).toBe(false);
    const [run] = await runs();

    const report = await revert(run.id);
    expect(report).toMatchObject({ restored: { users: 20 }, kept: [] });
    // All but the one who was renamed had lost it.
    expect(report.restored.roles).toBe(19);
    expect(await Promise.all(ids.map(resource))).toEqual(was);
    for (const id of ids.slice(0, 20)) expect(await rolesOf(id)).toEqual(['manager']);
    const found = await scim.get(`/Users?filter=${encodeURIComponent('emails.value eq "mail-0@a.example"')}`);
    expect(found.body.Resources).toMatchObject([{ id: put }]);
    // The attribute and what it grants are one again: taking it away takes the role away.
    await scim.patch(`/Users/${apart}`, [NO_ROLES]);
    expect(await rolesOf(apart)).not.toContain('manager');
  });

  it('gives back groups inside groups that were taken out or deleted, but not those that somebody took out since', async () => {
    const { scim, staff, runs, revert, rest, ask } = await bench();
    const ids = await staff(24);
    const group = async (displayName: string, ...members: string[]): Promise<string> =>
      (await scim.post('/Groups', { displayName, members: members.map((value) => ({ value })) })).body.id;
    const inner = await group('Inner', ids[0]);
    const deleted = await group('Deleted', inner);
    const later = await group('Later');
    const outer = await group('Outer', deleted, inner, later);
    const remove = (id: string) =>
      scim.patch(`/Groups/${outer}`, [{ op: 'remove', path: `members[value eq "${id}"]` }]);
    for (const id of ids.slice(0, 10)) await scim.patch(`/Users/${id}`, [INACTIVE]);
    await remove(inner);
    await remove(later);
    await scim.delete(`/Groups/${deleted}`);
    for (const id of ids.slice(10, 20)) await scim.patch(`/Users/${id}`, [INACTIVE]);
    const [run] = await runs();
    await rest(run.id);
    await scim.patch(`/Groups/${outer}`, [{ op: 'add', path: 'members', value: [{ value: later }] }]);
    await remove(later);

    const report = await revert(run.id);

    expect(report.restored).toMatchObject({ users: 20, teams: 1, members: 3 });
    const { team } = await ask('query ($id: ID!) { team(id: $id) { memberTeams { id memberTeams { id } } } }', {
      id: outer,
    });
    expect(team.memberTeams).toEqual([
      { id: deleted, memberTeams: [{ id: inner }] },
      { id: inner, memberTeams: [] },
    ]);
  });

  it('keeps values that were changed since, roles that were replaced and names that another one has', async () => {
    const { scim, staff, runs, revert, rolesOf, resource, rest, ask } = await bench();
    const ids = await staff(24);
    const [edited, replaced, renamed, again] = ids as [string, string, string, string, ...string[]];
    const [title, roles] = [{ op: 'remove', path: 'title' }, NO_ROLES];
    await scim.patch(`/Users/${edited}`, [title, roles, INACTIVE]);
    await scim.patch(`/Users/${replaced}`, [{ op: 'replace', path: 'roles', value: [{ value: 'read' }] }]);
    await scim.patch(`/Users/${replaced}`, [INACTIVE]);
    await scim.patch(`/Users/${renamed}`, [{ op: 'replace', path: 'userName', value: 'gone-2@a.example' }, INACTIVE]);
    await scim.patch(`/Users/${again}`, [roles, INACTIVE]);
    for (const id of ids.slice(4, 20)) await scim.patch(`/Users/${id}`, [INACTIVE]);
    const [run] = await runs();
    await rest(run.id);
    await scim.patch(`/Users/${edited}`, [{ op: 'replace', path: 'title', value: 'Admiral' }]);
    await scim.patch(`/Users/${again}`, [{ op: 'replace', path: 'roles', value: [{ value: 'qa' }] }]);
    await ask('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
      input: { userName: 'user-2@a.example' },
    });

    const report = await revert(run.id);
    expect(report.restored).toMatchObject({ users: 20, roles: 1 });
    expect(report.kept.map(({ id, reason }: { id: string; reason: string }) => [id, reason]).sort()).toEqual(
      [edited, renamed, again].map((id) => [id, 'VALUES_KEPT']).sort(),
    );
    expect(await resource(edited)).toMatchObject({ active: true, title: 'Admiral', roles: [{ value: 'manager' }] });
    expect(await resource(renamed)).toMatchObject({ active: true, userName: 'gone-2@a.example' });
    expect([await rolesOf(edited), await rolesOf(replaced), await rolesOf(again)]).toEqual([
      ['manager'],
      ['read'],
      ['qa'],
    ]);
  });

  it('is one run, whichever of the tokens of the directory did it', async () => {
    const { company, provision, deactivate, runs, ask, revert } = await bench();
    const ids = await provision(20);
    await deactivate(ids.slice(0, 8));
    const [{ id: tokenId } = { id: '' }] = await rollcall.asOwner<{ id: string }>(
      `select id from directory_token where company_id = '${company.companyId}'`,
    );
    const { rotateDirectoryToken } = await ask(
      'mutation ($id: ID!) { rotateDirectoryToken(input: { id: $id, overlap: NONE }) { secret } }',
      { id: tokenId },
    );
    await deactivate(ids.slice(8, 14), scimClient({ ...company, scimToken: rotateDirectoryToken.secret }));
    const { createOAuthClient } = await ask(
      'mutation ($input: CreateOAuthClientInput!) { createOAuthClient(input: $input) { directoryToken { id } secret } }',
      { input: { directoryId: company.directoryId, name: 'Client' } },
    );
    const answer = await fetch(new URL('/oauth/token', company.scimBaseUrl), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: createOAuthClient.directoryToken.id,
        client_secret: createOAuthClient.secret,
      }),
    });
    const { access_token } = (await answer.json()) as { access_token: string };
    await deactivate(ids.slice(14), scimClient({ ...company, scimToken: access_token }));
    // An access token is thrown away when it is over; its client is not.
    await rollcall.asOwner(`delete from directory_token where company_id = '${company.companyId}' and kind = 'ACCESS'`);

    const [run] = await runs();
    expect(run.counts).toMatchObject({ usersDeactivated: 20 });
    expect(await revert(run.id)).toMatchObject({ restored: { users: 20 }, keptCount: 0 });
  });

  it('leaves those whom another directory has by now, also when they had roles', async () => {
    const { company, scim, staff, runs, ask, revert } = await bench();
    const other = await addDirectory(company, { name: 'Other' });
    const ids = await staff(20);
    const moved = ids.slice(0, 3);
    for (const id of ids.slice(0, 10)) await scim.patch(`/Users/${id}`, [NO_ROLES, INACTIVE]);
    await ask('mutation ($input: TransferUsersInput!) { transferUsers(input: $input) { __typename } }', {
      input: { ids: moved, toDirectoryId: other.id },
    });
    for (const id of ids.slice(10)) await scim.patch(`/Users/${id}`, [NO_ROLES, INACTIVE]);
    const [run] = await runs();
    expect(run.counts).toMatchObject({ usersDeactivated: 20 });

    const report = await revert(run.id);
    expect(report.restored).toMatchObject({ users: 17, roles: 17 });
    expect(report.kept.map(({ id, reason }: { id: string; reason: string }) => [id, reason]).sort()).toEqual(
      moved.map((id) => [id, 'TRANSFERRED']).sort(),
    );
    for (const id of moved) expect((await other.scim.get(`/Users/${id}`)).body).toMatchObject({ active: false });
  });

  it('leaves those who were erased, and decides nothing for a company that is suspended', async () => {
    const { company, provision, remove, runs, ask, revert, refused } = await bench();
    const ids = await provision(20);
    await remove(ids);
    const [run] = await runs();
    await ask('mutation ($id: ID!) { eraseUser(input: { id: $id }) { id } }', { id: ids[0] });
    const suspend = (at: string) =>
      rollcall.asOwner(`update company set suspended_at = ${at} where id = '${company.companyId}'`);
    await suspend('now()');
    expect(await refused(REVERT, { id: run.id })).toMatchObject({ code: 'COMPANY_SUSPENDED' });
    await suspend('null');

    const report = await revert(run.id);
    expect(report).toMatchObject({ restored: { users: 19 }, kept: [{ id: ids[0], reason: 'ERASED' }] });
    expect(JSON.stringify(report)).not.toContain('user-0@');
  });

  it('counts anew what the directory goes on to take after the revert', async () => {
    const { provision, deactivate, runs, revert } = await bench();
    const ids = await provision(60);
    await deactivate(ids.slice(0, 20));
    const [first] = await runs();
    const [, reverted] = await Promise.all([deactivate(ids.slice(20, 45)), revert(first.id)]);
    const [last, ...others] = await runs();
    // What came before the revert was given back with the run; the rest is held when it is enough.
    const given = reverted.restored.users;
    if (45 - given >= 20) expect(last.counts.usersDeactivated).toBe(45 - given);
    else expect([last.id, others]).toEqual([first.id, []]);
    await deactivate(ids.slice(0, 20));
    const all = (await runs({ status: { eq: 'HELD' } })) as { counts: { usersDeactivated: number } }[];
    expect(all.map(({ counts }) => counts.usersDeactivated)).toEqual([45 - given + 20]);
  });
});
