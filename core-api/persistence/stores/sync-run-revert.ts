import { type RawBuilder, sql } from 'kysely';
import type { ChangeAuthor, UserRow } from '../rows.js';
import { type Arguments, type Builder, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import { changesOfRun, isByDirectory, type RunScope } from './sync-runs.js';
import { queueAtTeam, teamLock, wholeTeam } from './team-write-parts.js';
import { USER_SELECTION } from './user-columns.js';

/*
 * Gives back what a run took away. What a user, a team or a membership is by now says the log: only what the run did last to it is undone, and whatever
 * somebody did afterwards stays. The transaction holds the run, then its teams, then its users, as everybody locks them.
 */

interface Several {
  companyId: string;
  ids: string[];
}

const asCompilable = <R>(db: Builder, query: RawBuilder<R>) => ({ compile: () => query.compile(db) });

const lifeOf = (object: 'user' | 'team', ...actions: string[]) =>
  sql`(${sql.join(actions.map((action) => sql.lit(`${object}.${action}`)))})`;
const LIFE_OF_USER = lifeOf(
  'user',
  'deactivated',
  'reactivated',
  'deleted',
  'revived',
  'restored',
  'erased',
  'adopted',
  'transferred',
  'released',
);
const LIFE_OF_TEAM = lifeOf('team', 'deleted', 'restored', 'adopted', 'transferred', 'released');

/** Whether a change, as alias, was still the directory's within the run; those before the run are not asked. */
const isStillOfRun = (
  alias: string,
  p: Arguments<RunScope>,
) => sql<boolean>`((${sql.raw(`${alias}.epoch, ${alias}.xid`)})
  <= (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8) and ${isByDirectory(alias, p)})`;

/** What happened last, since the run began, to each of those in the part `gone`. */
const lastOf = (
  p: Arguments<RunScope>,
  life: RawBuilder<unknown>,
) => sql`select distinct on (e.object_id) e.object_id, e.kind, e.epoch, e.xid, e.no,
    ${isStillOfRun('e', p)} as "isOfRun"
  from change e where e.company_id = ${p('companyId')}::uuid and e.object_id = any(array(select g.id from gone g)) and e.kind in ${life}
    and (e.epoch, e.xid) >= (${p('fromEpoch')}::int, ${p('fromXid')}::text::xid8)
  order by e.object_id, e.epoch desc, e.xid desc, e.no desc`;

/** The teams that lost members or are gone. */
export const teamsOfRun = statement<RunScope, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`select c.object_id as id from ${changesOfRun(p, 'team.member_removed', 'team.nested_removed', 'team.deleted')} group by c.object_id order by c.object_id`,
  ),
);

/** Waits for those who write these teams, in the order of all who write several. */
export const queueAtTeams = statement<Several, { done: unknown }>((db, p) =>
  asCompilable(
    db,
    sql`with named as (select n.id from unnest(${p('ids')}::uuid[]) as n(id) order by ${teamLock(sql`n.id`)} offset 0)
    select ${queueAtTeam(sql`named.id`)} as done from named`,
  ),
);

/** Deleted ones too. */
export const lockTeamsOfRun = statement<Several, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`select t.id from team t where t.company_id = ${p('companyId')}::uuid and t.id = any(${p('ids')}::uuid[])
      order by t.id for no key update of t`,
  ),
);

/** Those who left, and those who lost a membership or a role: deleted ones too. */
export const lockUsersOfRun = statement<RunScope, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`with gone as materialized (select distinct case when c.object_type = 'user' then c.object_id else (c.before->>'userId')::uuid end as id
      from ${changesOfRun(p, 'user.deactivated', 'user.deleted', 'team.member_removed', 'role.unassigned')})
    select u.id from app_user u where u.company_id = ${p('companyId')}::uuid and u.id in (select g.id from gone g)
      order by u.id for no key update of u`,
  ),
);

export interface LostObject {
  id: string;
  name: string;
  isDeleted: boolean;
  /** What happened to it last, and whether the run did that. */
  lastKind: string;
  isOfRun: boolean;
  nameKey: string;
  isNameTaken: boolean;
  externalId: string | null;
  isExternalIdTaken: boolean;
}

