import type { Database } from '#core-api/persistence/database.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import {
  type AccountRow,
  breakGlassOwners,
  type InvitationRow,
  lastInvitation,
  setBreakGlass,
} from '#core-api/persistence/stores/local-accounts.js';
import { lockOwnerRole } from '#core-api/persistence/stores/role-assignments.js';
import { confirmSecondFactor, deleteSecondFactor } from '#core-api/persistence/stores/second-factors.js';
import { authorOf, type CompanyActor, requireOwner, requirePermission } from '../actor.js';
import { checkName, inRecordTransaction } from '../admin-record.js';
import { hashPassword, verifyPassword } from '../auth/password.js';
import { DomainError, forbidden, invalidValue } from '../errors.js';
import { countAttempt, takeBack } from './attempts.js';
import { replacePassword } from './links.js';
import { companyOf, getAccount, lockAccount, requireOpen } from './local-account-rules.js';
import { accountKey } from './local-ways.js';
import { checkNewPassword } from './password-rules.js';
import { proposeSecondFactor, takeCode } from './second-factor.js';
import { requireFresh, type Visitor } from './sessions.js';

/** By what one user can come in beside single sign-on. */
export interface LocalAccount {
  userId: string;
  isBreakGlass: boolean;
  hasPassword: boolean;
  hasSecondFactor: boolean;
  /** The last one; null: there was none. */
  invitation: InvitationRow | null;
}

