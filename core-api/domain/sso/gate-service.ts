import type { Database } from '#core-api/persistence/database.js';
import { holdUser } from '#core-api/persistence/stores/role-assignments.js';
import * as store from '#core-api/persistence/stores/sso-subjects.js';
import { authorOf, type CompanyActor, requireOwner, requirePermission } from '../actor.js';
import { resolveAlarm } from '../alarm/alarms.js';
import { invalidValue, notFound } from '../errors.js';
import { isId } from '../new-id.js';
import { endSessions, requireFresh } from '../sign-in/sessions.js';

/** A list that is longer than people can keep an eye on exempts nobody in particular. */
const MOST_EXEMPT = 100;

/** Whom single sign-on knows by which name, and who is let in without being provisioned. */
export class GateService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** Also of a deleted user; none for somebody whom no connection knows. */
  async subjectsOf(userId: string): Promise<store.BoundSubject[]> {
    requirePermission(this.actor, 'users:read');
    requirePermission(this.actor, 'directories:read');
    const { companyId } = this.actor;
    return isId(userId) ? this.db.run(store.subjectsOfUser.bind({ companyId, userId })) : [];
  }

  /**
   * Lets a connection forget a user: whoever signs in by it next under the user's name is bound anew. What the user opened by it ends.
   *
   * @throws FORBIDDEN (whoever is no owner) | STEP_UP_REQUIRED | NOT_FOUND (the connection does not know the user)
   */
  async unbind(userId: string, connectionId: string): Promise<void> {
    this.#requireChange();
    await this.db.inTransaction(async (tx) => {
      const [gone] =
        isId(userId) && isId(connectionId)
          ? await tx.run(store.unbindSubject.bind({ ...authorOf(this.actor), userId, connectionId }))
          : [];
      if (!gone) throw notFound('SsoSubject', userId);
      await endSessions(tx, this.actor, { userId, connectionId }, 'CONNECTION_CHANGED');
      await resolveAlarm(tx, this.actor, { kind: 'SUBJECT_CHANGED', subjectId: userId });
    });
  }

  async exemptions(): Promise<store.ExemptionRow[]> {
    requirePermission(this.actor, 'users:read');
    return this.db.run(store.listExemptions.bind({ companyId: this.actor.companyId }));
  }

  /** Nothing happens when the user is exempt. @throws FORBIDDEN (whoever is no owner) | STEP_UP_REQUIRED | NOT_FOUND | INVALID_VALUE (there are 100) */
  async exempt(userId: string): Promise<void> {
    this.#requireChange();
    const { companyId } = this.actor;
    await this.db.inTransaction(async (tx) => {
      const [user] = isId(userId) ? await tx.run(holdUser.bind({ companyId, id: userId })) : [];
      if (!user) throw notFound('User', userId);
      const added = await tx.run(store.addExemption.bind({ ...authorOf(this.actor), userId }));
      if (added.length > 0 && (await tx.run(store.listExemptions.bind({ companyId }))).length > MOST_EXEMPT)
        throw invalidValue('userId', `At most ${MOST_EXEMPT} users are exempt.`);
    });
  }

  /** Nothing happens when the user is not exempt. @throws FORBIDDEN (whoever is no owner) | STEP_UP_REQUIRED */
  async endExemption(userId: string): Promise<void> {
    this.#requireChange();
    if (isId(userId)) await this.db.run(store.removeExemption.bind({ ...authorOf(this.actor), userId }));
  }

  #requireChange(): void {
    requireOwner(this.actor);
    requireFresh(this.actor);
  }
}
