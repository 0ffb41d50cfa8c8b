import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { effectiveRoles } from './effective-roles.js';
import { queueAtTeam, teamLock } from './team-write-parts.js';

/* Moves users and teams from whoever manages them to a directory, or to the company itself; set-wise, with a change for each. */

interface Several {
  companyId: string;
  ids: string[];
}

interface Handover extends ChangeAuthor {
  ids: string[];
  /** Null: to the company itself. */
  toDirectoryId: string | null;
  /** What each change is called. */
  kind: string;
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** Locked in the order of their ids; those that are not there are left out. */
export const lockUsers = statement<Several, { id: string; breakGlass: boolean }>((db, p) =>
  db
    .selectFrom('app_user')
    .select(['id', 'break_glass as breakGlass'])
    .where('company_id', '=', p('companyId'))
    .where(sql<boolean>`id = any(${p('ids')}::uuid[])`)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .forNoKeyUpdate(),
);

/** As whoever writes one team locks it: first its queue, then its row. */
export const lockTeams = statement<Several, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`with named as (select n.id from unnest(${p('ids')}::uuid[]) as n(id) order by ${teamLock(sql`n.id`)} offset 0),
      queued as (select ${queueAtTeam(sql`named.id`)} from named)
    select t.id from team t where t.company_id = ${p('companyId')}::uuid and t.id = any(${p('ids')}::uuid[]) and t.deleted_at is null
      and (select count(*) from queued) >= 0 order by t.id for no key update of t`,
  ),
);

const handOver = (table: 'app_user' | 'team', object: 'user' | 'team') =>
  statement<Handover, { id: string }>((db, p) =>
    asCompilable(
      db,
      sql`with former as (select o.id, o.directory_id from ${sql.table(table)} o where o.company_id = ${p('companyId')}::uuid
          and o.id = any(${p('ids')}::uuid[]) and o.deleted_at is null and o.directory_id is distinct from ${p('toDirectoryId')}::uuid),
        moved as (update ${sql.table(table)} m set directory_id = ${p('toDirectoryId')}::uuid, version = m.version + 1,
            updated_at = greatest(now(), m.updated_at)
          from former where m.company_id = ${p('companyId')}::uuid and m.id = former.id
          returning m.id, former.directory_id as former_id, m.directory_id),
        logged as (${INTO_CHANGE}
          select ${authorValues(p)}, ${p('kind')}::text, ${object}::text, moved.id,
            jsonb_build_object('directoryId', moved.former_id), jsonb_build_object('directoryId', moved.directory_id) from moved)
      select moved.id from moved`,
    ),
  );

/** Rows of users that the transaction has locked; those that are there already stay as they are. */
export const handOverUsers = handOver('app_user', 'user');
/** The same for teams. */
export const handOverTeams = handOver('team', 'team');

/** What an attribute of their directory gives the users in the end: not what is denied, outranked, or set aside by the rules. */
export const rolesByAttribute = statement<Several, { userId: string; roleId: string }>((db, p) =>
  asCompilable(
    db,
    sql`select a.user_id as "userId", a.role_id as "roleId"
      from app_user u join role_assignment a on a.company_id = ${p('companyId')}::uuid and a.user_id = u.id and a.source = 'ATTRIBUTE'
      where u.company_id = ${p('companyId')}::uuid and u.id = any(${p('ids')}::uuid[]) and u.deleted_at is null and not a.denied
        and a.role_id in (select r.id from (${effectiveRoles({ company: sql`${p('companyId')}::uuid`, many: true })}) r)`,
  ),
);

/** Of what a directory's attribute granted, `kept`, JSON of what `rolesByAttribute` tells, is from now on granted directly; the rest ends. */
export const keepGrantedRoles = statement<ChangeAuthor & { ids: string[]; kept: string }, never>((db, p) =>
  asCompilable(
    db,
    sql`with gone as (delete from role_assignment a where a.company_id = ${p('companyId')}::uuid
        and a.user_id = any(${p('ids')}::uuid[]) and a.source = 'ATTRIBUTE' returning a.user_id, a.role_id, a.denied),
      kept as (insert into role_assignment (company_id, user_id, role_id, source, denied)
        select ${p('companyId')}::uuid, g.user_id, g.role_id, 'DIRECT', g.denied from gone g
          join jsonb_to_recordset(${p('kept')}::jsonb) as k("userId" uuid, "roleId" uuid) on k."userId" = g.user_id and k."roleId" = g.role_id
        on conflict do nothing returning user_id, role_id, denied)
    ${INTO_CHANGE}
      select ${authorValues(p)}, 'role.unassigned', 'user', g.user_id,
          jsonb_build_object('roleId', r.id, 'role', r.key, 'source', 'ATTRIBUTE', 'denied', g.denied), null::jsonb
        from gone g join role r on r.company_id = ${p('companyId')}::uuid and r.id = g.role_id
      union all select ${authorValues(p)}, 'role.assigned', 'user', k.user_id, null::jsonb,
          jsonb_build_object('roleId', r.id, 'role', r.key, 'source', 'DIRECT', 'denied', k.denied)
        from kept k join role r on r.company_id = ${p('companyId')}::uuid and r.id = k.role_id`,
  ),
);

/** Members that the team's former directory waited for. */
export const forgetPending = statement<Several, never>((db, p) =>
  asCompilable(
    db,
    sql`delete from pending_membership w where w.company_id = ${p('companyId')}::uuid and w.team_id = any(${p('ids')}::uuid[])`,
  ),
);
