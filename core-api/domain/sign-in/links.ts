import type { Database } from '#core-api/persistence/database.js';
import {
  companyById,
  holdAccount,
  type SignInCompany,
  setPassword,
  withdrawTokens,
} from '#core-api/persistence/stores/local-accounts.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { hashPassword } from '../auth/password.js';
import { countAttempt, rememberAddress } from './attempts.js';
import { type Arrival, comeIn, type Entry, LINK_OVER, type LocalSignInParts, logRefusal, notedIn } from './entry.js';
import { accountKey, addressOf, findAccountNamed, whyNot } from './local-ways.js';
import { findOneTimeToken, issueOneTimeToken, takeOneTimeToken } from './one-time-tokens.js';
import { checkNewPassword } from './password-rules.js';
import { endSessions, type Visitor, visitorActor } from './sessions.js';
import { MINUTES } from './sign-in-mail.js';

/** Tokens that a new password makes worthless: they were asked for before it. */
const ENDED_BY_NEW_PASSWORD = ['MAGIC_LINK', 'PASSWORD_RESET', 'SECOND_FACTOR', 'AUTHORIZATION_CODE'];

/**
 * Mails a link that signs somebody in, or one to choose a new password. Whether there is anybody to mail to shows nowhere: the same statements run, only
 * that the token of nobody is sent to nobody.
 *
 * @throws MAIL_OFF | TOO_MANY_ATTEMPTS
 */
export async function sendLink(
  { db: whole, mail }: LocalSignInParts,
  company: SignInCompany,
  { name, kind }: { name: string; kind: 'MAGIC_LINK' | 'PASSWORD_RESET' },
  { visitor, returnTo }: Pick<Arrival, 'visitor' | 'returnTo'>,
): Promise<void> {
  mail.requireAvailable();
  const { id: companyId } = company;
  const key = accountKey(name);
  await countAttempt(whole, 'MAIL', `${companyId} ${key}`, visitor);
  const db = whole.forCompany(companyId);
  const account = await findAccountNamed(db, companyId, key);
  const isOpen =
    account !== null && whyNot(kind === 'MAGIC_LINK' ? 'MAGIC_LINK' : 'PASSWORD', company, account) === null;
  const to = isOpen ? addressOf(account, key) : null;
  const userId = to === null ? null : account!.id; // an address is an account's
  const data = { returnTo, key };
  const token = await issueOneTimeToken(db, { companyId, userId, kind, data, minutes: MINUTES[kind] });
  if (to !== null) mail.post(mail.link(kind, to, company, token));
}

/** Lets in whoever has the link. @throws TOO_MANY_ATTEMPTS */
export async function signInByLink({ db: whole }: LocalSignInParts, text: string, arrival: Arrival): Promise<Entry> {
  await countAttempt(whole, 'PAGE', null, arrival.visitor);
  return whole.inTransaction(async (open) => {
    const taken = await takeOneTimeToken(open, 'MAGIC_LINK', text);
    if (!taken) return LINK_OVER;
    const { companyId, userId } = taken;
    const tx = open.forCompany(companyId);
    const returnTo = notedIn(taken, 'returnTo');
    const entry = await comeIn(tx, { companyId, userId, way: 'MAGIC_LINK' }, { ...arrival, returnTo });
    const key = notedIn(taken, 'key');
    if (entry.kind !== 'REFUSED' && key !== null) await rememberAddress(open, `${companyId} ${key}`, arrival.visitor);
    return entry;
  });
}

/**
 * Gives the account of the link a new password. Every session of it ends: whoever asked signs in by the new one.
 *
 * @throws INVALID_VALUE (the password; the link is still good then) | TOO_MANY_ATTEMPTS
 */
export async function resetPassword(
  { db: whole }: LocalSignInParts,
  text: string,
  password: string,
  visitor: Visitor,
): Promise<'DONE' | 'LINK_OVER' | 'REFUSED'> {
  await countAttempt(whole, 'PAGE', null, visitor);
  checkNewPassword(password);
  const found = await findOneTimeToken(whole, 'PASSWORD_RESET', text);
  if (!found) return 'LINK_OVER';
  const { companyId } = found;
  const passwordHash = await hashPassword(password);
  return whole.forCompany(companyId).inTransaction(async (tx) => {
    const taken = await takeOneTimeToken(tx, 'PASSWORD_RESET', text);
    if (!taken) return 'LINK_OVER';
    const [company] = await tx.run(companyById.bind({ companyId }));
    const { userId } = taken;
    const [account] = userId === null ? [] : await tx.run(holdAccount.bind({ companyId, userId }));
    const reason = company && account ? whyNot('PASSWORD', company, account) : 'NO_ACCOUNT';
    if (reason !== null || !account) {
      await logRefusal(
        tx,
        companyId,
        account?.id ?? null,
        { way: 'PASSWORD', reason: reason ?? 'NO_ACCOUNT' },
        visitor,
      );
      return 'REFUSED';
    }
    checkNewPassword(password, [account.userName, ...account.emails.flatMap(({ value }) => value ?? [])]);
    await replacePassword(tx, visitorActor(companyId, account, visitor), account.id, passwordHash);
    return 'DONE';
  });
}

/** Writes a new password, in the transaction that holds its user, and ends what was opened by the old one. @returns how many sessions ended */
export async function replacePassword(
  tx: Database,
  actor: CompanyActor,
  userId: string,
  passwordHash: string,
): Promise<number> {
  const { companyId } = actor;
  await tx.run(setPassword.bind({ ...authorOf(actor), userId, passwordHash }));
  await tx.run(withdrawTokens.bind({ companyId, userId, kinds: ENDED_BY_NEW_PASSWORD }));
  const except = actor.session && { except: actor.session.id };
  return endSessions(tx, actor, { userId, ...except }, 'CREDENTIAL_CHANGED');
}
