import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor, UserRow } from '../rows.js';
import { type Arguments, type Builder, type Statement, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import type { RolesOf } from './effective-roles.js';
import { endAccess, endedLog } from './losing-access.js';
import { isoTime } from './page-sql.js';
import { isJsonKey, typeOf, USER_COLUMNS, USER_SELECTION, WRITTEN_KEYS, type WrittenKey } from './user-columns.js';
import { type Parts, partsKey, partsOf } from './user-parts.js';
import type { StoredUser } from './users.js';

/*
 * Every write is one statement: the row, what is searched of it, its roles and its changes, so that there is nothing half-written and nothing
 * unlogged. Parts of such a statement do not see each other's writes, hence the differences are handed in.
 */

/** The columns of a row as arguments: lists and extensions as JSON text. */
type RowArguments = Record<string, unknown>;

/** What a write of one user needs beside the user's own columns. */
interface Given {
  id: string;
  userNameKey: string;
  kind: string;
  /** JSON of what differs; null when the row is new. */
  before: string | null;
  after: string | null;
  /** JSON of a list of searched values: `attribute`, `type`, `key`. */
  valuesGone: string;
  valuesNew: string;
  /** The ids of the roles that the directory's attribute grants, replacing those of that source. */
  roleIds: string[];
}

interface WriteArguments extends ChangeAuthor, Given {
  /** Keys of projects that the user gets access to beside the company's default ones. */
  projectKeys: string[];
}

/** What a statement takes as it is for all of its users. */
type Shared = ChangeAuthor & Pick<WriteArguments, 'projectKeys'>;

/** @param keys those that the statement names; left out: all that are written. */
export function rowArguments(user: UserRow, keys: readonly WrittenKey[] = WRITTEN_KEYS): RowArguments {
  const bound: RowArguments = {};
  for (const key of keys) bound[`row_${key}`] = isJsonKey(key) ? JSON.stringify(user[key]) : user[key];
  return bound;
}

/** What a write touches besides the row; statements leave out what they do not need. */
interface Shape {
  parts: Parts;
  /** Of an update of one user, those whose values differ, as `namedColumns` gave them. */
  columns?: readonly WrittenKey[];
  values: boolean;
  roles: boolean;
  /** Whether the user gets access to the default projects, as everyone does who is new or was deleted. */
  access?: boolean;
  /** Whether the user was deleted before. */
  revived?: boolean;
  /** Whether the user is not active any more, so that all it could come in by ends. */
  leaves?: boolean;
}

/** What a write of one user adds to what it was handed: all else is stored as it came. */
export type WrittenRow = Pick<StoredUser, 'version' | 'createdAt' | 'updatedAt' | 'teams' | 'outerTeams' | 'roles'>;

function byShape<P>(build: (shape: Shape, argument: Arguments<P>) => RawBuilder<WrittenRow>) {
  return eachShape<P, WrittenRow, Shape>(build);
}

/** Of what was written only what the rest of the statement needs: forty columns that the writer knows would be copied twice and sent back. */
const RETURNED_COLUMNS = ['company_id', 'id', 'directory_id', 'active', 'version', 'created_at', 'updated_at'];
const returned = (alias: string) => sql.raw(RETURNED_COLUMNS.map((column) => `${alias}.${column}`).join(', '));
const WRITTEN_SELECTION = sql`u.version, ${isoTime(sql.ref('u.created_at'))} as "createdAt", ${isoTime(sql.ref('u.updated_at'))} as "updatedAt"`;

/** A set of users has no parts: of what was written only ids and versions are told. */
function bySetShape<P>(
  build: (shape: Omit<Shape, 'parts'>, argument: Arguments<P>) => RawBuilder<{ id: string; version: number }>,
) {
  return eachShape<P, { id: string; version: number }, Omit<Shape, 'parts'>>(build);
}

function eachShape<P, R, S extends Omit<Shape, 'parts'> & { parts?: Parts }>(
  build: (shape: S, argument: Arguments<P>) => RawBuilder<R>,
) {
  const made = new Map<string, Statement<P, R>>();
  return (shape: S): Statement<P, R> => {
    const { parts, columns, values, roles, access, revived, leaves } = shape;
    const key = [partsKey(parts ?? {}), columns, values, roles, access, revived, leaves].map(String).join(' ');
    let found = made.get(key);
    if (!found) {
      found = statement<P, R>((db, p) => asCompilable(db, build(shape, p)));
      made.set(key, found);
    }
    return found;
  };
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

const written = (p: Arguments<Record<string, unknown>>, key: WrittenKey) =>
  sql`${p(`row_${key}`)}::${sql.raw(typeOf(key))}`;

/*
 * The parts of a write: `u` is what was written, and what was said of each user comes from arguments, for one user, or from the rows `n` of a set.
 */

/** Where the parts of a write find what was said of the user in `u`. */
interface Source {
  p: Arguments<Shared>;
  of(name: keyof Given): RawBuilder<unknown>;
  /** What `u` is joined with to find it. */
  rows: RawBuilder<unknown>;
}

const ofArguments = (p: Arguments<WriteArguments>): Source => ({
  p: p as Source['p'],
  of: (name) => sql`${p(name)}`,
  rows: sql``,
});

/** Of the rows `n`, by the user's id; in a set the roles of a user may stay while those of another do not (null). */
const ofRows = (p: Arguments<Shared>): Source => ({
  p,
  of: (name) => sql.ref(`n.${name}`),
  rows: sql` join n on n.id = u.id`,
});

const valueRows = (values: RawBuilder<unknown>) =>
  sql`jsonb_to_recordset(${values}::jsonb) as v(attribute text, type text, key text)`;

const insertValues = ({ of, rows }: Source) => sql`,
  value_new as (insert into user_value (company_id, user_id, attribute, type, value_key)
    select u.company_id, u.id, v.attribute, v.type, v.key from u${rows} cross join ${valueRows(of('valuesNew'))} on conflict do nothing)`;

const deleteValues = ({ of, rows }: Source) => sql`,
  value_gone as (delete from user_value w using u${rows} cross join ${valueRows(of('valuesGone'))}
    where w.company_id = u.company_id and w.user_id = u.id and w.attribute = v.attribute and w.type = v.type and w.value_key = v.key)`;

const grantRoles = ({ of, rows }: Source) => sql`,
  granted as (insert into role_assignment (company_id, user_id, role_id, source)
    select u.company_id, u.id, r.role_id, 'ATTRIBUTE' from u${rows} cross join unnest(${of('roleIds')}::uuid[]) as r(role_id)
    on conflict do nothing returning user_id, role_id)`;

const withdrawRoles = ({ of, rows }: Source) => sql`,
  withdrawn as (delete from role_assignment a using u${rows}
    where a.company_id = u.company_id and a.user_id = u.id and a.source = 'ATTRIBUTE' and a.role_id <> all(${of('roleIds')}::uuid[])
    returning a.user_id, a.role_id)`;

const assignment = sql.raw(`jsonb_build_object('roleId', r.id, 'role', r.key, 'source', 'ATTRIBUTE')`);

const logged = ({ p, of, rows }: Source, more: RawBuilder<unknown>) => sql`,
  logged as (${INTO_CHANGE}
    select ${authorValues(p)}, ${of('kind')}::text, 'user', u.id, ${of('before')}::jsonb, ${of('after')}::jsonb from u${rows}${more})`;

const grantedLog = ({ p }: Source) => sql`
    union all select ${authorValues(p)}, 'role.assigned', 'user', g.user_id, null::jsonb, ${assignment}
      from granted g join role r on r.company_id = ${p('companyId')}::uuid and r.id = g.role_id`;
const withdrawnLog = ({ p }: Source) => sql`
    union all select ${authorValues(p)}, 'role.unassigned', 'user', g.user_id, ${assignment}, null::jsonb
      from withdrawn g join role r on r.company_id = ${p('companyId')}::uuid and r.id = g.role_id`;

const giveAccess = ({ p }: Source) => sql`,
  access as (insert into project_access (company_id, id, project_id, user_id)
    select u.company_id, gen_random_uuid(), j.id, u.id from u join project j on j.company_id = ${p('companyId')}::uuid
    where j.is_default or j.key = any(${p('projectKeys')}::text[]) returning project_id, user_id)`;

const accessLog = ({ p }: Source) => sql`
    union all select ${authorValues(p)}, 'project.access_granted', 'project', project_id, null::jsonb,
      jsonb_build_object('userId', user_id) from access`;

const rolesAfter = (p: Arguments<WriteArguments>, isReplacing: boolean): RolesOf => ({
  company: sql`${p('companyId')}::uuid`,
  attributeRoles: isReplacing ? sql`${p('roleIds')}::uuid[]` : null,
});

/** Whom a directory that inserts may mean instead, as `insertUser` says. */
interface Comeback {
  directoryId: string | null;
  reviveByName: boolean;
}

/** Whether the insert of a user with this name and external id goes ahead. */
const isNobodyMeant = (
  p: Arguments<ChangeAuthor & Comeback>,
  key: RawBuilder<unknown>,
  externalId: RawBuilder<unknown>,
) =>
  sql`(${p('directoryId')}::uuid is null or not (
      exists (select 1 from app_user c where c.company_id = ${p('companyId')}::uuid and c.user_name_key = ${key}
        and c.deleted_at is null)
      or (${externalId} is not null and exists (select 1 from app_user c where c.company_id = ${p('companyId')}::uuid
        and c.directory_id = ${p('directoryId')}::uuid and c.external_id = ${externalId} and c.deleted_at is not null))
      or (${p('reviveByName')}::boolean and exists (select 1 from app_user c where c.company_id = ${p('companyId')}::uuid
        and c.directory_id = ${p('directoryId')}::uuid and c.user_name_key = ${key} and c.deleted_at is not null))))`;

/** What follows the insert of `u`: what is searched, roles, access to projects, and the log of it all. */
const completed = (source: Source, { values, roles }: Omit<Shape, 'parts'>) =>
  sql`${giveAccess(source)}${
    values ? insertValues(source) : sql``
  }${roles ? grantRoles(source) : sql``}${logged(source, sql`${roles ? grantedLog(source) : sql``}${accessLog(source)}`)}`;

const INSERTED = sql.raw(
  `app_user (company_id, id, user_name_key, ${WRITTEN_KEYS.map((key) => USER_COLUMNS[key]).join(', ')})`,
);

/**
 * Inserts a user with access to the default projects; nobody new is in a team. No row when a directory inserts and an existing row may be meant: one with the user name, or a
 * deleted one of the directory that could come back; `candidates` reads them.
 */
export const insertUser = byShape<WriteArguments & Comeback & { externalId: string | null }>(
  (shape, p) => sql`with u as (
    insert into ${INSERTED}
    select ${p('companyId')}::uuid, ${p('id')}::uuid, ${p('userNameKey')}::text, ${sql.join(
      WRITTEN_KEYS.map((key) => written(p as never, key)),
      sql`, `,
    )}
    where ${isNobodyMeant(p as never, sql`${p('userNameKey')}::text`, sql`${p('externalId')}::text`)}
    returning ${returned('app_user')})${completed(ofArguments(p as never), shape)}
  select ${WRITTEN_SELECTION}${partsOf({ roles: shape.parts.roles }, rolesAfter(p as never, shape.roles))} from u`,
);

/** What an insert by a directory may mean instead: rows with the user name that are there, then deleted ones of its own that could come back. */
export const candidates = statement<
  { companyId: string; directoryId: string; userNameKey: string; externalId: string | null; reviveByName: boolean },
  UserRow
>((db, p) =>
  asCompilable(
    db,
    sql`select ${USER_SELECTION} from app_user u where u.company_id = ${p('companyId')}::uuid and (
      (u.user_name_key = ${p('userNameKey')}::text and u.deleted_at is null)
      or (u.directory_id = ${p('directoryId')}::uuid and u.deleted_at is not null
        and (u.external_id = ${p('externalId')}::text
          or (${p('reviveByName')}::boolean and u.user_name_key = ${p('userNameKey')}::text))))
    order by u.deleted_at is not null, u.external_id is not distinct from ${p('externalId')}::text desc, u.deleted_at desc limit 5`,
  ),
);

/** What follows the update of `u`. */
const followed = (source: Source, { values, roles, access, leaves }: Omit<Shape, 'parts'>) => {
  const log = [
    ...(roles ? [withdrawnLog(source), grantedLog(source)] : []),
    ...(access ? [accessLog(source)] : []),
    ...(leaves ? [endedLog(source.p)] : []),
  ];
  return sql`${values ? sql`${deleteValues(source)}${insertValues(source)}` : sql``}${
    roles ? sql`${withdrawRoles(source)}${grantRoles(source)}` : sql``
  }${access ? giveAccess(source) : sql``}${leaves ? endAccess(source.p, sql`where not u.active`) : sql``}${logged(source, sql.join(log, sql``))}`;
};

/** Each connection keeps a plan for each set of columns that is named. Who writes what not many do names all of them. */
const MOST_COLUMN_SETS = 40;
const columnSets = new Set<string>();

/**
 * The columns for `updateUser` to name: one that stays as it is would cost an update its argument and its place in the row, and some wake triggers.
 *
 * @param differing in the order of `WRITTEN_KEYS`.
 */
export function namedColumns(differing: readonly WrittenKey[]): readonly WrittenKey[] {
  const set = differing.join();
  if (!columnSets.has(set)) {
    if (columnSets.size >= MOST_COLUMN_SETS) return WRITTEN_KEYS;
    columnSets.add(set);
  }
  return differing;
}

const setTo = (p: Arguments<WriteArguments>, key: WrittenKey) =>
  sql`${sql.raw(USER_COLUMNS[key])} = ${written(p as never, key)}${key === 'userName' ? sql`, user_name_key = ${p('userNameKey')}::text` : sql``}, `;

/** Writes columns of a row as they are handed in, if its version is still the one that was read; no row otherwise. */
export const updateUser = byShape<WriteArguments & { version: number }>(
  ({ columns = WRITTEN_KEYS, ...shape }, p) => sql`with u as (
    update app_user set ${sql.join(
      columns.map((key) => setTo(p, key)),
      sql``,
    )}${shape.revived ? sql`deleted_at = null, ` : sql``}version = version + 1, updated_at = greatest(now(), updated_at)
    where company_id = ${p('companyId')}::uuid and id = ${p('id')}::uuid and version = ${p('version')}::int${shape.revived ? sql`` : sql` and deleted_at is null`}
    returning ${returned('app_user')})${followed(ofArguments(p as never), shape)}
  select ${WRITTEN_SELECTION}${partsOf(shape.parts, rolesAfter(p as never, shape.roles))} from u`,
);

/** Deletes the users of the rows `n`, which the transaction has locked, and their teams before them, so that it sees all that refers to them. */
const deleteOf = (p: Arguments<ChangeAuthor>, n: RawBuilder<unknown>) => sql<{ id: string }>`with n as (${n}),
    u as (
      update app_user t set deleted_at = now(), updated_at = greatest(now(), t.updated_at), version = t.version + 1
      from n where t.company_id = ${p('companyId')}::uuid and t.id = n.id and t.deleted_at is null
      returning t.company_id, t.id),
    membership as (delete from team_membership m using u where m.company_id = u.company_id and m.user_id = u.id
      returning m.company_id, m.team_id, m.user_id),
    risen as (update team t set version = version + 1, updated_at = greatest(now(), t.updated_at) from membership m
      where t.company_id = m.company_id and t.id = m.team_id),
    assignment as (delete from role_assignment a using u where a.company_id = u.company_id and a.user_id = u.id
      returning a.user_id, a.role_id, a.source, a.denied),
    access as (delete from project_access a using u where a.company_id = u.company_id and a.user_id = u.id
      returning a.user_id, a.project_id),
    credential as (delete from local_credential c using u where c.company_id = u.company_id and c.user_id = u.id),
    factor as (delete from second_factor f using u where f.company_id = u.company_id and f.user_id = u.id)${endAccess(p)},
    value as (delete from user_value v using u where v.company_id = u.company_id and v.user_id = u.id),
    logged as (${INTO_CHANGE}
      select ${authorValues(p)}, 'user.deleted', 'user', u.id, n.before, null::jsonb from u join n on n.id = u.id
      union all select ${authorValues(p)}, 'team.member_removed', 'team', team_id, jsonb_build_object('userId', user_id), null::jsonb from membership
      union all select ${authorValues(p)}, 'role.unassigned', 'user', a.user_id,
        jsonb_build_object('roleId', r.id, 'role', r.key, 'source', a.source, 'denied', a.denied), null::jsonb
        from assignment a join role r on r.company_id = ${p('companyId')}::uuid and r.id = a.role_id
      union all select ${authorValues(p)}, 'project.access_revoked', 'project', project_id, jsonb_build_object('userId', user_id), null::jsonb from access${endedLog(p)})
    select u.id from u`;

/** Memberships, roles, accesses and all it could come in by end, each with a change; the row stays. The transaction holds the user, and its teams. */
export const deleteUser = statement<ChangeAuthor & { id: string; before: string }, { id: string }>((db, p) =>
  asCompilable(db, deleteOf(p as never, sql`select ${p('id')}::uuid as id, ${p('before')}::jsonb as before`)),
);

/*
 * The same for many users at once. `rows` is JSON of a list: of each user what `Given` says, JSON as it is and not as text, and the columns under the
 * names of `UserRow`.
 */

export interface GivenRow extends Record<string, unknown> {
  id: string;
}
interface Rows {
  /** JSON of `GivenRow[]`. */
  rows: string;
}

const givenRows = (p: Arguments<Rows>) => sql`n as materialized (
    select * from jsonb_to_recordset(${p('rows')}::jsonb) as n(place int, id uuid, version int, "userNameKey" text, kind text, before jsonb,
      after jsonb, "valuesGone" jsonb, "valuesNew" jsonb, "roleIds" uuid[],
      ${sql.raw(WRITTEN_KEYS.map((key) => `"${key}" ${typeOf(key)}`).join(', '))}) order by place)`;

const givenColumn = (key: WrittenKey) => sql.ref(`n.${key}`);

/** Inserts those users who are nobody that is there; a row for each of them. In the order of `place`, so that of two with one name the first stays. */
export const insertUsers = bySetShape<Shared & Comeback & Rows>(
  (shape, p) => sql`with ${givenRows(p as never)}, u as (
    insert into ${INSERTED}
    select ${p('companyId')}::uuid, n.id, n."userNameKey", ${sql.join(WRITTEN_KEYS.map(givenColumn), sql`, `)}
    from n where ${isNobodyMeant(p as never, sql`n."userNameKey"`, sql`n."externalId"`)} order by n.place
    on conflict do nothing returning ${returned('app_user')})${completed(ofRows(p as never), shape)}
  select u.id, u.version from u`,
);

/** Writes the rows that still have the version that was read; a row for each of them. Locks them by id, so that no two sets wait for each other. */
export const updateUsers = bySetShape<Shared & Rows>(
  (shape, p) => sql`with ${givenRows(p as never)}, held as (
    select h.id, h.version from app_user h where h.company_id = ${p('companyId')}::uuid and h.id in (select n.id from n)
      and h.deleted_at is null order by h.id for no key update of h), u as (
    update app_user t set user_name_key = n."userNameKey", ${sql.join(
      WRITTEN_KEYS.map((key) => sql`${sql.raw(USER_COLUMNS[key])} = ${givenColumn(key)}`),
      sql`, `,
    )}, version = t.version + 1, updated_at = greatest(now(), t.updated_at)
    from n join held on held.id = n.id and held.version = n.version
    where t.company_id = ${p('companyId')}::uuid and t.id = n.id and t.version = n.version
    returning ${returned('t')})${followed(ofRows(p as never), shape)}
  select u.id, u.version from u`,
);

/** `deleteUser` for many. A team's version rises once, however many of its members go. */
export const deleteUsers = statement<ChangeAuthor & Rows, { id: string }>((db, p) =>
  asCompilable(
    db,
    deleteOf(
      p as never,
      sql`select n.id, n.before from jsonb_to_recordset(${p('rows')}::jsonb) as n(id uuid, before jsonb)`,
    ),
  ),
);