export interface LostUser extends LostObject {
  /** Whether the run deactivated it, before it deleted it maybe. */
  wasDeactivated: boolean;
}

/** Those who left, the last one first. */
export const usersLost = statement<RunScope, LostUser>((db, p) =>
  asCompilable(
    db,
    sql`with gone as materialized (select c.object_id as id, bool_or(c.kind = 'user.deactivated') as deactivated
        from ${changesOfRun(p, 'user.deactivated', 'user.deleted')} group by c.object_id),
      last as materialized (${lastOf(p, LIFE_OF_USER)})
    select u.id, coalesce(u.display_name, u.user_name) as name, u.deleted_at is not null as "isDeleted",
      gone.deactivated as "wasDeactivated", l.kind as "lastKind", l."isOfRun",
      u.user_name_key as "nameKey", u.external_id as "externalId",
      exists (select from app_user o where o.company_id = u.company_id and o.user_name_key = u.user_name_key and o.deleted_at is null
        and o.id <> u.id) as "isNameTaken",
      u.external_id is not null and exists (select from app_user o where o.company_id = u.company_id and o.external_id = u.external_id
        and o.directory_id is not distinct from u.directory_id and o.deleted_at is null and o.id <> u.id) as "isExternalIdTaken"
    from gone join app_user u on u.company_id = ${p('companyId')}::uuid and u.id = gone.id
    join last l on l.object_id = u.id
    order by l.epoch desc, l.xid desc, l.no desc`,
  ),
);

/** Teams that were deleted, the last one first. */
export const teamsLost = statement<RunScope, LostObject>((db, p) =>
  asCompilable(
    db,
    sql`with gone as materialized (select distinct c.object_id as id from ${changesOfRun(p, 'team.deleted')}),
      last as materialized (${lastOf(p, LIFE_OF_TEAM)})
    select t.id, t.display_name as name, t.deleted_at is not null as "isDeleted", l.kind as "lastKind", l."isOfRun",
      coalesce(t.directory_id::text, '') || t.display_name_key as "nameKey", t.external_id as "externalId",
      exists (select from team o where o.company_id = t.company_id and o.display_name_key = t.display_name_key
        and o.directory_id is not distinct from t.directory_id and o.deleted_at is null and o.id <> t.id) as "isNameTaken",
      t.external_id is not null and exists (select from team o where o.company_id = t.company_id and o.external_id = t.external_id
        and o.directory_id is not distinct from t.directory_id and o.deleted_at is null and o.id <> t.id) as "isExternalIdTaken"
    from gone join team t on t.company_id = ${p('companyId')}::uuid and t.id = gone.id
    join last l on l.object_id = t.id
    order by l.epoch desc, l.xid desc, l.no desc`,
  ),
);

/** Their rows, deleted or not, in no order. */
export const rowsOfUsers = statement<Several, UserRow>((db, p) =>
  asCompilable(
    db,
    sql`select ${USER_SELECTION} from app_user u where u.company_id = ${p('companyId')}::uuid and u.id = any(${p('ids')}::uuid[])`,
  ),
);

/** Users that the transaction holds are there again, and active again those of `activeIds`. Their changes are logged by who knows what they say. */
export const giveBackUsers = statement<Several & { activeIds: string[]; values: string }, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`with u as (update app_user set deleted_at = null, active = active or id = any(${p('activeIds')}::uuid[]), version = version + 1,
        updated_at = greatest(now(), updated_at)
      where company_id = ${p('companyId')}::uuid and id = any(${p('ids')}::uuid[]) returning company_id, id),
    searched as (insert into user_value (company_id, user_id, attribute, type, value_key)
      select u.company_id, u.id, n.attribute, n.type, n.key
      from u join jsonb_to_recordset(${p('values')}::jsonb) as n("userId" uuid, attribute text, type text, key text) on n."userId" = u.id
      on conflict do nothing)
    select u.id from u`,
  ),
);

export const giveBackTeams = statement<Several & ChangeAuthor, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`with t as (update team set deleted_at = null, version = version + 1, updated_at = greatest(now(), updated_at)
      where company_id = ${p('companyId')}::uuid and id = any(${p('ids')}::uuid[]) returning *),
    logged as (${INTO_CHANGE} select ${authorValues(p)}, 'team.restored', 'team', t.id, null::jsonb, ${wholeTeam('t')} from t)
    select t.id from t`,
  ),
);

