import { type QueryCreator, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Tables } from '../entities/index.js';
import type { ChangeAuthor, TeamRow } from '../rows.js';
import type { Arguments } from '../statement.js';
import { changeSelection } from './changes.js';
import type { Condition } from './filter-sql.js';
import type { NestedMembers } from './team-nesting-writes.js';
import { isSeenBy, type View } from './teams.js';

/* What the statements that write teams are made of. */

interface Write extends ChangeAuthor, View {}

interface Members extends NestedMembers {
  /** Whether an id in `add` that names neither a user nor a team refuses the whole write. */
  refuseUnknown: boolean;
  /** Whether the request also held ids that cannot be one of ours. */
  hasMalformed: boolean;
}

export interface CreateTeam extends Write, Members {
  teamId: string;
  displayName: string;
  displayNameKey: string;
  externalId: string | null;
}

export interface ChangeTeam extends Write, Members {
  teamId: string;
  expectedVersion: number | null;
  /** Null: stays. */
  displayName: string | null;
  displayNameKey: string | null;
  setsExternalId: boolean;
  externalId: string | null;
  /** Distinct ids, none of them in `add`. */
  remove: string[];
  /** Whether the users, and the teams, that are members already stay only if `add` names them. Looked at by `changeWholeTeam` alone. */
  dropsUsers: boolean;
  dropsTeams: boolean;
  /** Whether anything is to be changed at all: what a team's directory owns is all there is. */
  isTouching: boolean;
}

export interface DeleteTeam extends Write {
  teamId: string;
  expectedVersion: number | null;
}

export type Verdict =
  | 'OK'
  | 'VERSION_MISMATCH'
  | 'MANAGED_BY_DIRECTORY'
  | 'NOT_MANAGED'
  | 'UNKNOWN_MEMBER'
  | 'STALE'
  /** It is about teams inside the team, and the statement about users only. */
  | 'NESTS'
  /** A directory meets a local team of the same name. */
  | 'ADOPTABLE';

export interface Judged {
  /** Anything but OK: nothing was changed. */
  verdict: Verdict;
  /** The directory that manages the team, if it is MANAGED_BY_DIRECTORY. */
  directoryName: string | null;
}

export interface ChangedTeam extends TeamRow, Judged {
  /** Ids in `add` that name no user and no team which the actor sees. */
  unknown: string[];
  /** Ids in `add` of teams that were left out: the team itself, or all of them. */
  skipped: string[];
  /** The fields of a local team that had another value, when a directory adopted it by this; else null. */
  overwritten: string[] | null;
}

/** `id` is the new team's, or the one to adopt; the rest of the row is null unless the verdict is OK. */
export interface CreatedTeam extends TeamRow {
  verdict: Verdict;
  adoptableId: string | null;
  unknown: string[];
  skipped: string[];
}

/** The users that `add` names, whoever sees them. */
interface Named {
  id: string;
  isSeen: boolean;
  breakGlass: boolean;
}

/**
 * The users that `add` names, locked so that none of them goes away or comes back meanwhile, in the order of their ids so that no two writers wait
 * for each other. To be named `named`.
 */
export const namedUsers = (q: QueryCreator<Tables>, p: Arguments<View & Members>) =>
  q
    .selectFrom('app_user')
    .select([
      'app_user.id',
      'app_user.break_glass as breakGlass',
      sql<boolean>`(app_user.deleted_at is null and not app_user.break_glass and ${isSeenBy('app_user', p)}) is true`.as(
        'isSeen',
      ),
    ])
    .where('app_user.company_id', '=', p('companyId'))
    .where(sql<SqlBool>`app_user.id = any(${p('add')}::uuid[])`)
    .orderBy('app_user.id')
    .forShare('app_user');

/** Those of `named` that can be members. To be named `known`. */
export const knownUsers = (q: QueryCreator<{ named: Named }>) =>
  q.selectFrom('named').select('named.id').where('named.isSeen', '=', sql<boolean>`true`);

/**
 * Keeps the members that a directory names and does not see, until they appear. Ids are made here, so one that is no row's never becomes one's: it is
 * not kept, and nobody fills the table with such ids.
 *
 * @param team the part of the statement that holds the written team.
 */
export const keptPending = (
  q: QueryCreator<Pick<Tables, 'pending_membership'> & { named: Named }>,
  p: Arguments<View>,
  team: 'created' | 'ok',
) =>
  q
    .insertInto('pending_membership')
    .columns(['company_id', 'team_id', 'user_id', 'directory_id'])
    .expression(
      q
        .selectFrom(['named', sql<Pick<Tables['team'], 'company_id' | 'id'>>`${sql.ref(team)}`.as<'t'>(sql`t`)])
        .where('named.isSeen', '=', sql<boolean>`false`)
        .where('named.breakGlass', '=', sql<boolean>`false`)
        .where(sql<SqlBool>`${p('directoryId')}::uuid is not null`)
        .select([
          't.company_id',
          't.id as team_id',
          'named.id as user_id',
          sql<string>`${p('directoryId')}::uuid`.as('directory_id'),
        ]),
    )
    .onConflict((conflict) => conflict.doNothing());

