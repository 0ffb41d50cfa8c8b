import { createHash } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import { logChanges } from '../admin-record.js';
import { raiseAlarm } from '../alarm/alarms.js';
import { type Visitor, visitorActor } from '../sign-in/sessions.js';

interface Refusal {
  companyId: string;
  connectionId: string;
  reason: string;
  /** One sentence of ours that says more. */
  detail?: string;
  /** Null while it is not known who it is. */
  userId?: string | null;
  /** What the identity provider calls them; null while that is not known for certain. */
  subject?: string | null;
}

/**
 * Logs exactly why somebody was not let in, as a change `sign_in.refused` of the user, or of the connection while the user is not known. Of the person it
 * holds a digest of the subject: the name of somebody who is no user could never be erased. That a user's subject is another one now rings.
 */
export async function noteRefusal(
  db: Database,
  visitor: Visitor,
  { companyId, connectionId, reason, detail, userId = null, subject = null }: Refusal,
): Promise<void> {
  const actor = visitorActor(companyId, null, visitor);
  const subjectHash = subject === null ? null : createHash('sha256').update(subject).digest('hex');
  const after = { reason, ...(detail === undefined ? {} : { detail }), connectionId, subjectHash };
  const object =
    userId === null
      ? { objectType: 'sso_connection', objectId: connectionId }
      : { objectType: 'user', objectId: userId };
  await db.forCompany(companyId).inTransaction(async (tx) => {
    await logChanges(tx, actor, [{ kind: 'sign_in.refused', ...object, before: null, after }]);
    if (reason === 'SUBJECT_CHANGED')
      await raiseAlarm(tx, actor, { kind: reason, subjectId: userId, details: { connectionId } });
  });
}
