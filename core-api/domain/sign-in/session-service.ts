import { type SqlBool, sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import { SESSIONS, type SessionRow } from '#core-api/persistence/stores/admin-tables.js';
import { ALWAYS, allOf, type Condition } from '#core-api/persistence/stores/filter-sql.js';
import { isUserKnown } from '#core-api/persistence/stores/losing-access.js';
import { IS_RUNNING } from '#core-api/persistence/stores/sessions.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import { invalidValue, notFound } from '../errors.js';
import { isId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { endSessions } from './sessions.js';

export interface SessionFilter extends Logic<SessionFilter> {
  id?: StringFilter | null;
  userId?: StringFilter | null;
  connectionId?: StringFilter | null;
}

/** Where people are signed in: for each user the own sessions, and for whoever has `users:write` those of everybody. */
export class SessionService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** Those that are open, the oldest first. */
  async list(request: PageRequest<SessionFilter, never>): Promise<Page<SessionRow>> {
    this.#requireSome();
    const { userId } = this.actor;
    const visible: Condition = this.#seesAll ? ALWAYS : sql<SqlBool>`session.user_id = ${userId}::uuid`;
    return listRecords(this.db, SESSIONS, {}, this.actor.companyId, request, allOf([visible, IS_RUNNING]));
  }

  /** Also one that is over. @throws NOT_FOUND */
  async get(id: string): Promise<SessionRow> {
    this.#requireSome();
    const session = await getRecord(this.db, SESSIONS, 'Session', this.actor.companyId, id);
    if (!this.#seesAll && session.userId !== this.actor.userId) throw notFound('Session', id);
    return session;
  }

  /** From now on nobody is let in by it, on no instance. Nothing happens when it is over. @throws NOT_FOUND */
  async end(id: string): Promise<SessionRow> {
    const session = await this.get(id);
    await endSessions(this.db, this.actor, { id }, this.#reasonFor(session.userId));
    return session;
  }

  /**
   * Signs somebody out everywhere. Personal API keys stay.
   *
   * @param userId null: the actor's own user.
   * @param keepCurrent whether the session that asks stays.
   * @returns how many sessions ended.
   * @throws NOT_FOUND | FORBIDDEN | INVALID_VALUE (nobody named, and nobody asks)
   */
  async endAll(userId: string | null, keepCurrent: boolean): Promise<number> {
    this.#requireSome();
    const { companyId, session } = this.actor;
    const whose = userId ?? this.actor.userId;
    if (whose === undefined) throw invalidValue('userId', 'Say whose sessions end: this credential is of no user.');
    if (whose !== this.actor.userId) requirePermission(this.actor, 'users:write');
    const [user] = isId(whose) ? await this.db.run(isUserKnown.bind({ companyId, id: whose })) : [];
    if (!user) throw notFound('User', whose);
    const except = keepCurrent ? session?.id : undefined;
    return endSessions(this.db, this.actor, { userId: whose, except }, this.#reasonFor(whose));
  }

  get #seesAll(): boolean {
    return this.actor.permissions.has('users:write');
  }

  #reasonFor(userId: string) {
    return userId === this.actor.userId ? 'SIGNED_OUT' : 'ENDED';
  }

  /** Whoever is nobody in particular, and may not sign others out, has no sessions. @throws FORBIDDEN */
  #requireSome(): void {
    if (this.actor.userId === undefined) requirePermission(this.actor, 'users:write');
  }
}
