import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { externalIdOf, personAt, range, type Subject, userNameOf } from './subject.js';

/**
 * How much a write says of itself. `lean` is what `performance.md`'s goals are measured by: one row with what was sent. `fair` writes what a log that can
 * undo has to: the row before and after it, and of a group's members one row each.
 */
export type LimitKind = 'lean' | 'fair';

const TABLES = `
  create table person (tenant uuid not null, id uuid not null primary key, no bigint generated always as identity, user_name text not null,
    external_id text, display_name text, given_name text, family_name text, emails jsonb not null default '[]', active boolean not null default true,
    version int not null default 1, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create unique index on person (tenant, lower(user_name) text_pattern_ops);
  create unique index on person (tenant, external_id);
  create unique index on person (tenant, no);
  create index on person using gin (lower(user_name) gin_trgm_ops);
  create table club (tenant uuid not null, id uuid not null primary key, no bigint generated always as identity, name text not null, external_id text,
    version int not null default 1, created_at timestamptz not null default now(), updated_at timestamptz not null default now());
  create unique index on club (tenant, lower(name));
  create table membership (club uuid not null references club, person uuid not null references person, primary key (club, person));
  create index on membership (person);
  create table log (no bigint generated always as identity primary key, tenant uuid not null, at timestamptz not null default now(), actor text not null,
    kind text not null, object uuid not null, before jsonb, after jsonb)`;

/** Users of one statement. */
const FILL = 1_000;

const INTO_LOG = 'insert into log (tenant, actor, kind, object, before, after)';

/** The statements of one kind: a write and its log are one statement, which is one transaction and one way to the server and back. */
function statementsOf(kind: LimitKind) {
  const isFair = kind === 'fair';
  const written = (name: string, set: string, sent: string) => {
    const old = isFair ? 'old as (select * from person where tenant = $1 and id = $2 for no key update), ' : '';
    const said = isFair
      ? `select $1, 'bench', '${name}', u.id, to_jsonb(old), to_jsonb(u) from u, old`
      : `select $1, 'bench', '${name}', $2, null::jsonb, ${sent}`;
    return `with ${old}u as (update person set ${set}, version = version + 1, updated_at = now() where tenant = $1 and id = $2 returning *),
      l as (${INTO_LOG} ${said}) select * from u`;
  };
  const members = (name: string, write: string, sent: string) => `with c as (
      update club set version = version + 1, updated_at = now() where tenant = $1 and id = $2 returning id),
    m as (${write}),
    l as (${INTO_LOG} ${
      isFair
        ? `select $1, 'bench', '${name}', $2, null::jsonb, jsonb_build_object('user', m.person) from m`
        : `select $1, 'bench', '${name}', $2, null::jsonb, ${sent}`
    }) select count(*)::int as count from m`;
  const columns = 'tenant, id, user_name, external_id, display_name, given_name, family_name, emails';
  return {
    byName: 'select * from person where tenant = $1 and lower(user_name) = lower($2)',
    byExternalId: 'select * from person where tenant = $1 and external_id = $2',
    byId: 'select * from person where tenant = $1 and id = $2',
    create: `with u as (insert into person (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8) returning *),
      l as (${INTO_LOG} select $1, 'bench', 'created', $2, null::jsonb, ${isFair ? 'to_jsonb(u)' : '$8'} from u) select * from u`,
    createMany: `with u as (insert into person (${columns}) select $1, * from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::jsonb[]) returning *),
      l as (${INTO_LOG} select $1, 'bench', 'created', u.id, null::jsonb, ${isFair ? 'to_jsonb(u)' : 'u.emails'} from u) select id from u`,
    active: written('patched', 'active = $3', `jsonb_build_object('active', $3::boolean)`),
    three: written('patched', 'display_name = $3, family_name = $4, emails = $5', '$5::jsonb'),
    replace: written(
      'replaced',
      'user_name = $3, external_id = $4, display_name = $5, given_name = $6, family_name = $7, emails = $8, active = true',
      '$8::jsonb',
    ),
    page: 'select * from person where tenant = $1 order by no offset $2 limit 100',
    count: 'select count(*)::int as count from person where tenant = $1',
    after: 'select * from person where tenant = $1 and no > $2 order by no limit 100',
    // Materialised: the planner would walk the tenant in order for the sake of the limit.
    contains: `with found as materialized (select * from person where tenant = $1 and lower(user_name) like $2)
      select *, count(*) over () from found order by no limit 20`,
    // A range, because of a pattern in an argument no index is used.
    startsWith: `select *, count(*) over () from person where tenant = $1 and lower(user_name) ~>=~ $2 and lower(user_name) ~<~ $3
      order by lower(user_name) using ~<~ limit 20`,
    either: `select * from person where tenant = $1 and active and (lower(user_name) = lower($2) or lower(user_name) = lower($3)) order by no limit 20`,
    createGroup: `with c as (insert into club (tenant, id, name, external_id) values ($1, $2, $3, $4) returning *),
      l as (${INTO_LOG} select $1, 'bench', 'created', $2, null::jsonb, ${isFair ? 'to_jsonb(c)' : 'null::jsonb'} from c) select * from c`,
    add: members(
      'added',
      'insert into membership select $2, p from unnest($3::uuid[]) p on conflict do nothing returning person',
      'to_jsonb($3::uuid[])',
    ),
    remove: members(
      'removed',
      'delete from membership where club = $2 and person = $3::uuid returning person',
      'to_jsonb($3::uuid)',
    ),
    groups: 'select * from club where tenant = $1 order by no limit 100',
    groupById: 'select * from club where tenant = $1 and id = $2',
    groupByName: 'select * from club where tenant = $1 and lower(name) = lower($2)',
  };
}