export interface LostMember {
  teamId: string;
  teamName: string;
  userId: string;
  isTeamGone: boolean;
  /** Whether the team is somebody else's by now. */
  hasTeamMoved: boolean;
  isUserGone: boolean;
  lastKind: string;
  isOfRun: boolean;
}

/** Memberships that ended, of teams and users as they are by now. */
export const membersLost = statement<RunScope & { teamIds: string[] }, LostMember>((db, p) =>
  asCompilable(
    db,
    sql`with event as (select e.object_id as team_id, coalesce(e.before->>'userId', e.after->>'userId')::uuid as user_id, e.kind, e.epoch, e.xid, e.no,
          ${isStillOfRun('e', p)} as "isOfRun"
        from change e where e.company_id = ${p('companyId')}::uuid and e.object_id = any(${p('teamIds')}::uuid[])
          and e.kind in ('team.member_added', 'team.member_removed') and (e.epoch, e.xid) >= (${p('fromEpoch')}::int, ${p('fromXid')}::text::xid8)),
      last as materialized (select distinct on (e.team_id, e.user_id) e.*,
          bool_or(e."isOfRun" and e.kind = 'team.member_removed') over (partition by e.team_id, e.user_id) as "isLost"
        from event e order by e.team_id, e.user_id, e.epoch desc, e.xid desc, e.no desc),
      moved as materialized (select e.object_id as team_id from change e where e.company_id = ${p('companyId')}::uuid
        and e.object_id = any(${p('teamIds')}::uuid[]) and e.kind in ('team.adopted', 'team.transferred', 'team.released')
        and (e.epoch, e.xid) > (${p('throughEpoch')}::int, ${p('throughXid')}::text::xid8))
    select l.team_id as "teamId", l.user_id as "userId", t.display_name as "teamName", t.deleted_at is not null as "isTeamGone",
      l.team_id in (select m.team_id from moved m) as "hasTeamMoved", u.deleted_at is not null as "isUserGone",
      l.kind as "lastKind", l."isOfRun"
    from last l join team t on t.company_id = ${p('companyId')}::uuid and t.id = l.team_id
    join app_user u on u.company_id = ${p('companyId')}::uuid and u.id = l.user_id
    where l."isLost" order by l.team_id, l.user_id`,
  ),
);

/** The users of `userIds` are members again of the teams at the same places. */
export const giveBackMembers = statement<
  ChangeAuthor & { teamIds: string[]; userIds: string[] },
  { teamId: string; count: number }
>((db, p) =>
  asCompilable(
    db,
    sql`with added as (insert into team_membership (company_id, team_id, user_id)
        select ${p('companyId')}::uuid, n.team_id, n.user_id from unnest(${p('teamIds')}::uuid[], ${p('userIds')}::uuid[]) as n(team_id, user_id)
        on conflict do nothing returning team_id, user_id),
      met as (delete from pending_membership w using added a where w.company_id = ${p('companyId')}::uuid and w.team_id = a.team_id
        and w.user_id = a.user_id),
      logged as (${INTO_CHANGE}
        select ${authorValues(p)}, 'team.member_added', 'team', a.team_id, null::jsonb, jsonb_build_object('userId', a.user_id) from added a)
    select a.team_id as "teamId", count(*)::int as count from added a group by a.team_id`,
  ),
);

