import { type SqlBool, sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import type { ChangeRow } from '#core-api/persistence/rows.js';
import { listChanges } from '#core-api/persistence/stores/changes.js';
import { allOf, type Condition } from '#core-api/persistence/stores/filter-sql.js';
import { isUserKnown } from '#core-api/persistence/stores/losing-access.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { notFound } from '../errors.js';
import { isId } from '../new-id.js';

/** What a user could come in by, as the change log names the end of it. */
const ENDS = {
  'session.ended': 'SESSION',
  'api_key.revoked': 'API_KEY',
  'directory_token.revoked': 'DIRECTORY_TOKEN',
  'one_time_token.ended': 'ONE_TIME_TOKEN',
  'sso_request.ended': 'SIGN_IN',
} as const;

export type EndedKind = (typeof ENDS)[keyof typeof ENDS];

export interface EndedAccess {
  kind: EndedKind;
  id: string;
  /** What a key or token is called, how a session was begun, what a link or a sign-in was for; null once the user was erased. */
  what: string | null;
  endedAt: string;
}

export interface OffboardingReceipt {
  userId: string;
  lostAt: string;
  /** The entry of the log by which access was lost. */
  change: ChangeRow;
  ended: EndedAccess[];
}

const LOSSES: readonly string[] = ['user.deactivated', 'user.deleted'];
const MOST = 1_000;
const RETURNS: readonly string[] = ['user.reactivated', 'user.revived', 'user.restored'];

/** What became of the accesses of those who left, by what the change log says. */
export class OffboardingService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /**
   * What ended when the user lost access the last time: who is deleted after a deactivation lost it by that. What the log does not show yet is not in it.
   *
   * @returns null for somebody who never lost it. At most 1,000 ends, the first of them.
   * @throws NOT_FOUND (no such user; a deleted one is there)
   */
  async receipt(userId: string): Promise<OffboardingReceipt | null> {
    for (const needed of ['users:read', 'audit:read'] as const) requirePermission(this.actor, needed);
    const { companyId } = this.actor;
    const [user] = isId(userId) ? await this.db.run(isUserKnown.bind({ companyId, id: userId })) : [];
    if (!user) throw notFound('User', userId);

    const losses = lastLosses(await this.#changes(isOfLife(userId), 'desc'));
    const first = losses[0];
    if (!first) return null;
    const ends = await this.#changes(allOf([isAnEnd(userId), isOfOneOf(losses)]), 'asc');
    return { userId, lostAt: first.at, change: first, ended: ends.map(toEnded) };
  }

  #changes(filter: Condition, direction: 'asc' | 'desc'): Promise<ChangeRow[]> {
    return this.db.run(listChanges(this.actor.companyId, { filter, direction, beyond: null, limit: MOST }));
  }
}

/** From the newest on: the losses up to the return before them, the oldest first. */
function lastLosses(life: readonly ChangeRow[]): ChangeRow[] {
  const last = life.findIndex(({ kind }) => LOSSES.includes(kind));
  if (last < 0) return [];
  const back = life.findIndex((change, i) => i > last && isReturn(change));
  const since = life.slice(last, back < 0 ? life.length : back);
  return since.filter(({ kind }) => LOSSES.includes(kind)).reverse();
}

function isReturn({ kind, after }: ChangeRow): boolean {
  return RETURNS.includes(kind) || (after as { active?: unknown } | null)?.active === true;
}

const isOfLife = (userId: string): Condition =>
  sql<SqlBool>`change.object_id = ${userId}::uuid and change.object_type = 'user'
    and (change.kind = any(${[...LOSSES, ...RETURNS]}::text[]) or change.after ->> 'active' = 'true')`;

const isAnEnd = (userId: string): Condition =>
  sql<SqlBool>`change.kind = any(${Object.keys(ENDS)}::text[]) and change.after ->> 'userId' = ${userId}::text`;

/** Whether it happened in the transaction of one of these. */
const isOfOneOf = (changes: readonly ChangeRow[]): Condition =>
  sql<SqlBool>`(change.epoch, change.xid) in (${sql.join(changes.map(({ epoch, xid }) => sql`(${epoch}::int, ${xid}::text::xid8)`))})`;

function toEnded({ kind, objectId, after, at }: ChangeRow): EndedAccess {
  const said = after as { name?: string; method?: string; kind?: string; purpose?: string };
  return {
    kind: ENDS[kind as keyof typeof ENDS],
    id: objectId,
    what: said.name ?? said.method ?? said.kind ?? said.purpose ?? null,
    endedAt: at,
  };
}
