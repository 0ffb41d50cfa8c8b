import { type RawBuilder, sql } from 'kysely';
import { type Arguments, type Builder, statement } from '../statement.js';
import { changesOfRun, type RunScope } from './sync-runs.js';

/*
 * What else the requests of a run changed in the users whom they took away, or whose roles. A request that gave a user another role instead is no
 * taking: the directory's new word stays.
 */

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** Of users that are there, active and still the directory's; the changes as alias `c`: to stand behind `from`. */
const undone = (p: Arguments<RunScope>) => {
  const did = (
    kind: string,
  ) => sql`exists (select from change w where w.company_id = ${p('companyId')}::uuid and w.object_id = c.object_id
    and w.epoch = c.epoch and w.xid = c.xid and w.kind = ${sql.lit(kind)})`;
  return sql`${changesOfRun(p, 'user.deactivated', 'user.changed')}
    and ((c.kind = 'user.deactivated' and c.before - 'active' <> '{}'::jsonb) or (c.kind = 'user.changed' and ${did('role.unassigned')} and not ${did('role.assigned')}))
    and exists (select from app_user u where u.company_id = ${p('companyId')}::uuid and u.id = c.object_id and u.deleted_at is null and u.active
      and u.directory_id = ${p('directoryId')}::uuid)`;
};

/** Those of whom the run changed something that can come back. */
export const usersWithValues = statement<RunScope, { id: string }>((db, p) =>
  asCompilable(db, sql`select distinct c.object_id as id from ${undone(p)} order by 1`),
);

/** The members that a request changed, as they were and as it left them. */
export interface TakenValues {
  userId: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** What was changed of some of them, the last change first. */
export const valuesTaken = statement<RunScope & { ids: string[] }, TakenValues>((db, p) =>
  asCompilable(
    db,
    sql`select c.object_id as "userId", c.before, coalesce(c.after, '{}') as after from ${undone(p)} and c.object_id = any(${p('ids')}::uuid[])
      order by c.epoch desc, c.xid desc, c.no desc`,
  ),
);

/** Who has one of these user names, by their keys, or within the directory one of these external ids. */
export const namesInUse = statement<
  { companyId: string; directoryId: string; keys: string[]; externalIds: string[] },
  { id: string; key: string; externalId: string | null }
>((db, p) =>
  asCompilable(
    db,
    sql`select u.id, u.user_name_key as key, case when u.directory_id = ${p('directoryId')}::uuid then u.external_id end as "externalId"
      from app_user u where u.company_id = ${p('companyId')}::uuid and u.deleted_at is null and (u.user_name_key = any(${p('keys')}::text[])
        or (u.directory_id = ${p('directoryId')}::uuid and u.external_id = any(${p('externalIds')}::text[])))`,
  ),
);