/** Teams are members again of those of `teamIds` that lost them to the run last, as far as both are there; one row for each. */
export const giveBackNestedTeams = statement<RunScope & ChangeAuthor & { teamIds: string[] }, { teamId: string }>(
  (db, p) =>
    asCompilable(
      db,
      sql`with last as (select distinct on (e.object_id, coalesce(e.before, e.after)->>'memberTeamId') e.object_id as team_id,
          (coalesce(e.before, e.after)->>'memberTeamId')::uuid as member_team_id, e.kind, ${isStillOfRun('e', p)} as "isOfRun"
        from change e where e.company_id = ${p('companyId')}::uuid and e.object_id = any(${p('teamIds')}::uuid[])
          and e.kind in ('team.nested_added', 'team.nested_removed') and (e.epoch, e.xid) >= (${p('fromEpoch')}::int, ${p('fromXid')}::text::xid8)
        order by e.object_id, coalesce(e.before, e.after)->>'memberTeamId', e.epoch desc, e.xid desc, e.no desc),
      lost as materialized (select l.team_id, l.member_team_id from last l where l."isOfRun" and l.kind = 'team.nested_removed'),
      there as (select t.id from team t where t.company_id = ${p('companyId')}::uuid and t.deleted_at is null
        and t.id in (select l.team_id from lost l union select l.member_team_id from lost l) order by t.id for key share of t),
      nested as (insert into team_nesting (company_id, team_id, member_team_id)
        select ${p('companyId')}::uuid, l.team_id, l.member_team_id from lost l
          where l.team_id in (select t.id from there t) and l.member_team_id in (select t.id from there t)
        on conflict do nothing returning team_id, member_team_id),
      logged as (${INTO_CHANGE}
        select ${authorValues(p)}, 'team.nested_added', 'team', n.team_id, null::jsonb,
          jsonb_build_object('memberTeamId', n.member_team_id) from nested n)
    select n.team_id as "teamId" from nested n`,
    ),
);

/** For teams that got members back. */
export const raiseTeams = statement<Several, { id: string }>((db, p) =>
  asCompilable(
    db,
    sql`update team t set version = version + 1, updated_at = greatest(now(), t.updated_at)
      where t.company_id = ${p('companyId')}::uuid and t.id = any(${p('ids')}::uuid[]) returning t.id`,
  ),
);

/** Users who were deleted have the roles again that ended with that. */
export const giveBackRoles = statement<RunScope & ChangeAuthor & { ids: string[] }, { userId: string }>((db, p) =>
  asCompilable(
    db,
    sql`with was as (select c.object_id as user_id, (c.before->>'roleId')::uuid as role_id, c.before->>'source' as source,
          coalesce((c.before->>'denied')::boolean, false) as denied
        from ${changesOfRun(p, 'role.unassigned')} and c.object_id = any(${p('ids')}::uuid[])
          and exists (select from change d where d.company_id = c.company_id and d.object_id = c.object_id and d.epoch = c.epoch
            and d.xid = c.xid and d.kind = 'user.deleted')),
      given as (insert into role_assignment (company_id, user_id, role_id, source, denied)
        select r.company_id, was.user_id, r.id, was.source, was.denied from was join role r on r.company_id = ${p('companyId')}::uuid
          and r.id = was.role_id
        on conflict do nothing returning user_id, role_id, source, denied),
      logged as (${INTO_CHANGE}
        select ${authorValues(p)}, case when g.denied then 'role.denied' else 'role.assigned' end, 'user', g.user_id, null::jsonb,
          jsonb_build_object('roleId', r.id, 'role', r.key, 'source', g.source, 'denied', g.denied)
        from given g join role r on r.company_id = ${p('companyId')}::uuid and r.id = g.role_id)
    select g.user_id as "userId" from given g`,
  ),
);

/** The same for access to projects, of users and of teams. */
export const giveBackAccess = statement<
  RunScope & ChangeAuthor & { userIds: string[]; teamIds: string[] },
  { projectId: string }
>((db, p) =>
  asCompilable(
    db,
    sql`with was as (select distinct c.object_id as project_id, (c.before->>'userId')::uuid as user_id, (c.before->>'teamId')::uuid as team_id
        from ${changesOfRun(p, 'project.access_revoked')} and ((c.before->>'userId')::uuid = any(${p('userIds')}::uuid[])
          or (c.before->>'teamId')::uuid = any(${p('teamIds')}::uuid[]))),
      given as (insert into project_access (company_id, id, project_id, user_id, team_id)
        select j.company_id, gen_random_uuid(), j.id, was.user_id, was.team_id from was join project j on j.company_id = ${p('companyId')}::uuid
          and j.id = was.project_id
        on conflict do nothing returning project_id, user_id, team_id),
      logged as (${INTO_CHANGE}
        select ${authorValues(p)}, 'project.access_granted', 'project', g.project_id, null::jsonb,
          jsonb_strip_nulls(jsonb_build_object('userId', g.user_id, 'teamId', g.team_id)) from given g)
    select g.project_id as "projectId" from given g`,
  ),
);
