import { type RawBuilder, sql } from 'kysely';
import type { TeamRow } from '../rows.js';
import { type Arguments, type Statement, statement } from '../statement.js';
import { authorValues, INTO_CHANGE } from './changes.js';
import {
  type ChangeTeam,
  changedAt,
  isOtherVersion,
  isQueued,
  isStale,
  NOTHING,
  queueAtTeam,
  userId,
} from './team-write-parts.js';
import { isSeenBy, teamColumns } from './teams.js';

/*
 * Users who join or leave a team, as happens all day: what `changeTeam` does where there is nothing else to it, in half of its parts. These statements
 * have a row only for what they did. Where an id is a team's, or no user's whom the actor sees, or was waited for, where the team would be taken over, is
 * another's, or was written meanwhile, they change nothing, and `changeTeam` says what there is to say.
 */

type OfMembers = Omit<ChangeTeam, 'displayName' | 'displayNameKey' | 'setsExternalId' | 'externalId'>;
type P = Arguments<OfMembers>;

/** The team, locked as all who write it do; it is the actor's own. */
const lockedTeam = (p: P) => sql`queued as (select ${queueAtTeam(sql`${p('teamId')}::uuid`)}),
  locked as (select * from team where team.company_id = ${p('companyId')}::uuid and team.id = ${p('teamId')}::uuid and team.deleted_at is null
    and team.directory_id is not distinct from ${p('directoryId')}::uuid and ${isQueued} for no key update of team)`;

const isWaitedFor = (p: P, ids: RawBuilder<unknown>) => sql`exists (select from pending_membership w
    where w.company_id = ${p('companyId')}::uuid and w.team_id = ${p('teamId')}::uuid and w.user_id = any(${ids}))`;

interface Change {
  kind: 'team.member_added' | 'team.member_removed';
  before: RawBuilder<unknown>;
  after: RawBuilder<unknown>;
}

/** Given `ok`, the team, and `written`, the memberships that came or went: the team's next version, the log, and the team as it is then. */
const completed = (p: P, { kind, before, after }: Change) => sql`,
  updated as (update team set version = team.version + 1, updated_at = ${changedAt} from ok
    where team.company_id = ${p('companyId')}::uuid and team.id = ok.id and exists (select from written) returning team.*),
  logged as (${INTO_CHANGE}
    select ${authorValues(p as never)}, ${sql.lit(kind)}, 'team', ${p('teamId')}::uuid, ${before}, ${after} from written),
  current as (select * from updated union all select * from ok where not exists (select from updated))
  select ${sql.join(teamColumns('current'))} from current`;

const asStatement = (build: (p: P) => RawBuilder<TeamRow>): Statement<OfMembers, TeamRow> =>
  statement((db, p) => ({ compile: () => build(p).compile(db) }));

/** Adds users; who is a member already stays one. Not told of any to remove. */
export const addMembers = asStatement((p) => {
  const ids = sql`${p('add')}::uuid[]`;
  return sql`with ${lockedTeam(p)},
  named as (select u.id from app_user u where u.company_id = ${p('companyId')}::uuid and u.id = any(${ids}) and u.deleted_at is null
    and not u.break_glass and ${isSeenBy('u', p)} and (select count(*) from locked) >= 0 order by u.id for share of u),
  ok as (select locked.* from locked where (${isOtherVersion(p)}) is not true and not ${isWaitedFor(p, ids)}
    and (select count(*) from named) = cardinality(${ids})),
  written as (insert into team_membership (company_id, team_id, user_id) select ok.company_id, ok.id, named.id from ok cross join named
    on conflict do nothing returning user_id)${completed(p, { kind: 'team.member_added', before: NOTHING, after: userId('written') })}`;
});

/** Removes members; who is none stays none. Not told of any to add. */
export const removeMembers = asStatement((p) => {
  const ids = sql`${p('remove')}::uuid[]`;
  const isOfTeams = sql`exists (select from team s where s.company_id = ${p('companyId')}::uuid and s.id = any(${ids}))`;
  return sql`with ${lockedTeam(p)},
  ok as (select locked.* from locked where (${isOtherVersion(p)}) is not true and not ${isStale(p)} and not ${isWaitedFor(p, ids)} and not ${isOfTeams}),
  written as (delete from team_membership m using ok where m.company_id = ${p('companyId')}::uuid and m.team_id = ok.id and m.user_id = any(${ids})
    returning m.user_id)${completed(p, { kind: 'team.member_removed', before: userId('written'), after: NOTHING })}`;
});
