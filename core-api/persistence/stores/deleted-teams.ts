import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor, TeamRow } from '../rows.js';
import { type Builder, compileNow, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { beyondCursor, orderAndLimit, orderValue, type PageBounds, type PageOrder } from './page-sql.js';
import { queuedAtTeam, wholeTeam } from './team-write-parts.js';
import { teamColumns } from './teams.js';

/* A team that was deleted is still a row; what it had stands in the change log, in the entries of the transaction that deleted it. */

/** For how long a deleted team can be restored. */
const KEPT = sql`interval '30 days'`;

const isRestorable = (table: string) => sql<boolean>`${sql.ref(`${table}.deleted_at`)} > now() - ${KEPT}`;

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** Times are PostgreSQL's text of timestamptz(3) in UTC. */
export interface DeletedTeamRow {
  id: string;
  directoryId: string | null;
  displayName: string;
  externalId: string | null;
  deletedAt: string;
  restorableUntil: string;
  deletedById: string | null;
  deletedBy: string | null;
  source: string | null;
}

const NEWEST_FIRST: PageOrder = {
  id: sql<string>`t.id`,
  direction: 'DESC',
  by: { value: sql`t.deleted_at`, type: 'timestamptz', nullable: false },
};

/** Those that can be restored, the last deleted one first; one row more than the page has. */
export function listDeletedTeams(companyId: string, bounds: PageBounds) {
  return compileNow<DeletedTeamRow & { orderValue: string }>((db) =>
    asCompilable(
      db,
      sql`select t.id, t.directory_id as "directoryId", t.display_name as "displayName", t.external_id as "externalId",
          t.deleted_at as "deletedAt", t.deleted_at + ${KEPT} as "restorableUntil", c.actor_id as "deletedById",
          c.actor_name as "deletedBy", c.source, ${orderValue(NEWEST_FIRST)} as "orderValue"
        from team t left join lateral (select c.actor_id, c.actor_name, c.source from change c
          where c.company_id = t.company_id and c.object_id = t.id and c.kind = 'team.deleted'
          order by c.epoch desc, c.xid desc, c.no desc limit 1) c on true
        where t.company_id = ${companyId}::uuid and ${isRestorable('t')} and ${beyondCursor(NEWEST_FIRST, bounds)}
        ${orderAndLimit(NEWEST_FIRST, bounds)}`,
    ),
  );
}

export const countDeletedTeams = statement<{ companyId: string }, { total: number }>((db, p) =>
  db
    .selectFrom('team')
    .select(sql<number>`count(*)::int`.as('total'))
    .where('team.company_id', '=', p('companyId'))
    .where(isRestorable('team')),
);

/** The deleted team, locked, if it can be restored. What it had is read by a statement that begins with the lock held. */
export const lockDeletedTeam = statement<{ companyId: string; teamId: string }, { id: string }>((db, p) =>
  db
    .with('queued', (q) => queuedAtTeam(q, p))
    .selectFrom('team')
    .select('team.id')
    .where('team.company_id', '=', p('companyId'))
    .where('team.id', '=', p('teamId'))
    .where(isRestorable('team'))
    .where(sql<boolean>`(select count(*) from queued) >= 0`)
    .forNoKeyUpdate('team'),
);

export interface RestoredTeam extends TeamRow {
  /** Members that it had and that are no users any more. */
  gone: string[];
}

/** Gives the team back, its members and the teams around and inside it that are still there, and its access to projects that are. The transaction holds its lock. */
export const restoreTeam = statement<ChangeAuthor & { teamId: string }, RestoredTeam>((db, p) =>
  asCompilable(
    db,
    sql`with deletion as (select c.company_id, c.epoch, c.xid from change c where c.company_id = ${p('companyId')}::uuid
        and c.object_id = ${p('teamId')}::uuid and c.kind = 'team.deleted' order by c.epoch desc, c.xid desc, c.no desc limit 1),
      ended as (select c.kind, c.object_id, c.before from change c join deletion d on c.company_id = d.company_id and c.epoch = d.epoch
        and c.xid = d.xid where (c.kind in ('team.member_removed', 'team.nested_removed') and c.object_id = ${p('teamId')}::uuid)
          or (c.kind = 'team.nested_removed' and c.before->>'memberTeamId' = ${p('teamId')}::uuid::text)
          or (c.kind = 'project.access_revoked' and c.before->>'teamId' = ${p('teamId')}::uuid::text)),
      was_member as (select (e.before->>'userId')::uuid as user_id from ended e where e.kind = 'team.member_removed'),
      member as (select u.id from app_user u where u.company_id = ${p('companyId')}::uuid and u.id in (select user_id from was_member)
        and u.deleted_at is null order by u.id for share of u),
      was_nested as (select e.object_id as team_id, (e.before->>'memberTeamId')::uuid as member_team_id,
          case e.object_id when ${p('teamId')}::uuid then (e.before->>'memberTeamId')::uuid else e.object_id end as other_id
        from ended e where e.kind = 'team.nested_removed'),
      other as (select t.id from team t where t.company_id = ${p('companyId')}::uuid and t.id in (select w.other_id from was_nested w)
        and t.deleted_at is null order by t.id for key share of t),
      restored as (update team set deleted_at = null, updated_at = greatest(now(), updated_at), version = version + 1
        where company_id = ${p('companyId')}::uuid and id = ${p('teamId')}::uuid returning *),
      added as (insert into team_membership (company_id, team_id, user_id) select r.company_id, r.id, m.id from restored r, member m
        returning user_id),
      nested as (insert into team_nesting (company_id, team_id, member_team_id)
        select r.company_id, w.team_id, w.member_team_id from restored r, was_nested w where w.other_id in (select o.id from other o)
        returning team_id, member_team_id),
      risen as (update team o set version = version + 1, updated_at = greatest(now(), o.updated_at)
        where o.company_id = ${p('companyId')}::uuid and o.id in (select n.team_id from nested n where n.team_id <> ${p('teamId')}::uuid)),
      granted as (insert into project_access (company_id, id, project_id, team_id)
        select j.company_id, gen_random_uuid(), j.id, r.id from restored r, project j where j.company_id = ${p('companyId')}::uuid
          and j.id in (select e.object_id from ended e where e.kind = 'project.access_revoked') returning project_id),
      logged as (${INTO_CHANGE}
        select ${authorValues(p)}, 'team.restored', 'team', r.id, null::jsonb, ${wholeTeam('r')} from restored r
        union all select ${authorValues(p)}, 'team.member_added', 'team', ${p('teamId')}::uuid, null::jsonb,
          jsonb_build_object('userId', user_id) from added
        union all select ${authorValues(p)}, 'team.nested_added', 'team', team_id, null::jsonb,
          jsonb_build_object('memberTeamId', member_team_id) from nested
        union all select ${authorValues(p)}, 'project.access_granted', 'project', project_id, null::jsonb,
          jsonb_build_object('teamId', ${p('teamId')}::uuid) from granted)
    select ${sql.join(teamColumns('r'))}, array(select w.user_id from was_member w where not exists (select from member m where m.id = w.user_id))
      as gone from restored r`,
  ),
);
