import type { CompiledQuery } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ChangeService } from '#core-api/domain/change/change-service.js';
import { newId } from '#core-api/domain/new-id.js';
import { RequestLogService } from '#core-api/domain/request-log/request-log-service.js';
import { TeamService } from '#core-api/domain/team/team-service.js';
import { UserService } from '#core-api/domain/user/user-service.js';
import { UsersAndTeamsService } from '#core-api/domain/users-and-teams/users-and-teams-service.js';
import { sumUp } from '#core-api/persistence/stores/totals.js';
import { CompanyBed } from '#test/support/company-bed.js';

/*
 * What is asked day by day is read off indexes, however many rows there are: as the server plans it once for a connection, not knowing the values, and as it
 * plans it the first times, knowing them.
 */

/** `LONG=1000000` asks at a million. */
const USERS = process.env.LONG === undefined ? 20_000 : Math.max(100_000, Number(process.env.LONG));
const TEAMS = USERS / 20;
/** Tables, and partitions of them, in which a company has many rows here. */
let large: Set<string>;

let bed: CompanyBed;
let users: UserService;
let teams: TeamService;
let both: UsersAndTeamsService;
let changes: ChangeService;
let requests: RequestLogService;
let directoryId: string;
const sent: CompiledQuery[] = [];

beforeAll(async () => {
  bed = await CompanyBed.open();
  const actor = await bed.directory();
  directoryId = actor.directory.id;
  const neighbour = await bed.anotherCompany();
  const other = await bed.directory({}, neighbour);
  await fill(bed.companyId, directoryId, USERS);
  await fill(neighbour, other.directory.id, USERS / 10);
  // As the follower of the change log does.
  for (const companyId of [bed.companyId, neighbour]) await bed.db.forCompany(companyId).run(sumUp.bind({ companyId }));
  await bed.owner.query('select refresh_statistics()');
  await bed.owner.query('analyze request_log');
  const { rows } = await bed.owner.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= 500`,
  );
  large = new Set(rows.map(({ name }) => name));
  users = new UserService(bed.db, actor);
  teams = new TeamService(bed.db, actor);
  both = new UsersAndTeamsService(bed.db, actor);
  changes = new ChangeService(bed.db, bed.program());
  requests = new RequestLogService(bed.db, bed.program());
  const run = bed.db.run.bind(bed.db);
  vi.spyOn(bed.db, 'run').mockImplementation((query) => {
    sent.push(query);
    return run(query);
  });
  await bed.settled();
}, 600_000);
afterAll(async () => {
  vi.restoreAllMocks();
  await bed?.close();
}, 60_000);

/** A member of one team each, the log of their creation, and a request for each. */
async function fill(companyId: string, ofDirectory: string, count: number): Promise<void> {
  const parameters = [companyId, ofDirectory, count];
  await bed.owner.query(
    `with made as (
      insert into app_user (company_id, id, directory_id, user_name, user_name_key, external_id, family_name, title, emails)
      select $1, uuidv7(), $2, n.name, n.name, 'ext-' || n.i, 'Arendt ' || n.i, 'T' || n.i % 100,
        jsonb_build_array(jsonb_build_object('value', n.name, 'type', 'work'))
      from (select i, 'user-' || lpad(i::text, 7, '0') || '@acme.example' as name from generate_series(1, $3::int) i) n
      returning company_id, id, user_name_key)
    insert into user_value (company_id, user_id, attribute, type, value_key) select company_id, id, 'emails', 'work', user_name_key from made`,
    parameters,
  );
  await bed.owner.query(
    `insert into team (company_id, id, directory_id, display_name, display_name_key, external_id)
     select $1, uuidv7(), $2, 'Team ' || i, 'team ' || i, 'team-' || i from generate_series(1, $3::int) i`,
    [companyId, ofDirectory, count / 20],
  );
  await bed.owner.query(
    `insert into team_membership (company_id, team_id, user_id)
     select $1, t.id, u.id from (select id, row_number() over (order by id) as n from app_user where company_id = $1 and directory_id = $2) u
       join (select id, row_number() over (order by id) as n from team where company_id = $1) t on t.n = (u.n - 1) % ($3::int / 20) + 1`,
    parameters,
  );
  await bed.owner.query(
    `insert into change (company_id, actor_kind, actor_id, actor_name, source, kind, object_type, object_id, after)
     select $1, 'DIRECTORY', $2, 'test', 'DIRECTORY', 'user.created', 'user', u.id, jsonb_build_object('userName', u.user_name)
     from app_user u where u.company_id = $1 and $3::int > 0`,
    parameters,
  );
  await bed.owner.query(
    `insert into request_log (company_id, at, id, directory_id, request_id, method, path, status, duration_ms)
     select $1, now() - i * interval '3 seconds', uuidv7(), $2, 'r' || i, 'GET', '/Users', 200, 1 from generate_series(1, $3::int) i`,
    parameters,
  );
}

const nameAt = (i: number) => `user-${String(i).padStart(7, '0')}@acme.example`;
const wholePage = { first: 100, wantTotal: true };
const parts = { teams: true, outerTeams: true };
const idOf = async (i: number) => (await users.findByUserName(nameAt(i)))!.id;
const cursorAt = async (offset: number) => (await users.list({ first: 1, offset })).cursors[0]!;
const somewhere = USERS / 2;

/** At most so many rows of large tables are touched for what a question is about. */
const PAGE = 2_000;
const ONE = 50;
/** In a small company it can be cheaper to look at everybody than at all trigrams of a text. */
const SMALL = 21_000;

it.each<[string, number, () => Promise<() => Promise<unknown>>]>([
  [
    'a user by id',
    ONE,
    async () =>
      (
        (id) => () =>
          users.get(id, parts)
      )(await idOf(somewhere)),
  ],
  ['a user by userName', ONE, async () => () => users.findByUserName(nameAt(7), parts)],
  [
    'a look-up by userName',
    ONE,
    async () => () => users.list({ filter: { userName: { eq: nameAt(8) } }, ...wholePage }, parts),
  ],
  [
    'a look-up by externalId',
    ONE,
    async () => () => users.list({ filter: { externalId: { eq: 'ext-9' } }, ...wholePage }, parts),
  ],
  [
    'a look-up by address',
    ONE,
    async () => () =>
      users.list(
        { filter: { emails: { some: { value: { eq: nameAt(10) }, type: { eq: 'work' } } } }, ...wholePage },
        parts,
      ),
  ],
  ['the first page', PAGE, async () => () => users.list(wholePage, parts)],
  // Past the rows before it the index alone leads.
  ['a deep page by offset', USERS + PAGE, async () => () => users.list({ ...wholePage, offset: USERS - 100 }, parts)],
  [
    'a page behind a cursor',
    PAGE,
    async () =>
      (
        (after) => () =>
          users.list({ ...wholePage, after }, parts)
      )(await cursorAt(10)),
  ],
  [
    'a deep page behind a cursor',
    PAGE,
    async () =>
      (
        (after) => () =>
          users.list({ ...wholePage, after }, parts)
      )(await cursorAt(somewhere)),
  ],
  [
    'a page before a cursor',
    PAGE,
    async () =>
      (
        (before) => () =>
          users.list({ last: 100, before }, parts)
      )(await cursorAt(somewhere)),
  ],
  [
    'userName sw',
    PAGE,
    async () => () =>
      users.list({ filter: { userName: { startsWith: 'user-00012' } }, first: 20, wantTotal: true }, parts),
  ],
  [
    'userName co',
    PAGE,
    async () => () => users.list({ filter: { userName: { contains: '0123' } }, first: 20, wantTotal: true }, parts),
  ],
  [
    'userName ew',
    SMALL,
    async () => () =>
      users.list({ filter: { userName: { endsWith: '0123@acme.example' } }, first: 20, wantTotal: true }, parts),
  ],
  [
    'and/or',
    ONE,
    async () => () =>
      users.list(
        {
          filter: {
            and: [{ active: { eq: true } }, { or: [{ userName: { eq: nameAt(3) } }, { externalId: { eq: 'ext-4' } }] }],
          },
          ...wholePage,
        },
        parts,
      ),
  ],
  [
    'a team by id',
    ONE,
    async () =>
      (
        (id) => () =>
          teams.get(id)
      )((await teams.list({ first: 1, offset: 5 })).nodes[0]!.id),
  ],
  [
    'a team by displayName',
    ONE,
    async () => () => teams.list({ filter: { displayName: { eq: 'team 17' } }, ...wholePage }),
  ],
  ['a page of teams', PAGE, async () => () => teams.list(wholePage)],
  ['a deep page of teams', TEAMS + PAGE, async () => () => teams.list({ ...wholePage, offset: TEAMS - 100 })],
  [
    'members of a team',
    PAGE,
    async () =>
      (
        (id) => () =>
          teams.memberPage([id], 100)
      )((await teams.list({ first: 1 })).nodes[0]!.id),
  ],
  ['users and teams', PAGE, async () => () => both.list(wholePage)],
  ['the newest changes', PAGE, async () => () => changes.list({ last: 100 })],
  [
    'changes behind a cursor',
    PAGE,
    async () =>
      (
        (after) => () =>
          changes.list({ first: 100, after })
      )((await changes.list({ last: 1 })).cursors[0]!),
  ],
  [
    'changes of one object',
    PAGE,
    async () =>
      (
        (id) => () =>
          changes.list({ first: 100, filter: { objectId: { eq: id } } })
      )(await idOf(5)),
  ],
  ['the request log', PAGE, async () => () => requests.list({ first: 100, wantBodies: false })],
  [
    'the request log of a directory',
    PAGE,
    async () => () => requests.list({ first: 100, filter: { directoryId }, wantBodies: false }),
  ],
  ['a create', ONE, async () => () => users.create({ userName: newId(), externalId: newId() }, {}, parts)],
  [
    'a change',
    ONE,
    async () =>
      (
        (id) => () =>
          users.change(id, [{ set: { title: 'New' } }])
      )(await idOf(11)),
  ],
  [
    'a member that joins',
    ONE,
    async () =>
      (
        (team, user) => () =>
          teams.change(team, [{ addMembers: [user] }])
      )((await teams.list({ first: 1, offset: 6 })).nodes[0]!.id, await idOf(12)),
  ],
  [
    'a member that leaves',
    ONE,
    async () =>
      (
        (team, user) => () =>
          teams.change(team, [{ removeMembers: [user] }])
      )((await teams.list({ first: 1, offset: 12 })).nodes[0]!.id, await idOf(13)),
  ],
])('%s is read off indexes', async (_, most, prepare) => {
  const ask = await prepare();
  sent.length = 0;

  await ask();

  expect(sent.length).toBeGreaterThan(0);
  for (const { sql, parameters } of [...sent]) {
    const once = await planOf(`explain (generic_plan, format json) ${sql}`);
    expect(scannedWhole(once), sql).toEqual([]);
    if (!sql.startsWith('select')) continue;
    const known = await planOf(`explain (analyze, format json) ${sql}`, parameters);
    expect(scannedWhole(known), sql).toEqual([]);
    expect(touched(known), sql).toBeLessThanOrEqual(most);
  }
});

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

async function planOf(sql: string, parameters: readonly unknown[] = []): Promise<Plan> {
  return (await bed.owner.query(sql, [...parameters])).rows[0]['QUERY PLAN'][0].Plan;
}

function nodesOf(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

function ofLargeTables(plan: Plan): Plan[] {
  return nodesOf(plan).filter(({ 'Relation Name': name }) => name !== undefined && large.has(name));
}

function scannedWhole(plan: Plan): string[] {
  return ofLargeTables(plan)
    .filter((node) => node['Node Type'] === 'Seq Scan')
    .map((node) => node['Relation Name']!);
}

function touched(plan: Plan): number {
  const ofNode = (node: Plan) =>
    ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0)) * (node['Actual Loops'] ?? 1);
  return Math.round(ofLargeTables(plan).reduce((sum, node) => sum + ofNode(node), 0));
}
