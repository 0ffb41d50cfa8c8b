import { isDeepStrictEqual } from 'node:util';
import type { Database } from '#core-api/persistence/database.js';
import type { SessionKind } from '#core-api/persistence/entities/sign-in.js';
import * as store from '#core-api/persistence/stores/sso-subjects.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { inRecordTransaction, type Transaction } from '../admin-record.js';
import { companyOfDomain } from '../domain-claim/verified-domains.js';
import { conflict, DomainError } from '../errors.js';
import { storeGroupClaims } from '../role/group-claims.js';
import { type OpenedSession, openSession, type Visitor, visitorActor } from '../sign-in/sessions.js';
import { isStorable } from '../text.js';
import { createUser } from '../user/user-creation.js';
import { UserWriter } from '../user/user-writer.js';
import { assertedFields, filledIn, soughtUser } from './asserted-user.js';
import { type AssertedIdentity, claimsOf, isComplete } from './connection-config.js';
import { noteRefusal } from './refused-sign-in.js';
import { type Candidate, decideSignIn, type GateRefusal, GRACE_DAYS, type SignInFacts } from './sign-in-gate.js';

/** Somebody for whom an identity provider has answered, after every check of the protocol. */
export interface Arrival {
  companyId: string;
  /** The connection as its answer was checked. */
  connection: { id: string; config: Record<string, unknown> };
  identity: AssertedIdentity;
  session: { kind: SessionKind; origin?: string | null; replaces?: string | null };
  /** Whose step-up it is; left out or null: anybody's sign-in. */
  expectedUserId?: string | null;
  visitor: Visitor;
}

export type Admission = { kind: 'ADMITTED'; session: OpenedSession } | { kind: 'REFUSED'; reason: GateRefusal };

const TRIES = 3;
const LONGEST_SUBJECT_BYTES = 1_024;

/**
 * Lets somebody in by single sign-on, or refuses: the one place where that is decided (`decideSignIn`). In one transaction the user is found and held, bound
 * to the subject or made, gets what was asserted (group claims while directories don't provision; what is missing of a user of the company's own), and
 * a session. A refusal leaves a change `sign_in.refused` with its reason; to the visitor all refusals are the same.
 */
export async function admit(db: Database, arrival: Arrival): Promise<Admission> {
  const own = db.forCompany(arrival.companyId);
  for (let tries = 1; ; tries++) {
    try {
      return await inRecordTransaction(own, (transaction) => admitOnce(transaction, arrival));
    } catch (error) {
      const code = error instanceof DomainError ? error.code : null;
      // Somebody else was made, or bound, at the same moment: seen again, they are there.
      if (code === 'UNIQUENESS' && tries < TRIES) continue;
      if (code === 'UNIQUENESS') return refuse(own, arrival, { reason: 'NAME_TAKEN', userId: null });
      if (code === 'INVALID_VALUE') return refuse(own, arrival, { reason: 'CLAIM_INVALID', userId: null });
      throw error;
    }
  }
}

async function admitOnce(transaction: Transaction, arrival: Arrival): Promise<Admission> {
  const { tx } = transaction;
  const { companyId, connection, identity, expectedUserId, visitor } = arrival;
  const key = { companyId, connectionId: connection.id };
  const [terms] = await tx.run(store.holdSignInTerms.bind({ ...key, graceDays: GRACE_DAYS }));
  if (!terms) return refuse(tx, arrival, { reason: 'CONNECTION_INACTIVE', userId: null });
  if (!isDeepStrictEqual(terms.config, connection.config))
    return refuse(tx, arrival, { reason: 'CONNECTION_CHANGED', userId: null });
  if (!isSubject(identity.subject)) return refuse(tx, arrival, { reason: 'CLAIM_INVALID', userId: null });

  const known = await candidatesOf(tx, arrival, terms);
  const decision = decideSignIn(factsOf(terms, identity, known));
  if (decision.kind === 'REFUSE') return refuse(tx, arrival, decision);
  const found = decision.kind === 'ADMIT' ? known.users.find(({ id }) => id === decision.userId)! : null;
  if (expectedUserId != null && found?.id !== expectedUserId)
    return refuse(tx, arrival, { reason: 'OTHER_USER', userId: expectedUserId });

  const author = authorFor(arrival, terms.name);
  const userId = await withClaims(tx, author, found, terms, identity);
  const binding = { ...key, subject: identity.subject };
  if (found && found.subject === identity.subject) await tx.run(store.noteSignIn.bind(binding));
  else await tx.run(store.bindSubject.bind({ ...authorOf(author), ...binding, userId }));
  await storeGroupClaims(transaction, author, terms, userId, identity.groups);

  const session = await openSession(
    tx,
    {
      ...key,
      ...arrival.session,
      userId,
      method: terms.kind,
      idpSession: identity.idpSession,
    },
    visitor,
  );
  if (!session) throw conflict();
  return { kind: 'ADMITTED', session };
}

