import { sql } from 'kysely';
import { statement } from '../statement.js';
import { isJsonKey, USER_COLUMNS, WRITTEN_KEYS } from './user-columns.js';

interface OfUser {
  companyId: string;
  id: string;
}

export const lockUserToErase = statement<OfUser, { isDeleted: boolean }>((db, p) =>
  db
    .selectFrom('app_user as u')
    .select(sql<boolean>`u.deleted_at is not null`.as('isDeleted'))
    .where('u.company_id', '=', p('companyId'))
    .where('u.id', '=', p('id'))
    .forUpdate(),
);

/** Of whom nothing is left; the capital letters are in no folded user name, so nobody comes back as an erased user. */
const BLANKS: Readonly<Partial<Record<string, string>>> = {
  userName: `'erased'`,
  active: 'false',
  directoryId: 'u.directory_id',
};

const blanks = WRITTEN_KEYS.map((key) => {
  const empty = isJsonKey(key) ? (key === 'extensions' ? `'{}'` : `'[]'`) : 'null';
  return `${USER_COLUMNS[key]} = ${BLANKS[key] ?? empty}`;
}).join(', ');

/** Blanks whatever a person can be told by, and by which an identity provider knew it; id, directory and times stay. No row when that was done before. */
export const blankUser = statement<OfUser, { id: string }>((db, p) => ({
  compile: () =>
    sql<{ id: string }>`with u as (
        update app_user u set ${sql.raw(blanks)}, user_name_key = 'ERASED', version = version + 1, updated_at = greatest(now(), u.updated_at)
        where u.company_id = ${p('companyId')}::uuid and u.id = ${p('id')}::uuid and u.deleted_at is not null and u.user_name_key <> 'ERASED'
        returning u.company_id, u.id),
      value as (delete from user_value v using u where v.company_id = u.company_id and v.user_id = u.id),
      credential as (delete from local_credential c using u where c.company_id = u.company_id and c.user_id = u.id),
      device as (update session s set address = null, user_agent = null, idp_session = null from u
        where s.company_id = u.company_id and s.user_id = u.id),
      link as (delete from one_time_token o using u where o.company_id = u.company_id and o.user_id = u.id),
      subject as (delete from sso_subject b using u where b.company_id = u.company_id and b.user_id = u.id)
      select u.id from u`.compile(db),
}));

/** Empties the entries of the change log. @returns how many had not been emptied before. */
export const eraseChanges = statement<OfUser, { count: number }>((db, p) =>
  db.selectNoFrom(sql<number>`erase_changes_of(${p('companyId')}::uuid, ${p('id')}::uuid)`.as('count')),
);

export interface Traces {
  /** What the user is and was called by those who send requests: user names, addresses, display names, external ids. */
  names: string[];
  /** The requests that changed the user. */
  requestIds: string[];
}

/** By what a person is found where no id leads; known only as long as nothing is erased. */
export const tracesOfUser = statement<OfUser, Traces>((db, p) => ({
  compile: () =>
    sql<Traces>`with own as materialized (select c.request_id, c.before, c.after from change c
        where c.company_id = ${p('companyId')}::uuid and c.object_type = 'user' and c.object_id = ${p('id')}::uuid),
      said as (select o.before as what from own o union all select o.after from own o
        union all select jsonb_build_object('userName', u.user_name, 'displayName', u.display_name, 'externalId', u.external_id, 'emails', u.emails)
          from app_user u where u.company_id = ${p('companyId')}::uuid and u.id = ${p('id')}::uuid),
      name as (select unnest(array[s.what->>'userName', s.what->>'displayName', s.what->>'externalId']) as text from said s
        union select e.value#>>'{}' from said s cross join jsonb_path_query(s.what, '$.emails[*].value') as e(value))
      select (select coalesce(array_agg(distinct n.text) filter (where n.text <> ''), '{}') from name n) as names,
        (select coalesce(array_agg(distinct o.request_id) filter (where o.request_id is not null), '{}') from own o) as "requestIds"`.compile(
      db,
    ),
}));

/** Empties what the conflict log says of the user. @param p `texts`: names as they stand in JSON, in lower case. */
export const eraseConflicts = statement<OfUser & { texts: readonly string[] }, { id: string }>((db, p) => ({
  compile: () =>
    sql<{
      id: string;
    }>`update conflict f set details = '{}' where f.company_id = ${p('companyId')}::uuid and f.details <> '{}'
      and (f.object_id = ${p('id')}::uuid or exists (select from unnest(${p('texts')}::text[]) as t(text)
        where strpos(lower(f.details::text), t.text) > 0)) returning f.id`.compile(db),
}));

/** Takes the user's name out of what was reported about runs that were reverted. */
export const eraseReports = statement<OfUser, { id: string }>((db, p) => ({
  compile: () =>
    sql<{ id: string }>`update sync_run s set report = jsonb_set(s.report, '{kept}', (
        select jsonb_agg(case when k.one->>'id' = ${p('id')}::text then k.one || '{"name": ""}' else k.one end order by k.place)
        from jsonb_array_elements(s.report->'kept') with ordinality as k(one, place)))
      where s.company_id = ${p('companyId')}::uuid
        and s.report->'kept' @> jsonb_build_array(jsonb_build_object('object', 'user', 'id', ${p('id')}::text)) returning s.id`.compile(
      db,
    ),
}));

interface RequestsOfUser {
  companyId: string;
  /** Whole days from today back between which to look; null: open to that side. */
  fromDaysAgo: number | null;
  toDaysAgo: number | null;
  requestIds: readonly string[];
  /** What tells of the user, in lower case. */
  texts: readonly string[];
}

/**
 * Empties the requests of some days that changed the user or mention it: bodies, the error's sentence, the query of the path, which can hold a filter by
 * name, and addresses in the path itself.
 */
export const eraseRequests = statement<RequestsOfUser, { id: string }>((db, p) => ({
  compile: () =>
    sql<{
      id: string;
    }>`with days as (select coalesce(now() - make_interval(days => ${p('fromDaysAgo')}::int), '-infinity') as since,
          coalesce(now() - make_interval(days => ${p('toDaysAgo')}::int), 'infinity') as until),
      found as materialized (select x.at, x.id from request_log x
        cross join lateral (select lower(concat_ws(' ', x.path, x.error, x.request_body, x.response_body)) as said offset 0) s
        where x.company_id = ${p('companyId')}::uuid and x.at >= (select d.since from days d) and x.at < (select d.until from days d)
          and (x.request_id = any(${p('requestIds')}::text[])
            or exists (select from unnest(${p('texts')}::text[]) as t(text) where strpos(s.said, t.text) > 0))
          and (num_nonnulls(x.request_body, x.response_body, x.error) > 0 or x.path ~* '[?@]|%40'))
      update request_log r set request_body = null, response_body = null, error = null,
        path = regexp_replace(split_part(r.path, '?', 1), '[^/]*(@|%40)[^/]*', '***', 'gi')
      from found f where r.company_id = ${p('companyId')}::uuid and r.at = f.at and r.id = f.id returning r.id`.compile(
      db,
    ),
}));
