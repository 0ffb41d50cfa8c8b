import { type ExecutionResult, parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { TeamService } from '#core-api/domain/team/team-service.js';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import { contextMaker, type MakeContext } from './context.js';
import { makePlan } from './plans.js';
import { coreSchema } from './schema.js';

const COUNT = 20;
const schema = await coreSchema();
let bed: CompanyBed;
let makeContext: MakeContext;
let lostUsers: string[];

beforeAll(async () => {
  bed = await CompanyBed.open();
  makeContext = contextMaker({ db: bed.db, ...MEANS });
  const { createRole } = await ask(
    'mutation { createRole(input: { key: "tester", name: "Tester", rank: 1, permissions: [] }) { role { id } } }',
  );
  lostUsers = await bed.users(COUNT);
  for (const userId of lostUsers) await watched(createRole.role.id, userId);
  await bed.settled();
});
afterAll(() => bed?.close());

/** One of everything: a directory with a token, an alarm, a conflict, a request that left a change, a run that took one user, a mapping, a deleted team. */
async function watched(roleId: string, userId: string): Promise<void> {
  const { companyId, owner } = bed;
  const { directory, id: tokenId } = await bed.directory();
  const of = [companyId, newId(), directory.id];
  await owner.query(
    `insert into directory_token (company_id, id, directory_id, name, hash, hint, scopes)
     values ($1, $2::uuid, $3, 'token', uuid_send($2::uuid), 'hint', '{}')`,
    [companyId, tokenId, directory.id],
  );
  await owner.query(
    `insert into alarm (company_id, id, directory_id, kind) values ($1, $2, $3, 'MASS_DEPROVISION')`,
    of,
  );
  await owner.query(
    `insert into conflict (company_id, id, directory_id, kind, object_type) values ($1, $2, $3, 'ADOPTED', 'user')`,
    of,
  );
  await owner.query(
    `insert into request_log (company_id, id, directory_id, at, request_id, method, path, status, duration_ms)
     values ($1, $2::uuid, $3, now(), $2::text, 'DELETE', '/Users', 204, 1)`,
    of,
  );
  const { rows } = await owner.query(
    `insert into change (company_id, actor_kind, actor_id, actor_name, source, credential_id, request_id, kind, object_type, object_id)
     values ($1, 'DIRECTORY_TOKEN', $2, 'token', 'DIRECTORY', $2, $3, 'user.deactivated', 'user', $4) returning epoch, xid::text as xid, no`,
    [companyId, tokenId, of[1], userId],
  );
  const { epoch, xid, no } = rows[0];
  await owner.query(
    `insert into sync_run (company_id, id, directory_id, started_at, last_at, from_epoch, from_xid, from_no, through_epoch, through_xid, through_no)
     values ($1, $2, $3, now(), now(), $4, $5::text::xid8, $6, $4, $5::text::xid8, $6)`,
    [...of, epoch, xid, no],
  );
  const teams = new TeamService(bed.db, bed.program());
  const [kept, gone] = [await teams.create({ displayName: newId() }), await teams.create({ displayName: newId() })];
  await teams.delete(gone.team.id);
  await owner.query(
    `insert into role_mapping (company_id, id, kind, team_id, role_id) values ($1, $2, 'TEAM', $3, $4)`,
    [companyId, newId(), kept.team.id, roleId],
  );
}

async function ask(source: string) {
  const document = parse(source);
  expect(validate(schema, document)).toEqual([]);
  const plan = makePlan(schema, document);
  const { data, errors } = (await plan(makeContext(bed.program(), 'r1', 'api'), {})) as ExecutionResult;
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data));
}

const DIRECTORY = 'directory { name settings { loggedSuccesses } tokens { name } ssoConnections { name } }';

it.each([
  ['directories', `name recordsBodiesUntil tokens { name } ssoConnections { name }`, 3],
  ['alarms', `kind ${DIRECTORY}`, 4],
  ['conflicts', `kind ${DIRECTORY}`, 4],
  ['requestLog', `path requestBody changeIds ${DIRECTORY}`, 5],
  ['roleMappings', 'role { key } team { displayName members { totalCount nodes { userName } } projects { key } }', 7],
  ['deletedTeams', 'displayName managedBy { name }', 1],
  ['syncRuns', `users { totalCount nodes { userName } } changes { nodes { objectId } } ${DIRECTORY}`, 7],
])('a page of %s costs as many statements as its first row alone', async (list, fields, most) => {
  const counted = async (first: number) => {
    bed.statements.length = 0;
    const { [list]: page } = await ask(`{ ${list}(first: ${first}) { nodes { ${fields} } } }`);
    expect(page.nodes).toHaveLength(first);
    return bed.statements.length;
  };

  const one = await counted(1);
  expect(one).toBeLessThanOrEqual(most);
  expect(await counted(COUNT)).toBe(one);
});

it('a page of runs shows below each run what that one took away, in either direction', async () => {
  const { syncRuns } = await ask(
    `{ syncRuns(first: ${COUNT}) { nodes {
      users(first: 1) { totalCount nodes { id action } pageInfo { hasNextPage } }
      last: users(last: 1) { nodes { id } pageInfo { hasPreviousPage } }
      changes(first: 1) { nodes { objectId } pageInfo { hasNextPage } }
    } } }`,
  );
  const expected = lostUsers.toReversed().map((id) => ({
    users: { totalCount: 1, nodes: [{ id, action: 'DEACTIVATED' }], pageInfo: { hasNextPage: false } },
    last: { nodes: [{ id }], pageInfo: { hasPreviousPage: false } },
    changes: { nodes: [{ objectId: id }], pageInfo: { hasNextPage: false } },
  }));
  expect(syncRuns.nodes).toEqual(expected);
});
