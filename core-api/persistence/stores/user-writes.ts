import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor, UserRow } from '../rows.js';
import { type Arguments, type Builder, type Statement, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import type { RolesOf } from './effective-roles.js';
import { isoTime } from './page-sql.js';
import { isJsonKey, typeOf, USER_COLUMNS, USER_SELECTION, WRITTEN_KEYS } from './user-columns.js';
import { type Parts, partsOf } from './user-parts.js';
import type { StoredUser } from './users.js';

/*
 * Every write is one statement: the row, what is searched of it, its roles and its changes, so that there is nothing half-written and nothing
 * unlogged. Parts of such a statement do not see each other's writes, hence the differences are handed in.
 */

/** One searched value, JSON of a list of them is an argument. */
export interface SearchedValue {
  attribute: string;
  type: string;
  key: string;
}

/** The columns of a row as arguments: lists and extensions as JSON text. */
type RowArguments = Record<string, unknown>;

interface WriteArguments extends ChangeAuthor {
  id: string;
  userNameKey: string;
  kind: string;
  /** JSON of what differs; null when the row is new. */
  before: string | null;
  after: string | null;
  /** JSON of `SearchedValue[]`. */
  valuesGone: string;
  valuesNew: string;
  /** The ids of the roles that the directory's attribute grants, replacing those of that source. */
  roleIds: string[];
  /** Keys of projects that the user gets access to beside the company's default ones. */
  projectKeys: string[];
}

export function rowArguments(user: UserRow): RowArguments {
  const bound: RowArguments = {};
  for (const key of WRITTEN_KEYS) bound[`row_${key}`] = isJsonKey(key) ? JSON.stringify(user[key]) : user[key];
  return bound;
}

/** What a write touches besides the row; statements leave out what they do not need. */
interface Shape {
  parts: Parts;
  values: boolean;
  roles: boolean;
  /** Whether the user gets access to the default projects, as everyone does who is new or was deleted. */
  access?: boolean;
  /** Whether the user is not active any more, so that tokens of its own end. */
  leaves?: boolean;
}

function byShape<P>(build: (shape: Shape, argument: Arguments<P>) => RawBuilder<StoredUser>) {
  const made = new Map<string, Statement<P, StoredUser>>();
  return (shape: Shape): Statement<P, StoredUser> => {
    const { parts, values, roles, access, leaves } = shape;
    const key = [parts.teams ?? false, parts.roles ?? false, values, roles, access ?? false, leaves ?? false].join(' ');
    let found = made.get(key);
    if (!found) {
      found = statement<P, StoredUser>((db, p) => asCompilable(db, build(shape, p)));
      made.set(key, found);
    }
    return found;
  };
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

const written = (p: Arguments<Record<string, unknown>>, key: keyof UserRow) =>
  sql`${p(`row_${key}`)}::${sql.raw(typeOf(key))}`;

const valueRows = (values: RawBuilder<unknown>) =>
  sql`jsonb_to_recordset(${values}::jsonb) as n(attribute text, type text, key text)`;

const insertValues = (p: Arguments<WriteArguments>) => sql`,
  value_new as (insert into user_value (company_id, user_id, attribute, type, value_key)
    select u.company_id, u.id, n.attribute, n.type, n.key from u, ${valueRows(sql`${p('valuesNew')}`)} on conflict do nothing)`;

const deleteValues = (p: Arguments<WriteArguments>) => sql`,
  value_gone as (delete from user_value v using u, ${valueRows(sql`${p('valuesGone')}`)}
    where v.company_id = u.company_id and v.user_id = u.id and v.attribute = n.attribute and v.type = n.type and v.value_key = n.key)`;

const grantRoles = (p: Arguments<WriteArguments>) => sql`,
  granted as (insert into role_assignment (company_id, user_id, role_id, source)
    select u.company_id, u.id, r.role_id, 'ATTRIBUTE' from u, unnest(${p('roleIds')}::uuid[]) as r(role_id)
    on conflict do nothing returning user_id, role_id)`;

const withdrawRoles = (p: Arguments<WriteArguments>) => sql`,
  withdrawn as (delete from role_assignment a using u
    where a.company_id = u.company_id and a.user_id = u.id and a.source = 'ATTRIBUTE' and a.role_id <> all(${p('roleIds')}::uuid[])
    returning a.user_id, a.role_id)`;

const assignment = sql.raw(`jsonb_build_object('roleId', r.id, 'role', r.key, 'source', 'ATTRIBUTE')`);

const logged = (p: Arguments<WriteArguments>, roles: RawBuilder<unknown>) => sql`,
  logged as (${INTO_CHANGE}
    select ${authorValues(p)}, ${p('kind')}::text, 'user', u.id, ${p('before')}::jsonb, ${p('after')}::jsonb from u${roles})`;

const grantedLog = (p: Arguments<WriteArguments>) => sql`
    union all select ${authorValues(p)}, 'role.assigned', 'user', g.user_id, null::jsonb, ${assignment}
      from granted g join role r on r.company_id = ${p('companyId')}::uuid and r.id = g.role_id`;
const withdrawnLog = (p: Arguments<WriteArguments>) => sql`
    union all select ${authorValues(p)}, 'role.unassigned', 'user', g.user_id, ${assignment}, null::jsonb
      from withdrawn g join role r on r.company_id = ${p('companyId')}::uuid and r.id = g.role_id`;

const giveAccess = (p: Arguments<WriteArguments>) => sql`,
  access as (insert into project_access (company_id, id, project_id, user_id)
    select u.company_id, gen_random_uuid(), j.id, u.id from u join project j on j.company_id = ${p('companyId')}::uuid
    where j.is_default or j.key = any(${p('projectKeys')}::text[]) returning project_id, user_id)`;

const accessLog = (p: Arguments<WriteArguments>) => sql`
    union all select ${authorValues(p)}, 'project.access_granted', 'project', project_id, null::jsonb,
      jsonb_build_object('userId', user_id) from access`;

const REVOKE_TOKENS = sql`,
  ended as (update directory_token t set revoked_at = now() from u
    where t.company_id = u.company_id and t.user_id = u.id and t.revoked_at is null returning t.id, t.revoked_at)`;

const revokedLog = (p: Arguments<ChangeAuthor>) => sql`
    union all select ${authorValues(p)}, 'directory_token.revoked', 'directory_token', ended.id,
      jsonb_build_object('revokedAt', null), jsonb_build_object('revokedAt', ${isoTime(sql`ended.revoked_at`)}) from ended`;

const rolesAfter = (p: Arguments<WriteArguments>, isReplacing: boolean): RolesOf => ({
  company: sql`${p('companyId')}::uuid`,
  attributeRoles: isReplacing ? sql`${p('roleIds')}::uuid[]` : null,
});

interface InsertArguments extends WriteArguments {
  directoryId: string | null;
  externalId: string | null;
  reviveByName: boolean;
}

/**
 * Inserts a user with access to the default projects. No row when a directory inserts and an existing row may be meant: one with the user name, or a
 * deleted one of the directory that could come back; `candidates` reads them.
 */
export const insertUser = byShape<InsertArguments>(
  ({ parts, values, roles }, p) => sql`with u as (
    insert into app_user (company_id, id, user_name_key, ${sql.raw(WRITTEN_KEYS.map((key) => USER_COLUMNS[key]).join(', '))})
    select ${p('companyId')}::uuid, ${p('id')}::uuid, ${p('userNameKey')}::text, ${sql.join(
      WRITTEN_KEYS.map((key) => written(p as never, key)),
      sql`, `,
    )}
    where ${p('directoryId')}::uuid is null or not (
      exists (select 1 from app_user c where c.company_id = ${p('companyId')}::uuid and c.user_name_key = ${p('userNameKey')}::text
        and c.deleted_at is null)
      or (${p('externalId')}::text is not null and exists (select 1 from app_user c where c.company_id = ${p('companyId')}::uuid
        and c.directory_id = ${p('directoryId')}::uuid and c.external_id = ${p('externalId')}::text and c.deleted_at is not null))
      or (${p('reviveByName')}::boolean and exists (select 1 from app_user c where c.company_id = ${p('companyId')}::uuid
        and c.directory_id = ${p('directoryId')}::uuid and c.user_name_key = ${p('userNameKey')}::text and c.deleted_at is not null)))
    returning *)${giveAccess(p as never)}${
      values ? insertValues(p as never) : sql``
    }${roles ? grantRoles(p as never) : sql``}${logged(
      p as never,
      sql`${roles ? grantedLog(p as never) : sql``}${accessLog(p as never)}`,
    )}
  select ${USER_SELECTION}${partsOf(parts, rolesAfter(p as never, roles))} from u`,
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

/** Writes a row as it is handed in, if its version is still the one that was read; no row otherwise. `revived` rows may be deleted ones. */
export const updateUser = byShape<WriteArguments & { version: number; revived: boolean }>(
  ({ parts, values, roles, access, leaves }, p) => sql`with u as (
    update app_user set user_name_key = ${p('userNameKey')}::text, ${sql.join(
      WRITTEN_KEYS.map((key) => sql`${sql.raw(USER_COLUMNS[key])} = ${written(p as never, key)}`),
      sql`, `,
    )}, version = version + 1, updated_at = greatest(now(), updated_at), deleted_at = null
    where company_id = ${p('companyId')}::uuid and id = ${p('id')}::uuid and version = ${p('version')}::int
      and (deleted_at is null or ${p('revived')}::boolean)
    returning *)${values ? sql`${deleteValues(p as never)}${insertValues(p as never)}` : sql``}${
      roles ? sql`${withdrawRoles(p as never)}${grantRoles(p as never)}` : sql``
    }${access ? giveAccess(p as never) : sql``}${leaves ? REVOKE_TOKENS : sql``}${logged(
      p as never,
      sql`${roles ? sql`${withdrawnLog(p as never)}${grantedLog(p as never)}` : sql``}${access ? accessLog(p as never) : sql``}${leaves ? revokedLog(p as never) : sql``}`,
    )}
  select ${USER_SELECTION}${partsOf(parts, rolesAfter(p as never, roles))} from u`,
);

/**
 * Deletes a user that the transaction has locked, and its teams before it, so that it sees all that refers to it: memberships, roles and accesses end,
 * tokens of its own too,
 * each with a change; the row stays.
 */
export const deleteUser = statement<ChangeAuthor & { id: string; before: string }, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`with u as (
      update app_user set deleted_at = now(), updated_at = greatest(now(), updated_at), version = version + 1
      where company_id = ${p('companyId')}::uuid and id = ${p('id')}::uuid and deleted_at is null
      returning company_id, id),
    membership as (delete from team_membership m using u where m.company_id = u.company_id and m.user_id = u.id
      returning m.company_id, m.team_id, m.user_id),
    risen as (update team t set version = version + 1, updated_at = greatest(now(), t.updated_at) from membership m
      where t.company_id = m.company_id and t.id = m.team_id),
    assignment as (delete from role_assignment a using u where a.company_id = u.company_id and a.user_id = u.id
      returning a.user_id, a.role_id, a.source, a.denied),
    access as (delete from project_access a using u where a.company_id = u.company_id and a.user_id = u.id
      returning a.user_id, a.project_id),
    credential as (delete from local_credential c using u where c.company_id = u.company_id and c.user_id = u.id)${REVOKE_TOKENS},
    value as (delete from user_value v using u where v.company_id = u.company_id and v.user_id = u.id),
    logged as (${INTO_CHANGE}
      select ${authorValues(p)}, 'user.deleted', 'user', u.id, ${p('before')}::jsonb, null::jsonb from u
      union all select ${authorValues(p)}, 'team.member_removed', 'team', team_id, jsonb_build_object('userId', user_id), null::jsonb from membership
      union all select ${authorValues(p)}, 'role.unassigned', 'user', a.user_id,
        jsonb_build_object('roleId', r.id, 'role', r.key, 'source', a.source, 'denied', a.denied), null::jsonb
        from assignment a join role r on r.company_id = ${p('companyId')}::uuid and r.id = a.role_id
      union all select ${authorValues(p)}, 'project.access_revoked', 'project', project_id, jsonb_build_object('userId', user_id), null::jsonb from access${revokedLog(p)})
    select u.id from u`,
  ),
);
