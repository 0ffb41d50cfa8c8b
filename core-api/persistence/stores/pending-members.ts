import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { queueAtTeam, teamLock } from './team-write-parts.js';

/*
 * Members that a directory named before it saw them join when they appear to it: they come back, are taken over, move to it, become local, or it sees local
 * users from now on. That takes two statements round the one that lets them appear, in one transaction: `lockPendingTeams` before it, so that teams are locked before users as everywhere, and
 * `joinPending` after it, which sees also what a writer of a team kept while that one waited for it.
 */

interface Appearing {
  companyId: string;
  userIds: string[];
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

/** The local users that teams of the directory wait for. */
export const localsWaitedFor = statement<{ companyId: string; directoryId: string }, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`select distinct u.id from pending_membership w join app_user u on u.company_id = w.company_id and u.id = w.user_id
      where w.company_id = ${p('companyId')}::uuid and w.directory_id = ${p('directoryId')}::uuid
        and u.directory_id is null and u.deleted_at is null and not u.break_glass order by u.id`,
  ),
);

/** The teams that wait for one of these users, locked. */
export const lockPendingTeams = statement<Appearing, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`with team_of as (select w.team_id from pending_membership w where w.company_id = ${p('companyId')}::uuid
        and w.user_id = any(${p('userIds')}::uuid[]) group by w.team_id order by ${teamLock(sql`w.team_id`)} offset 0),
      queued as (select ${queueAtTeam(sql`team_of.team_id`)} from team_of)
    select t.id from team t where t.company_id = ${p('companyId')}::uuid and t.id in (select team_id from team_of)
      and (select count(*) from queued) >= 0 order by t.id for no key update of t`,
  ),
);

/**
 * Makes members of those users whom their team's directory sees by now. The transaction holds the users; a team that is gone, or is another's by now,
 * gets nobody. One row for each membership. However little the server knows of these tables, it looks each user up (`offset 0`) and reads none of them whole.
 */
export const joinPending = statement<Appearing & ChangeAuthor, { teamId: string; userId: string }>((db, p) =>
  asCompilable(
    db,
    sql`with wish as (select w.team_id, w.user_id from unnest(${p('userIds')}::uuid[]) as appeared(id)
        cross join lateral (select * from pending_membership w where w.company_id = ${p('companyId')}::uuid and w.user_id = appeared.id offset 0) w
        cross join lateral (select * from app_user u where u.company_id = ${p('companyId')}::uuid and u.id = w.user_id offset 0) u
        join directory d on d.company_id = ${p('companyId')}::uuid and d.id = w.directory_id
        cross join lateral (select * from team t where t.company_id = ${p('companyId')}::uuid and t.id = w.team_id offset 0) t
        where u.deleted_at is null and not u.break_glass
          and (u.directory_id = w.directory_id or (u.directory_id is null and d.profile->>'listScope' = 'ALL'))
          and t.deleted_at is null and t.directory_id = w.directory_id),
      place as (select t.company_id, t.id from team t where t.company_id = ${p('companyId')}::uuid and t.id in (select team_id from wish)
        and t.deleted_at is null order by t.id for no key update of t),
      taken as (delete from pending_membership w using wish, place where w.company_id = ${p('companyId')}::uuid
        and w.team_id = wish.team_id and w.user_id = wish.user_id and place.id = wish.team_id
        returning w.company_id, w.team_id, w.user_id),
      added as (insert into team_membership (company_id, team_id, user_id) select company_id, team_id, user_id from taken
        on conflict do nothing returning team_id, user_id),
      risen as (update team t set version = version + 1, updated_at = greatest(now(), t.updated_at)
        where t.company_id = ${p('companyId')}::uuid and t.id in (select team_id from added)),
      logged as (${INTO_CHANGE}
        select ${authorValues(p)}, 'team.member_added', 'team', team_id, null::jsonb, jsonb_build_object('userId', user_id) from added)
    select team_id as "teamId", user_id as "userId" from added`,
  ),
);
