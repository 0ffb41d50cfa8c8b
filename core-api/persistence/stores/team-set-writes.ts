import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor } from '../rows.js';
import { type Builder, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { queueAtTeam, teamLock } from './team-write-parts.js';
import { isSeenBy, type View } from './teams.js';

/* Writes of many teams at once, for what `team-writes.ts` would judge OK of each; of whatever else there is they write nothing. */

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

interface Rows extends ChangeAuthor, View {
  /** JSON of a list. */
  rows: string;
}

export interface NewTeamRow {
  place: number;
  id: string;
  displayName: string;
  displayNameKey: string;
  externalId: string | null;
  /** Distinct. */
  members: readonly string[];
}

/**
 * Creates the teams (`NewTeamRow[]`) whose members are all users that the actor sees, and whose names are free; a row for each. A directory does not
 * create one that it may have to adopt.
 */
export const createTeams = statement<Rows & { userIds: string[] }, { id: string; version: number }>((db, p) =>
  asCompilable(
    db,
    sql`with n as materialized (select * from jsonb_to_recordset(${p('rows')}::jsonb)
        as n(place int, id uuid, "displayName" text, "displayNameKey" text, "externalId" text, members uuid[])),
      named as (select u.id, u.deleted_at is null and not u.break_glass and ${isSeenBy('u', p as never)} as "isSeen" from app_user u
        where u.company_id = ${p('companyId')}::uuid and u.id = any(${p('userIds')}::uuid[]) order by u.id for share of u),
      fit as (select n.* from n where not exists (select from unnest(n.members) as m(id)
          where m.id not in (select k.id from named k where k."isSeen"))
        and (${p('directoryId')}::uuid is null or not ${p('seesLocal')}::boolean or not exists (select from team a
          where a.company_id = ${p('companyId')}::uuid and a.display_name_key = n."displayNameKey" and a.directory_id is null
            and a.deleted_at is null))),
      created as (insert into team (company_id, id, directory_id, display_name, display_name_key, external_id)
        select ${p('companyId')}::uuid, fit.id, ${p('directoryId')}::uuid, fit."displayName", fit."displayNameKey", fit."externalId"
        from fit order by fit.place on conflict do nothing returning *),
      added as (insert into team_membership (company_id, team_id, user_id)
        select c.company_id, c.id, m.id from created c join n on n.id = c.id cross join unnest(n.members) as m(id)
        returning team_id, user_id),
      logged as (${INTO_CHANGE}
        select ${authorValues(p as never)}, 'team.created', 'team', c.id, null::jsonb, jsonb_build_object('displayName', c.display_name,
          'externalId', c.external_id, 'directoryId', c.directory_id) from created c
        union all select ${authorValues(p as never)}, 'team.member_added', 'team', team_id, null::jsonb,
          jsonb_build_object('userId', user_id) from added)
    select c.id, c.version from created c`,
  ),
);

export interface LockedTeam {
  id: string;
  version: number;
  directoryId: string | null;
}

/** Locks the teams that the actor sees, in the order of all who write teams; the transaction then sees their members as they are. */
export const lockTeams = statement<View & { teamIds: string[] }, LockedTeam>((db, p) =>
  asCompilable(
    db,
    sql`with team_of as (select i.id from unnest(${p('teamIds')}::uuid[]) as i(id) order by ${teamLock(sql`i.id`)} offset 0),
      queued as (select ${queueAtTeam(sql`team_of.id`)} from team_of)
    select t.id, t.version, t.directory_id as "directoryId" from team t
      where t.company_id = ${p('companyId')}::uuid and t.id = any(${p('teamIds')}::uuid[]) and t.deleted_at is null
        and ${isSeenBy('t', p)} and (select count(*) from queued) >= 0 order by t.id for no key update of t`,
  ),
);

/** The users among `ids`, locked so that none goes away or comes back meanwhile. */
export const lockMembers = statement<View & { ids: string[] }, { id: string; isSeen: boolean }>((db, p) =>
  asCompilable(
    db,
    sql`select u.id, u.deleted_at is null and not u.break_glass and ${isSeenBy('u', p)} as "isSeen" from app_user u
      where u.company_id = ${p('companyId')}::uuid and u.id = any(${p('ids')}::uuid[]) order by u.id for share of u`,
  ),
);

export interface MemberMove {
  /** Of its operation; the log is in this order. */
  place: number;
  teamId: string;
  userId: string;
  isIn: boolean;
}

/**
 * Adds and removes members (`MemberMove[]`, each pair of team and user once) of teams that the transaction has locked. The version of a team rises once,
 * however many of its members move. A row for each team whose members changed.
 */
export const moveMembers = statement<Omit<Rows, keyof View> & { companyId: string }, { id: string; version: number }>(
  (db, p) =>
    asCompilable(
      db,
      sql`with n as materialized (select * from jsonb_to_recordset(${p('rows')}::jsonb)
        as n(place int, "teamId" uuid, "userId" uuid, "isIn" boolean)),
      added as (insert into team_membership (company_id, team_id, user_id)
        select ${p('companyId')}::uuid, n."teamId", n."userId" from n where n."isIn" on conflict do nothing returning team_id, user_id),
      removed as (delete from team_membership m using n where m.company_id = ${p('companyId')}::uuid and m.team_id = n."teamId"
        and m.user_id = n."userId" and not n."isIn" returning m.team_id, m.user_id),
      dropped as (delete from pending_membership w using n where w.company_id = ${p('companyId')}::uuid and w.team_id = n."teamId"
        and w.user_id = n."userId"),
      moved as (select n.* from n join (select * from added union all select * from removed) e
        on e.team_id = n."teamId" and e.user_id = n."userId"),
      risen as (update team t set version = t.version + 1, updated_at = greatest(now(), t.updated_at)
        where t.company_id = ${p('companyId')}::uuid and t.id in (select moved."teamId" from moved) returning t.id, t.version),
      logged as (${INTO_CHANGE}
        select ${authorValues(p as never)}, case when moved."isIn" then 'team.member_added' else 'team.member_removed' end, 'team',
          moved."teamId", case when not moved."isIn" then jsonb_build_object('userId', moved."userId") end,
          case when moved."isIn" then jsonb_build_object('userId', moved."userId") end
        from moved order by moved.place)
    select risen.id, risen.version from risen`,
    ),
);