/** The same work as prepared SQL, through the same driver, without HTTP, SCIM, GraphQL, roles or rules: nothing can be faster on this PostgreSQL. */
export class LimitSubject implements Subject {
  readonly #tenant = randomUUID();
  readonly #ids = new Map<number, string>();
  readonly #groupIds = new Map<string, string>();
  readonly #statements: ReturnType<typeof statementsOf>;
  #deepNo = '0';

  private constructor(
    private readonly clients: pg.Client[],
    kind: LimitKind,
  ) {
    this.#statements = statementsOf(kind);
  }

  /** Makes the tables anew, in a database of its own beside the product's. @param adminUrl of a superuser */
  static async open(adminUrl: string, workers: number, kind: LimitKind): Promise<LimitSubject> {
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    await admin.query('drop database if exists bench_limit with (force)');
    await admin.query(`create database bench_limit template template0 encoding 'UTF8' locale 'C.UTF-8'`);
    await admin.end();
    const url = new URL(adminUrl);
    url.pathname = '/bench_limit';
    const clients = Array.from({ length: workers }, () => new pg.Client({ connectionString: url.href }));
    await Promise.all(clients.map((client) => client.connect()));
    await clients[0]!.query(`create extension pg_trgm; ${TABLES}`);
    return new LimitSubject(clients, kind);
  }