interface Known {
  users: store.KnownUser[];
  /** Why nobody was looked for but by the subject; null: somebody was. */
  notSought: Exclude<SignInFacts['named'], readonly Candidate[]> | null;
}

async function candidatesOf(tx: Database, arrival: Arrival, terms: store.SignInTerms): Promise<Known> {
  const { companyId, connection, identity } = arrival;
  const { kind, subjectMatch } = terms;
  const sought = soughtUser({ kind, subjectMatch, claims: claimsOf(terms.config) }, identity);
  const isForeign =
    typeof sought === 'object' && sought.domain !== null && (await companyOfDomain(tx, sought.domain)) !== companyId;
  const notSought = isForeign ? 'DOMAIN_NOT_VERIFIED' : typeof sought === 'string' ? sought : null;
  const users = await tx.run(
    store.holdCandidates.bind({
      companyId,
      connectionId: connection.id,
      subject: identity.subject,
      match: notSought === null ? subjectMatch : null,
      key: notSought === null && typeof sought === 'object' ? sought.key : null,
    }),
  );
  return { users, notSought };
}

function factsOf(terms: store.SignInTerms, { subject }: AssertedIdentity, { users, notSought }: Known): SignInFacts {
  const candidates = users.map((user) => ({ user, candidate: asCandidate(user) }));
  return {
    company: terms,
    connection: { isActive: terms.isActive, isComplete: isComplete(terms.kind, terms.config, new Date(terms.now)) },
    bound: candidates.find(({ user }) => user.subject === subject)?.candidate ?? null,
    named: notSought ?? candidates.filter(({ user }) => user.isNamed).map(({ candidate }) => candidate),
  };
}

function asCandidate(user: store.KnownUser): Candidate {
  const { id, isBreakGlass, isActive, isDeleted, isOld } = user;
  const managedBy = user.directoryId === null ? 'COMPANY' : user.isOfConnection ? 'ITS_DIRECTORY' : 'OTHER_DIRECTORY';
  const hasSubject = user.subject !== null;
  return { id, managedBy, isBreakGlass, isActive, isDeleted, isExempt: !user.needsProvisioning, isOld, hasSubject };
}

/** Makes whoever is new, and fills in what is missing of one of the company's own. @returns the user's id */
async function withClaims(
  tx: Database,
  author: CompanyActor,
  found: store.KnownUser | null,
  { subjectMatch }: store.SignInTerms,
  identity: AssertedIdentity,
): Promise<string> {
  const writer = new UserWriter(tx, author);
  if (found === null) {
    const { user } = await createUser(tx, author, writer, assertedFields(subjectMatch, identity), {});
    return user.id;
  }
  if (found.directoryId === null) await writer.edit(found.id, { parts: {} }, (user) => filledIn(user, identity));
  return found.id;
}

/** Whoever arrives, under the name of the connection that answers for them. */
function authorFor({ companyId, visitor }: Arrival, connectionName: string): CompanyActor {
  return { ...visitorActor(companyId, null, visitor), name: connectionName };
}

async function refuse(
  db: Database,
  { companyId, connection, identity: { subject }, visitor }: Arrival,
  { reason, userId }: { reason: GateRefusal; userId: string | null },
): Promise<Admission> {
  await noteRefusal(db, visitor, { companyId, connectionId: connection.id, reason, userId, subject });
  return { kind: 'REFUSED', reason };
}

const isSubject = (subject: string) =>
  subject !== '' && isStorable(subject) && Buffer.byteLength(subject) <= LONGEST_SUBJECT_BYTES;