/** Nobody of `which` is waited for any more, if the write goes through. */
export const droppedPending = (
  q: QueryCreator<Pick<Tables, 'pending_membership'>>,
  p: Arguments<View & { teamId: string }>,
  which: Condition,
) =>
  q
    .deleteFrom('pending_membership')
    .where('pending_membership.company_id', '=', p('companyId'))
    .where('pending_membership.team_id', '=', p('teamId'))
    .where(which)
    .where(sql<SqlBool>`exists (select from ok)`);

export const isRefusedForUnknown = (p: Arguments<Members & { teamId: string }>) =>
  sql<SqlBool>`(${p('refuseUnknown')}::boolean and (${p('hasMalformed')}::boolean or cardinality(${unknownIds(p)}) > 0))`;

/** Ids in `add` that are neither `known` nor `inside` nor the written team's own. */
export const unknownIds = (p: Arguments<Members & { teamId: string }>) =>
  sql<string[]>`array(select a.id::text from unnest(${p('add')}::uuid[]) as a(id)
    where a.id not in (select k.id from known k union all select i.id from inside i) and a.id <> ${p('teamId')}::uuid)`;

/** Whether an id that the write names is a team's. Where all are known users, nothing is looked up. */
export const namesTeams = (p: Arguments<Members & { companyId: string }>, ids: RawBuilder<unknown>) =>
  sql<SqlBool>`((select count(*) from known) < cardinality(${ids}) and exists (select from team s
    where s.company_id = ${p('companyId')}::uuid and s.id = any(${ids})))`;

/** Any fixed number of our own: the class of the advisory locks of teams. */
const TEAM_LOCKS = 7_305;

/** Waits for those who write the team of this id, an expression, until the transaction ends. */
export const queueAtTeam = (id: RawBuilder<unknown>) =>
  sql<unknown>`pg_advisory_xact_lock(${sql.lit(TEAM_LOCKS)}, ${teamLock(id)})`;

/** Whoever locks several teams goes in the order of this number. */
export const teamLock = (id: RawBuilder<unknown>) => sql<number>`hashtext((${id})::text)`;

/** To be named `queued`; `isQueued` makes what follows wait for it. */
export const queuedAtTeam = (q: QueryCreator<Tables>, p: Arguments<{ teamId: string }>) =>
  q.selectNoFrom(queueAtTeam(sql`${p('teamId')}::uuid`).as('done'));

export const isQueued = sql<SqlBool>`(select count(*) from queued) >= 0`;

/** The locked team, if it is there and seen. */
export const lockedTeam = (q: QueryCreator<Tables>, p: Arguments<View & { teamId: string }>) =>
  q
    .selectFrom('team')
    .selectAll('team')
    .where('team.company_id', '=', p('companyId'))
    .where('team.id', '=', p('teamId'))
    .where('team.deleted_at', 'is', null)
    .where(isSeenBy('team', p))
    .forNoKeyUpdate('team');

/** The team was written between the statement's snapshot and its lock. */
export const isStale = (p: Arguments<View & { teamId: string }>) =>
  sql<SqlBool>`locked.version <> (select s.version from team s where s.company_id = ${p('companyId')} and s.id = ${p('teamId')})`;

export const isOtherVersion = (p: Arguments<{ expectedVersion: number | null }>) =>
  sql<SqlBool>`locked.version <> ${p('expectedVersion')}::int`;

export const directoryName = (p: Arguments<View>) =>
  sql<string | null>`(select d.name from directory d where judged.verdict = 'MANAGED_BY_DIRECTORY'
    and d.company_id = ${p('companyId')} and d.id = judged.directory_id)`;

/** Now, but never before the last change: who waited for the lock began before whoever held it. */
export const changedAt = sql<never>`greatest(now(), team.updated_at)`;

export const NOTHING = sql`null::jsonb`;

export const userId = (table: string) => sql`jsonb_build_object('userId', ${sql.ref(`${table}.user_id`)})`;

export const memberAdded = (p: Arguments<ChangeAuthor & { teamId: string }>) =>
  changeSelection(p, {
    kind: 'team.member_added',
    objectType: 'team',
    objectId: sql<string>`${p('teamId')}::uuid`,
    before: NOTHING,
    after: userId('added'),
  });

export const memberRemoved = (p: Arguments<ChangeAuthor & { teamId: string }>) =>
  changeSelection(p, {
    kind: 'team.member_removed',
    objectType: 'team',
    objectId: sql<string>`${p('teamId')}::uuid`,
    before: userId('removed'),
    after: NOTHING,
  });

export const wholeTeam = (table: string) => sql`jsonb_build_object('displayName', ${sql.ref(`${table}.display_name`)},
  'externalId', ${sql.ref(`${table}.external_id`)}, 'directoryId', ${sql.ref(`${table}.directory_id`)})`;