  async create(worker: number, user: number) {
    const values = this.#columnsOf(user);
    expectOne(await this.#run(worker, 'create', values));
    this.#ids.set(user, values[0]!);
  }

  async missByUserName(worker: number, user: number) {
    expectCount(await this.#run(worker, 'byName', [userNameOf(user)]), 0);
  }

  async findByUserName(worker: number, user: number) {
    expectOne(await this.#run(worker, 'byName', [userNameOf(user)]));
  }

  async findByExternalId(worker: number, user: number) {
    expectOne(await this.#run(worker, 'byExternalId', [externalIdOf(user)]));
  }

  async get(worker: number, user: number) {
    expectOne(await this.#run(worker, 'byId', [this.#ids.get(user)]));
  }

  async setActive(worker: number, user: number, active: boolean) {
    expectOne(await this.#run(worker, 'active', [this.#ids.get(user), active]));
  }

  async patchThree(worker: number, user: number) {
    const emails = JSON.stringify([{ value: `work-${userNameOf(user)}`, type: 'work', primary: true }]);
    expectOne(await this.#run(worker, 'three', [this.#ids.get(user), `Patched ${user}`, `Family ${user}`, emails]));
  }

  async replace(worker: number, user: number, displayName: string) {
    const [, userName, externalId, , ...rest] = this.#columnsOf(user);
    const values = [this.#ids.get(user), userName, externalId, displayName, ...rest];
    expectOne(await this.#run(worker, 'replace', values));
  }

  async page(worker: number, offset: number, total: number) {
    const [counted, page] = await Promise.all([this.#run(worker, 'count', []), this.#run(worker, 'page', [offset])]);
    if (counted.rows[0].count !== total) throw new Error(`there are ${counted.rows[0].count} instead of ${total}`);
    expectCount(page, Math.min(100, total - offset));
  }

  async reachDeepCursor(total: number) {
    const { rows } = await this.#run(0, 'page', [Math.max(0, total - 150)]);
    this.#deepNo = rows[0].no;
  }

  async pageByCursor(worker: number) {
    expectSome(await this.#run(worker, 'after', [this.#deepNo]));
  }

  async startsWith(worker: number, prefix: string) {
    const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
    expectSome(await this.#run(worker, 'startsWith', [prefix, end]));
  }

  async contains(worker: number, text: string) {
    expectSome(await this.#run(worker, 'contains', [`%${text}%`]));
  }

  async eitherOf(worker: number, one: number, other: number) {
    expectSome(await this.#run(worker, 'either', [userNameOf(one), userNameOf(other)]));
  }

  async createGroup(worker: number, group: string) {
    const id = randomUUID();
    expectOne(await this.#run(worker, 'createGroup', [id, group, `g-${group}`]));
    this.#groupIds.set(group, id);
  }

  async addMembers(worker: number, group: string, users: readonly number[]) {
    const ids = users.map((user) => this.#ids.get(user));
    expectOne(await this.#run(worker, 'add', [this.#groupIds.get(group), ids]));
  }

  async removeMember(worker: number, group: string, user: number) {
    expectOne(await this.#run(worker, 'remove', [this.#groupIds.get(group), this.#ids.get(user)]));
  }

  async listGroups(worker: number) {
    expectSome(await this.#run(worker, 'groups', []));
  }

  async getGroup(worker: number, group: string) {
    expectOne(await this.#run(worker, 'groupById', [this.#groupIds.get(group)]));
  }

  async findGroup(worker: number, group: string) {
    expectOne(await this.#run(worker, 'groupByName', [group]));
  }

  async createMany(worker: number, users: readonly number[]) {
    const rows = users.map((user) => this.#columnsOf(user));
    const columns = rows[0]!.map((_, column) => rows.map((row) => row[column]));
    expectCount(await this.#run(worker, 'createMany', columns), users.length);
    for (const [index, user] of users.entries()) this.#ids.set(user, rows[index]![0]!);
  }

  async fill(from: number, to: number) {
    for (let at = from; at < to; at += FILL) await this.createMany(0, range(at, Math.min(FILL, to - at)));
    await this.clients[0]!.query('vacuum analyze');
  }

  async memberCount(group: string) {
    const { rows } = await this.clients[0]!.query('select count(*)::int as count from membership where club = $1', [
      this.#groupIds.get(group),
    ]);
    return rows[0].count as number;
  }

  async displayNameOf(user: number) {
    return (await this.#run(0, 'byId', [this.#ids.get(user)])).rows[0].display_name as string;
  }

  async isActive(user: number) {
    return (await this.#run(0, 'byId', [this.#ids.get(user)])).rows[0].active as boolean;
  }

  /**
   * For the filters alone: planning a pattern costs more than finding it. Everywhere else a plan made while the table is empty would stay a walk through it.
   */
  async planOnce(on: boolean) {
    for (const client of this.clients)
      await client.query(on ? 'set plan_cache_mode = force_generic_plan' : 'reset plan_cache_mode');
  }

  async analyze() {
    await this.clients[0]!.query('analyze');
  }

  async close() {
    await Promise.all(this.clients.map((client) => client.end()));
  }

  #columnsOf(user: number): string[] {
    const { userName, externalId, displayName, name, emails } = personAt(user);
    const [given, family] = [name.givenName, name.familyName];
    return [randomUUID(), userName, externalId, displayName, given, family, JSON.stringify(emails)];
  }

  #run(worker: number, name: keyof ReturnType<typeof statementsOf>, values: readonly unknown[]) {
    return this.clients[worker]!.query({ name, text: this.#statements[name], values: [this.#tenant, ...values] });
  }
}

const expectOne = (result: pg.QueryResult) => expectCount(result, 1);
function expectCount({ rows }: pg.QueryResult, expected: number): void {
  if (rows.length !== expected) throw new Error(`${rows.length} rows instead of ${expected}`);
}
function expectSome({ rows }: pg.QueryResult): void {
  if (rows.length === 0) throw new Error('no rows');
}
