import type { Database } from '#core-api/persistence/database.js';
import { userOfSubject } from '#core-api/persistence/stores/sso-requests.js';
import type { SamlLogoutMessage, SamlPort, VerifiedLogout } from '../ports.js';
import { countAttempt, takeBack } from '../sign-in/attempts.js';
import { endSessions, type Visitor, visitorActor } from '../sign-in/sessions.js';
import { connectionAddresses } from './connection-addresses.js';
import { isComplete, type SamlConfig } from './connection-config.js';
import { SsoRefusal } from './refusal.js';
import { noteRefusal } from './refused-sign-in.js';
import { type ConnectionKey, findUsableConnection, isFirstSeen } from './sso-requests.js';

export type LogOutOutcome =
  /** `url`: where to send the browser with the answer; null: nowhere. */
  { kind: 'SIGNED_OUT'; url: string | null } | { kind: 'REFUSED'; isMalformed: boolean };

/**
 * Ends what an identity provider signs somebody out of: the sessions that came in by its connection, all of that person's or those of the session that it
 * names. Whether there were any is not told.
 *
 * @throws TOO_MANY_ATTEMPTS
 */
export async function logOutBySaml(
  { db, saml, coreUrl }: { db: Database; saml: SamlPort; coreUrl: () => string },
  key: ConnectionKey,
  message: SamlLogoutMessage,
  { relayState, visitor }: { relayState: string | null; visitor: Visitor },
): Promise<LogOutOutcome> {
  const attempt = await countAttempt(db, 'SSO', null, visitor);
  const connection = await findUsableConnection(db, key);
  if (connection?.kind !== 'SAML') return { kind: 'REFUSED', isMalformed: false };
  const config = connection.config as unknown as SamlConfig;
  const sp = connectionAddresses(coreUrl(), key.companyId, key.connectionId);
  let logout: VerifiedLogout;
  try {
    if (!isComplete(connection.kind, connection.config, connection.now))
      throw new SsoRefusal('CERTIFICATE', 'The connection lacks what a request is checked by.');
    logout = await saml.verifyLogout(config, sp, message, connection.now);
    await endThem(db, key, logout, visitor);
  } catch (error) {
    if (!(error instanceof SsoRefusal)) throw error;
    await noteRefusal(db, visitor, { ...key, reason: error.reason, detail: error.detail });
    return { kind: 'REFUSED', isMalformed: error.reason === 'MALFORMED' };
  }
  await takeBack(db, attempt);
  return {
    kind: 'SIGNED_OUT',
    url: await saml.answerLogout(config, sp, { requestId: logout.requestId, relayState }),
  };
}

/** @throws SsoRefusal (REPLAYED | NO_SUBJECT) */
async function endThem(
  db: Database,
  key: ConnectionKey,
  { requestId, subject, sessionIndexes, notOnOrAfter }: VerifiedLogout,
  visitor: Visitor,
): Promise<void> {
  const { companyId, connectionId } = key;
  if (subject === null && sessionIndexes.length === 0)
    throw new SsoRefusal('NO_SUBJECT', 'The log-out request does not say whose session ends.');
  await db.forCompany(companyId).inTransaction(async (tx) => {
    if (!(await isFirstSeen(tx, key, 'LOGOUT', requestId, notOnOrAfter)))
      throw new SsoRefusal('REPLAYED', 'The log-out request was taken before.');
    const [user] = subject === null ? [] : await tx.run(userOfSubject.bind({ companyId, connectionId, subject }));
    if (subject !== null && !user) return;
    const whose = { connectionId, ...(user && { userId: user.userId }) };
    const actor = visitorActor(companyId, null, visitor);
    const each = sessionIndexes.length === 0 ? [whose] : sessionIndexes.map((idpSession) => ({ ...whose, idpSession }));
    for (const of of each) await endSessions(tx, actor, of, 'SIGNED_OUT_AT_IDP');
  });
}
