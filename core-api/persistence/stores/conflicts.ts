import { type RawBuilder, sql } from 'kysely';
import { type Arguments, type Builder, statement } from '../statement.js';
import type { AdminTable } from './admin-rows.js';

interface Noted {
  companyId: string;
  directoryId: string;
  credentialId: string;
  requestId: string | null;
}

const INTO_CONFLICT = sql.raw(
  `insert into conflict (company_id, id, directory_id, credential_id, request_id, kind, object_type, object_id, details)`,
);
const noted = (p: Arguments<Noted>) => sql`${p('companyId')}::uuid, gen_random_uuid(), ${p('directoryId')}::uuid,
  ${p('credentialId')}::uuid, ${p('requestId')}::text`;

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

interface NewConflicts extends Noted {
  /** JSON of a list of `id`, `kind`, `objectType`, `objectId` and `details`. */
  entries: string;
}

export const insertConflicts = statement<NewConflicts, never>((db, p) => ({
  compile: () =>
    sql<never>`insert into conflict (company_id, id, directory_id, credential_id, request_id, kind, object_type, object_id, details)
      select ${p('companyId')}::uuid, n.id, ${p('directoryId')}::uuid, ${p('credentialId')}::uuid, ${p('requestId')}::text,
        n.kind, n."objectType", n."objectId", n.details
      from jsonb_to_recordset(${p('entries')}::jsonb) as n(id uuid, kind text, "objectType" text, "objectId" uuid, details jsonb)`.compile(
      db,
    ),
}));

const ofOtherDirectory = <P extends Noted>(
  [table, objectType]: readonly ['app_user', 'user'] | readonly ['team', 'team'],
  details: Record<string, string>,
  isMeant: (p: Arguments<P>) => RawBuilder<unknown>,
) =>
  statement<P, never>((db, p) =>
    asCompilable(
      db,
      sql<never>`${INTO_CONFLICT}
        select ${noted(p as never)}, 'OTHER_DIRECTORY', ${objectType}::text, o.id,
          jsonb_build_object('directoryId', o.directory_id) || ${JSON.stringify(details)}::jsonb
        from ${sql.table(table)} o where o.company_id = ${(p as Arguments<Noted>)('companyId')}::uuid and o.deleted_at is null
          and o.directory_id <> ${(p as Arguments<Noted>)('directoryId')}::uuid and ${isMeant(p)}`,
    ),
  );

/** Notes that a directory addressed this user, if it is another directory's; else nothing. */
export const noteUserOfOther = ofOtherDirectory<Noted & { id: string }>(
  ['app_user', 'user'],
  {},
  (p) => sql`o.id = ${p('id')}::uuid`,
);

export const noteTeamOfOther = ofOtherDirectory<Noted & { id: string }>(
  ['team', 'team'],
  {},
  (p) => sql`o.id = ${p('id')}::uuid`,
);

/** Notes that a directory wanted a user name, if another directory's user has it; else nothing. */
export const noteUserNameOfOther = ofOtherDirectory<Noted & { userNameKey: string }>(
  ['app_user', 'user'],
  { field: 'userName' },
  (p) => sql`o.user_name_key = ${p('userNameKey')}::text`,
);

/** Notes members that a team could not get: an entry for those whom nobody knows, and one for each other directory that manages some of them. */
export const noteStrangers = statement<
  Noted & { teamId: string; ids: readonly string[]; malformed: readonly string[]; most: number },
  never
>((db, p) =>
  asCompilable(
    db,
    sql<never>`with stranger as (
        select s.id::text as member, coalesce(u.directory_id, t.directory_id) as other_id from unnest(${p('ids')}::uuid[]) as s(id)
          left join app_user u on u.company_id = ${p('companyId')}::uuid and u.id = s.id and u.deleted_at is null
            and u.directory_id <> ${p('directoryId')}::uuid
          left join team t on t.company_id = ${p('companyId')}::uuid and t.id = s.id and t.deleted_at is null
            and t.directory_id <> ${p('directoryId')}::uuid
        union all select m.id, null from unnest(${p('malformed')}::text[]) as m(id))
      ${INTO_CONFLICT}
      select ${noted(p)}, case when other_id is null then 'UNKNOWN_MEMBER' else 'OTHER_DIRECTORY' end, 'team', ${p('teamId')}::uuid,
        jsonb_strip_nulls(jsonb_build_object('directoryId', other_id, 'count', count(*),
          'members', (array_agg(member order by member))[1:${p('most')}::int]))
      from stranger group by other_id`,
  ),
);

/** Also returns what is gone, so that it can be counted. */
export const deleteOldConflicts = statement<{ companyId: string; days: number }, { id: string }>((db, p) =>
  db
    .deleteFrom('conflict')
    .where('company_id', '=', p('companyId'))
    .where('at', '<', sql<Date>`now() - make_interval(days => ${p('days')}::int)`)
    .returning('id'),
);

export interface ConflictRow {
  id: string;
  at: string;
  kind: string;
  directoryId: string;
  credentialId: string | null;
  requestId: string | null;
  objectType: string;
  objectId: string | null;
  details: Record<string, unknown>;
}

export const CONFLICTS: AdminTable<ConflictRow> = {
  name: 'conflict',
  company: 'company_id',
  members: {
    id: ['id', 'id'],
    at: ['at', 'time'],
    kind: ['kind', 'key'],
    directoryId: ['directory_id', 'id'],
    credentialId: ['credential_id', 'id'],
    requestId: ['request_id', 'key'],
    objectType: ['object_type', 'key'],
    objectId: ['object_id', 'id'],
    details: ['details', 'plain'],
  },
};
