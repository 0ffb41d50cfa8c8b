import { type QueryCreator, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Tables } from '../entities/index.js';
import type { ChangeAuthor, TeamRow } from '../rows.js';
import type { Arguments } from '../statement.js';
import { changeSelection } from './changes.js';
import { isSeenBy, type View } from './teams.js';

/* What the statements that write teams are made of. */

interface Write extends ChangeAuthor, View {}

interface Members {
  /** Distinct ids, at most as many as fit a request. */
  add: string[];
  /** Whether an id in `add` that names no user refuses the whole write. */
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
  /** Distinct ids, none of them in `add`. Of no effect where all others are removed anyway. */
  remove: string[];
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
  /** A directory meets a local team of the same name. */
  | 'ADOPTABLE';

export interface Judged {
  /** Anything but OK: nothing was changed. */
  verdict: Verdict;
  /** The directory that manages the team, if it is MANAGED_BY_DIRECTORY. */
  directoryName: string | null;
}

export interface ChangedTeam extends TeamRow, Judged {
  /** Ids in `add` that name no user which the actor sees. */
  unknown: string[];
}

/** `id` is the new team's, or the one to adopt; the rest of the row is null unless the verdict is OK. */
export interface CreatedTeam extends TeamRow {
  verdict: Verdict;
  adoptableId: string | null;
  unknown: string[];
}

/** The users among `add`, locked against being deleted meanwhile, in the order of their ids so that no two writers wait for each other. */
export const knownUsers = (q: QueryCreator<Tables>, p: Arguments<View & Members>) =>
  q
    .selectFrom('app_user')
    .select('app_user.id')
    .where('app_user.company_id', '=', p('companyId'))
    .where(sql<SqlBool>`app_user.id = any(${p('add')}::uuid[])`)
    .where('app_user.deleted_at', 'is', null)
    .where('app_user.break_glass', '=', sql<boolean>`false`)
    .where(isSeenBy('app_user', p))
    .orderBy('app_user.id')
    .forShare('app_user');

export const isRefusedForUnknown = (p: Arguments<Members>) =>
  sql<SqlBool>`(${p('refuseUnknown')}::boolean and (${p('hasMalformed')}::boolean
    or (select count(*) from known) < cardinality(${p('add')}::uuid[])))`;

export const unknownIds = (p: Arguments<Members>) =>
  sql<
    string[]
  >`array(select a.id::text from unnest(${p('add')}::uuid[]) as a(id) where not exists (select from known k where k.id = a.id))`;

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

const userId = (table: string) => sql`jsonb_build_object('userId', ${sql.ref(`${table}.user_id`)})`;

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
