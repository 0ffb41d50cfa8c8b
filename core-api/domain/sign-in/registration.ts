import type { Database } from '#core-api/persistence/database.js';
import { companyById, type SignInCompany, setPassword } from '#core-api/persistence/stores/local-accounts.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { hashPassword } from '../auth/password.js';
import { companyOfDomain } from '../domain-claim/verified-domains.js';
import { DomainError, invalidValue } from '../errors.js';
import { UserService } from '../user/user-service.js';
import { countAttempt } from './attempts.js';
import {
  type Arrival,
  comeIn,
  type Entry,
  LINK_OVER,
  type LocalSignInParts,
  logRefusal,
  notedIn,
  REFUSED,
} from './entry.js';
import { accountKey, findAccountNamed, whyNot } from './local-ways.js';
import { checkMailAddress, readMailAddress } from './mail-address.js';
import { findOneTimeToken, issueOneTimeToken, takeOneTimeToken } from './one-time-tokens.js';
import { checkNewPassword } from './password-rules.js';
import { type Visitor, visitorActor } from './sessions.js';
import { MINUTES } from './sign-in-mail.js';

/** Whether visitors can make an account there, before anything is known of them. */
export function isRegistrationOpen(company: SignInCompany): boolean {
  return whyNot('REGISTRATION', company, null) === null;
}

/**
 * Mails a link by which an account can be made; nothing is made yet. To an address that has an account it is mailed that it has one; what the visitor
 * sees is the same.
 *
 * @throws INVALID_VALUE (no address, or one of a domain that the company's policy does not take) | FORBIDDEN (nobody can register there) | MAIL_OFF |
 *   TOO_MANY_ATTEMPTS
 */
export async function requestRegistration(
  { db: whole, mail }: LocalSignInParts,
  company: SignInCompany,
  email: string,
  { visitor, returnTo }: Pick<Arrival, 'visitor' | 'returnTo'>,
): Promise<void> {
  mail.requireAvailable();
  const { id: companyId } = company;
  const { address, domain } = checkMailAddress(email, 'email');
  const key = accountKey(address);
  await countAttempt(whole, 'MAIL', `${companyId} ${key}`, visitor);
  if (!isRegistrationOpen(company)) throw new DomainError('FORBIDDEN', 'Accounts are made by invitation here.');
  if (!(await isTaken(whole, company, domain)))
    throw invalidValue('email', "Only addresses of the company's own domains can be registered.");
  const db = whole.forCompany(companyId);
  const account = await findAccountNamed(db, companyId, key);
  const data = { email: address, returnTo };
  const minutes = MINUTES.REGISTRATION;
  const token = await issueOneTimeToken(db, { companyId, userId: null, kind: 'REGISTRATION', data, minutes });
  mail.post(account ? mail.alreadyThere(address, company) : mail.link('REGISTRATION', address, company, token));
}

/**
 * Makes the account whose address is confirmed by the link, and lets its person in. The rules are looked at again.
 *
 * @throws INVALID_VALUE (the password, the name; the link is still good then) | UNIQUENESS (there is an account by now) | TOO_MANY_ATTEMPTS
 */
export async function completeRegistration(
  { db: whole }: LocalSignInParts,
  text: string,
  { displayName, password }: { displayName: string; password: string },
  arrival: Arrival,
): Promise<Entry> {
  const { visitor } = arrival;
  await countAttempt(whole, 'PAGE', null, visitor);
  const found = await findOneTimeToken(whole, 'REGISTRATION', text);
  const email = found && notedIn(found, 'email');
  if (!found || !email) return LINK_OVER;
  const { companyId } = found;
  const passwordHash = await hashPassword(checkNewPassword(password, [email]));
  return whole.forCompany(companyId).inTransaction(async (tx) => {
    const taken = await takeOneTimeToken(tx, 'REGISTRATION', text);
    if (!taken) return LINK_OVER;
    const [company] = await tx.run(companyById.bind({ companyId }));
    const isOpen =
      company && isRegistrationOpen(company) && (await isTaken(tx, company, readMailAddress(email)!.domain));
    if (!isOpen) {
      const reason = (company && whyNot('REGISTRATION', company, null)) ?? 'REGISTRATION_OFF';
      await logRefusal(tx, companyId, null, { way: 'REGISTRATION', reason }, visitor);
      return REFUSED;
    }
    const author = registrar(companyId, visitor);
    const { user } = await new UserService(tx, author).create({
      userName: email,
      displayName: displayName.trim() || null,
      emails: [{ value: email, type: 'work', primary: true }],
    });
    await tx.run(setPassword.bind({ ...authorOf(author), userId: user.id, passwordHash }));
    const returnTo = notedIn(taken, 'returnTo');
    return comeIn(tx, { companyId, userId: user.id, way: 'REGISTRATION' }, { ...arrival, returnTo });
  });
}

/** A visitor who may make one account. */
function registrar(companyId: string, visitor: Visitor): CompanyActor {
  return { ...visitorActor(companyId, null, visitor), permissions: new Set(['users:read', 'users:write']) };
}

/** Whether addresses of the domain can be registered. */
async function isTaken(db: Database, { id, policies }: SignInCompany, domain: string): Promise<boolean> {
  if (policies.selfRegistration === 'ANYONE') return true;
  return (await companyOfDomain(db, domain)) === id;
}
