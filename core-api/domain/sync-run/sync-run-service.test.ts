import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { LOG_CONSUMERS } from '#core-api/jobs/log-consumers.js';
import { LogFollower } from '#core-api/jobs/log-follower.js';
import { CompanyBed } from '#test/support/company-bed.js';
import type { CompanyActor } from '../actor.js';
import { TeamService } from '../team/team-service.js';
import { UserService } from '../user/user-service.js';
import { SyncRunService } from './sync-run-service.js';

let bed: CompanyBed;
beforeAll(async () => {
  bed = await CompanyBed.open();
});
afterAll(() => bed?.close());

const follower = () => new LogFollower({ db: bed.db, log: { warn: vi.fn() }, consumers: LOG_CONSUMERS });

async function directory() {
  const actor = await bed.directory();
  await bed.owner.query(
    `insert into directory_token (company_id, id, directory_id, name, hash, hint, scopes)
     values ($1, $2::uuid, $3, 'token', uuid_send($2::uuid), 'hint', '{}')`,
    [bed.companyId, actor.id, actor.directory.id],
  );
  return actor;
}

/** Until everything is seen. */
async function runsOf(actor: CompanyActor & { directory: { id: string } }) {
  const left = async () => {
    await follower().follow();
    const { rows } = await bed.owner.query(
      `select (select count(*) from change where company_id = $1)::int
        - (select coalesce(sum(rows), 0) from change_seal where company_id = $1)::int as left`,
      [bed.companyId],
    );
    return rows[0].left;
  };
  await expect.poll(left, { interval: 20, timeout: 20_000 }).toBe(0);
  const { nodes } = await service().list({ filter: { directoryId: { eq: actor.directory.id } } });
  return nodes;
}

const service = () => new SyncRunService(bed.db, bed.program());

async function team(actor: CompanyActor, members: readonly string[], displayName: string): Promise<string> {
  const { team: made } = await new TeamService(bed.db, actor).create({ displayName });
  await bed.owner.query(
    'insert into team_membership (company_id, team_id, user_id) select $1, $2, unnest($3::uuid[])',
    [bed.companyId, made.id, members],
  );
  return made.id;
}

it('gives back many thousands of members, more than one stretch of the log', async () => {
  const actor = await directory();
  const users = await bed.users(1_500, { directoryId: actor.directory.id });
  const teams = new TeamService(bed.db, actor);
  const ids: string[] = [];
  for (let i = 0; i < 8; i++) ids.push(await team(actor, users, `Team ${i}`));
  for (const id of ids) await teams.change(id, [{ replaceMembers: [] }]);
  const [run, ...others] = await runsOf(actor);
  expect(others).toEqual([]);
  expect(run).toMatchObject({ membersRemoved: users.length * ids.length });
  const reverted = await service().revert(run!.id);

  expect(reverted.report).toMatchObject({ restored: { members: users.length * ids.length }, keptCount: 0 });
  expect(await bed.membersOf(ids[0]!)).toEqual([...users].sort());
});

it('gives back one of two that had the same name, the one that went last', async () => {
  const actor = await directory();
  const users = new UserService(bed.db, actor);
  const create = async (userName: string) => (await users.create({ userName })).user.id;
  const first = await create('twice');
  await users.delete(first);
  const second = await create('twice');
  const others: string[] = [];
  for (let i = 0; i < 20; i++) others.push(await create(`other-${i}`));
  for (const id of [second, ...others]) await users.delete(id);
  const [run] = await runsOf(actor);

  const { report } = await service().revert(run!.id);
  expect(report).toMatchObject({
    restored: { users: 21 },
    kept: [{ object: 'USER', id: first, name: 'twice', reason: 'NAME_TAKEN' }],
  });
  expect(await new UserService(bed.db, bed.program()).get(second)).toMatchObject({ userName: 'twice' });
});

it('takes what the directory did since somebody last looked into the run that is decided', async () => {
  const actor = await directory();
  const users = new UserService(bed.db, actor);
  const ids = await bed.users(30, { directoryId: actor.directory.id });
  for (const id of ids.slice(0, 20)) await users.deactivate(id);
  const [run] = await runsOf(actor);
  expect(run).toMatchObject({ usersDeactivated: 20 });
  for (const id of ids.slice(20, 23)) await users.deactivate(id);
  const reverted = await service().revert(run!.id);
  const after = await runsOf(actor);

  expect(reverted.report).toMatchObject({ restored: { users: reverted.usersDeactivated } });
  expect(after).toHaveLength(1);
  for (const id of ids.slice(0, 20)) expect((await users.get(id)).active).toBe(true);
});

it('decides once, when two owners decide at the same time', async () => {
  const actor = await directory();
  const users = new UserService(bed.db, actor);
  const ids = await bed.users(20, { directoryId: actor.directory.id });
  for (const id of ids) await users.deactivate(id);
  const [run] = await runsOf(actor);

  const answers = await Promise.allSettled([service().revert(run!.id), service().revert(run!.id)]);
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ALREADY_DECIDED' } });
  expect(await bed.changesOf(ids[0]!)).toHaveLength(2);
});
