import { setPassword } from '#core-api/persistence/stores/local-accounts.js';
import { authorOf } from '../actor.js';
import { hashPassword } from '../auth/password.js';
import { countAttempt } from './attempts.js';
import { type Arrival, comeIn, type Entry, LINK_OVER, type LocalSignInParts } from './entry.js';
import { findOneTimeToken, takeOneTimeToken } from './one-time-tokens.js';
import { checkNewPassword } from './password-rules.js';
import { visitorActor } from './sessions.js';

/**
 * Lets in whoever was invited.
 *
 * @param password a first one; null: none, and later sign-ins go by links in mails.
 * @throws INVALID_VALUE (the password; the invitation is still good then) | TOO_MANY_ATTEMPTS
 */
export async function acceptInvitation(
  { db: whole }: LocalSignInParts,
  text: string,
  password: string | null,
  arrival: Arrival,
): Promise<Entry> {
  await countAttempt(whole, 'PAGE', null, arrival.visitor);
  const found = await findOneTimeToken(whole, 'INVITATION', text);
  if (!found) return LINK_OVER;
  const passwordHash = password === null ? null : await hashPassword(checkNewPassword(password));
  const { companyId } = found;
  return whole.forCompany(companyId).inTransaction(async (tx) => {
    const taken = await takeOneTimeToken(tx, 'INVITATION', text);
    if (!taken) return LINK_OVER;
    return comeIn(tx, { companyId, userId: taken.userId, way: 'INVITATION' }, arrival, {
      async before(account) {
        if (passwordHash === null || password === null) return;
        checkNewPassword(password, [account.userName]);
        const author = authorOf(visitorActor(companyId, account, arrival.visitor));
        await tx.run(setPassword.bind({ ...author, userId: account.id, passwordHash }));
      },
    });
  });
}