/** Passwords, second factors and break-glass accounts of the actor's company: people see to their own, owners to the rest. */
export class LocalAccountService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly keyRing: KeyRing,
  ) {}

  /** @throws NOT_FOUND */
  async get(userId: string): Promise<LocalAccount> {
    if (userId !== this.actor.userId) requirePermission(this.actor, 'users:read');
    const { companyId } = this.actor;
    return this.#shown(this.db, await getAccount(this.db, companyId, userId));
  }

  /**
   * A new password for whoever is signed in; all their other sessions end.
   *
   * @param currentPassword needed where there is one; without one the session has to be fresh.
   * @returns how many sessions ended.
   * @throws FORBIDDEN (nobody is signed in) | INVALID_VALUE (also a current password that is wrong) | STEP_UP_REQUIRED | MANAGED_BY_DIRECTORY | LOCAL_SIGN_IN_OFF |
   *   TOO_MANY_ATTEMPTS
   */
  async setOwnPassword(currentPassword: string | null, newPassword: string): Promise<number> {
    const { companyId } = this.actor;
    const userId = this.#self();
    const before = await this.#own();
    const names = [before.userName, ...before.emails.flatMap(({ value }) => value ?? [])];
    checkNewPassword(newPassword, names, 'newPassword');
    if (before.passwordHash === null) requireFresh(this.actor);
    else await this.#requirePassword(before, before.passwordHash, currentPassword);
    const passwordHash = await hashPassword(newPassword);
    return inRecordTransaction(this.db, async ({ tx }) => {
      const held = await lockAccount(tx, companyId, userId);
      if (held.passwordHash !== before.passwordHash) throw wrongPassword();
      return replacePassword(tx, this.actor, userId, passwordHash);
    });
  }

  /** Counted as at the door: whoever finds an open session must not guess the password here. */
  async #requirePassword({ userName }: AccountRow, hash: string, password: string | null): Promise<void> {
    const { companyId } = this.actor;
    const attempt = await countAttempt(this.db, 'PASSWORD', `${companyId} ${accountKey(userName)}`, this.#visitor());
    if (!(await verifyPassword(hash, password ?? ''))) throw wrongPassword();
    await takeBack(this.db, attempt);
  }

  /**
   * A secret for an authenticator app. It is asked for only once a first code has confirmed it.
   *
   * @param label what the app calls the account; null: the user name.
   * @throws FORBIDDEN (nobody is signed in) | STEP_UP_REQUIRED | INVALID_VALUE | UNIQUENESS (there is a confirmed one) | MANAGED_BY_DIRECTORY | LOCAL_SIGN_IN_OFF
   */
  async enrolSecondFactor(label: string | null): Promise<{ secret: string; uri: string }> {
    const { companyId } = this.actor;
    requireFresh(this.actor);
    const { id: userId, userName } = await this.#own();
    const company = await companyOf(this.db, companyId);
    const names = {
      companyId,
      userId,
      issuer: company.name,
      label: label === null ? userName : checkName(label, 'label'),
    };
    const proposed = await proposeSecondFactor(this.db, this.keyRing, names);
    if (!proposed)
      throw new DomainError('UNIQUENESS', 'There is a second factor already: remove it first.', {
        field: 'secondFactor',
      });
    return proposed;
  }

  /** @throws FORBIDDEN (nobody is signed in) | INVALID_VALUE (the code is wrong, or there is nothing to confirm) | TOO_MANY_ATTEMPTS */
  async confirmSecondFactor(code: string): Promise<LocalAccount> {
    const { companyId } = this.actor;
    const userId = this.#self();
    const attempt = await countAttempt(this.db, 'CODE', `${companyId} ${userId}`, this.#visitor());
    const account = await inRecordTransaction(this.db, async ({ tx }) => {
      const held = await lockAccount(tx, companyId, userId);
      if (!(await takeCode(tx, this.keyRing, { companyId, userId }, code)))
        throw invalidValue('code', 'The code is wrong, or was used already. Wait for the next one.');
      await tx.run(confirmSecondFactor.bind({ ...authorOf(this.actor), userId }));
      return this.#shown(tx, { ...held, hasSecondFactor: true });
    });
    await takeBack(this.db, attempt);
    return account;
  }

  /**
   * Takes a second factor away, so that the password is enough again; nothing happens when there is none.
   *
   * @param userId null: one's own; another's only by an owner, for whoever has lost their telephone.
   * @throws NOT_FOUND | FORBIDDEN | STEP_UP_REQUIRED
   */
  async removeSecondFactor(userId: string | null): Promise<LocalAccount> {
    const { companyId } = this.actor;
    const of = userId ?? this.#self();
    if (of !== this.actor.userId || !this.actor.session) requireOwner(this.actor);
    requireFresh(this.actor);
    return inRecordTransaction(this.db, async ({ tx }) => {
      const held = await lockAccount(tx, companyId, of);
      await tx.run(deleteSecondFactor.bind({ ...authorOf(this.actor), userId: of }));
      return this.#shown(tx, { ...held, hasSecondFactor: false });
    });
  }

  /**
   * Puts a local user among those of last resort, who come in also where single sign-on is all there is, and whom no directory sees; or takes one out.
   *
   * @throws NOT_FOUND | FORBIDDEN | STEP_UP_REQUIRED | INVALID_VALUE (not active) | MANAGED_BY_DIRECTORY | LAST_OWNER (no owner of last resort would remain)
   */
  async setBreakGlass(userId: string, breakGlass: boolean): Promise<LocalAccount> {
    requireOwner(this.actor);
    requireFresh(this.actor);
    const { companyId } = this.actor;
    return inRecordTransaction(this.db, async ({ tx }) => {
      // As with every change that could leave the company without its last owner: first the lock, then the look.
      await tx.run(lockOwnerRole.bind({ companyId }));
      const held = await lockAccount(tx, companyId, userId);
      if (breakGlass) requireOpen('PASSWORD', await companyOf(tx, companyId), { ...held, breakGlass });
      else {
        const owners = await tx.run(breakGlassOwners.bind({ companyId }));
        if (owners.length === 1 && owners[0]!.id === userId)
          throw new DomainError('LAST_OWNER', 'At least one break-glass owner must remain.', { id: userId });
      }
      await tx.run(setBreakGlass.bind({ ...authorOf(this.actor), userId, breakGlass }));
      return this.#shown(tx, { ...held, breakGlass });
    });
  }

  async #shown(db: Database, account: AccountRow): Promise<LocalAccount> {
    const { id: userId, breakGlass, passwordHash, hasSecondFactor } = account;
    const [invitation] = await db.run(lastInvitation.bind({ companyId: this.actor.companyId, userId }));
    return {
      userId,
      isBreakGlass: breakGlass,
      hasPassword: passwordHash !== null,
      hasSecondFactor,
      invitation: invitation ?? null,
    };
  }

  /** Whoever is signed in: a key, also a personal one, has no password to change. @throws FORBIDDEN */
  #self(): string {
    if (!this.actor.session || this.actor.userId === undefined)
      throw forbidden('Only somebody who is signed in can do this, for themselves.');
    return this.actor.userId;
  }

  /** @throws FORBIDDEN | MANAGED_BY_DIRECTORY | LOCAL_SIGN_IN_OFF */
  async #own(): Promise<AccountRow> {
    const { companyId } = this.actor;
    const account = await getAccount(this.db, companyId, this.#self());
    requireOpen('PASSWORD', await companyOf(this.db, companyId), account);
    return account;
  }

  #visitor(): Visitor {
    const { clientAddress: address, userAgent, requestId } = this.actor;
    return { address, userAgent, requestId: requestId ?? '' };
  }
}

function wrongPassword(): DomainError {
  return new DomainError('INVALID_VALUE', 'The current password is wrong.', { field: 'currentPassword' });
}
