import type { Database } from '#core-api/persistence/database.js';
import {
  type AccountRow,
  lastInvitation,
  type SignInCompany,
  withdrawTokens,
} from '#core-api/persistence/stores/local-accounts.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { inRecordTransaction, logChanges } from '../admin-record.js';
import { DomainError, notFound } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { RoleService } from '../role/role-service.js';
import { UserService } from '../user/user-service.js';
import type { UserParts, UserView } from '../user/user-types.js';
import { companyOf, localSignInOff, lockAccount, requireOpen } from './local-account-rules.js';
import { addressOf } from './local-ways.js';
import { checkMailAddress } from './mail-address.js';
import { issueOneTimeToken } from './one-time-tokens.js';
import { MINUTES, type SignInMail } from './sign-in-mail.js';

export interface Invitee {
  /** Where the invitation goes; the user's address from then on. */
  email: string;
  /** Left out: the address. */
  userName?: string | null;
  displayName?: string | null;
  roleIds?: string[] | null;
}

export interface Invited {
  user: UserView;
  /** False: the mail server did not take it; send it again. */
  isMailSent: boolean;
}

/** Invitations to the actor's company: a local user is made, and gets a link by which its person comes in for the first time. */
export class InvitationService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly mail: SignInMail,
  ) {}

  /**
   * @throws INVALID_VALUE | UNIQUENESS (userName) | NOT_FOUND (a role) | FORBIDDEN (roles whose permissions the actor lacks) | LOCAL_SIGN_IN_OFF | MAIL_OFF
   */
  async invite({ email, userName, displayName, roleIds }: Invitee, parts: UserParts): Promise<Invited> {
    this.#requireMail();
    const { address } = checkMailAddress(email, 'email');
    const { id, mail } = await inRecordTransaction(this.db, async ({ tx }) => {
      const company = await companyOf(tx, this.actor.companyId);
      if (company.policies.signIn === 'SSO_ONLY') throw localSignInOff();
      const { user } = await new UserService(tx, this.actor).create({
        userName: userName ?? address,
        displayName,
        emails: [{ value: address, type: 'work', primary: true }],
      });
      const roles = new RoleService(tx, this.actor);
      for (const roleId of roleIds ?? []) await roles.assign(user.id, roleId);
      return { id: user.id, mail: await this.#issue(tx, company, user.id, address) };
    });
    return this.#deliver(id, mail, parts);
  }

  /**
   * Sends a new link to a local user who has not come in yet; the former one works no more.
   *
   * @throws NOT_FOUND | INVALID_VALUE (no address to send it to; not active) | INVITATION_ACCEPTED | MANAGED_BY_DIRECTORY | LOCAL_SIGN_IN_OFF | MAIL_OFF
   */
  async resend(userId: string, parts: UserParts): Promise<Invited> {
    this.#requireMail();
    const mail = await inRecordTransaction(this.db, async ({ tx }) => {
      const company = await companyOf(tx, this.actor.companyId);
      const account = await lockAccount(tx, company.id, userId);
      requireOpen('INVITATION', company, account);
      await this.#requireOutside(tx, account);
      const to = addressOf(account, foldKey(account.userName));
      checkMailAddress(to ?? '', 'emails');
      await tx.run(withdrawTokens.bind({ companyId: company.id, userId, kinds: ['INVITATION'] }));
      return this.#issue(tx, company, userId, to!); // checked
    });
    return this.#deliver(userId, mail, parts);
  }

  /**
   * Takes an invitation back: its link works no more, and the user that was made for it is deactivated.
   *
   * @throws NOT_FOUND (also without an invitation) | INVITATION_ACCEPTED | LAST_OWNER
   */
  async withdraw(userId: string, parts: UserParts): Promise<UserView> {
    requirePermission(this.actor, 'users:write');
    const { companyId } = this.actor;
    return inRecordTransaction(this.db, async ({ tx }) => {
      const account = await lockAccount(tx, companyId, userId);
      await this.#requireOutside(tx, account);
      const [invitation] = await tx.run(lastInvitation.bind({ companyId, userId }));
      if (!invitation) throw notFound('Invitation', userId);
      await tx.run(withdrawTokens.bind({ companyId, userId, kinds: ['INVITATION', 'MAGIC_LINK', 'PASSWORD_RESET'] }));
      await this.#log(tx, userId, 'withdrawn', { expiresAt: invitation.expiresAt }, null);
      const { user } = await new UserService(tx, this.actor).deactivate(userId, {}, parts);
      return user;
    });
  }

  #requireMail(): void {
    requirePermission(this.actor, 'users:write');
    this.mail.requireAvailable();
  }

  /** @throws INVITATION_ACCEPTED */
  async #requireOutside(tx: Database, { id, passwordHash }: AccountRow): Promise<void> {
    const [invitation] = await tx.run(lastInvitation.bind({ companyId: this.actor.companyId, userId: id }));
    if (passwordHash !== null || (invitation && invitation.acceptedAt !== null))
      throw new DomainError('INVITATION_ACCEPTED', 'The user has come in already.', { id });
  }

  async #issue(tx: Database, company: SignInCompany, userId: string, to: string) {
    const { id: companyId } = company;
    const minutes = MINUTES.INVITATION;
    const token = await issueOneTimeToken(tx, { companyId, userId, kind: 'INVITATION', minutes });
    await this.#log(tx, userId, 'sent', null, { minutes });
    return this.mail.link('INVITATION', to, company, token);
  }

  /** By the user's id, which the invitation is known by. */
  #log(tx: Database, userId: string, action: string, before: object | null, after: object | null): Promise<void> {
    const change = { kind: `invitation.${action}`, objectType: 'invitation', objectId: userId, before, after };
    return logChanges(tx, this.actor, [change as Parameters<typeof logChanges>[2][number]]);
  }

  /** After the commit: what is mailed is true. */
  async #deliver(userId: string, mail: ReturnType<SignInMail['link']>, parts: UserParts): Promise<Invited> {
    const isMailSent = await this.mail.deliver(mail);
    const user = await new UserService(this.db, this.#reader()).get(userId, parts);
    return { user, isMailSent };
  }

  /** Whoever may write users may see the one that was written, as with every other mutation. */
  #reader(): CompanyActor {
    return { ...this.actor, permissions: new Set(this.actor.permissions).add('users:read') };
  }
}
