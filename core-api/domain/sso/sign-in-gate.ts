import type { CompanyPolicies } from '#core-api/persistence/entities/company.js';

/** Why the gate lets somebody not in: what the change log says of it. The visitor hears that sign-in is not possible, and nothing else. */
export type GateRefusal =
  /** The company is suspended. */
  | 'COMPANY_SUSPENDED'
  /** The connection is a draft, or is not there any more. */
  | 'CONNECTION_INACTIVE'
  /** The connection lacks what an answer is checked by: issuer, a valid certificate, client id. */
  | 'CONNECTION_INCOMPLETE'
  /** The connection was changed while the answer was on its way. */
  | 'CONNECTION_CHANGED'
  /** An admin of last resort, who comes in by their own way only. */
  | 'BREAK_GLASS'
  | 'DEACTIVATED'
  | 'DELETED'
  /** Nobody of that name is here, or somebody whom no directory manages and who may not come in without that. */
  | 'NOT_PROVISIONED'
  /** Somebody whom a directory manages that does not belong with the connection. */
  | 'OTHER_DIRECTORY'
  /** The connection knows the user by another subject already. */
  | 'SUBJECT_CHANGED'
  /** Several users are meant by what was asserted. */
  | 'AMBIGUOUS'
  /** What users are found by was not asserted. */
  | 'CLAIM_MISSING'
  /** What was asserted breaks a rule of the user's attributes. */
  | 'CLAIM_INVALID'
  /** The new user's name or external id is somebody else's. */
  | 'NAME_TAKEN'
  /** The e-mail address that users are found by is not verified by the identity provider. */
  | 'EMAIL_NOT_VERIFIED'
  /** The e-mail address that users are found by is in no domain that the company has verified. */
  | 'DOMAIN_NOT_VERIFIED'
  /** A step-up was answered for another user. */
  | 'OTHER_USER';

/** For how long those who were there before can still sign in, under GRACE. */
export const GRACE_DAYS = 14;

/** Somebody whom an assertion may mean. */
export interface Candidate {
  id: string;
  /** Whose the row is: the company's own, that of a directory which belongs with the connection, or of one that does not. */
  managedBy: 'COMPANY' | 'ITS_DIRECTORY' | 'OTHER_DIRECTORY';
  isBreakGlass: boolean;
  isActive: boolean;
  isDeleted: boolean;
  /** May come in without being provisioned. */
  isExempt: boolean;
  /** Was there when provisioning was switched on. */
  isOld: boolean;
  /** Whether the connection knows them by a subject already. */
  hasSubject: boolean;
}

/** All that the decision rests on. */
export interface SignInFacts {
  company: {
    isSuspended: boolean;
    /** Whether provisioning is switched on, be it suspended or not. */
    provisioning: boolean;
    policy: CompanyPolicies['unprovisionedSignIn'];
    /** Whether the days of grace are not over. */
    isGrace: boolean;
  };
  connection: { isActive: boolean; isComplete: boolean };
  /** The user that the subject is bound to. */
  bound: Candidate | null;
  /** The users that what was asserted names, deleted ones among them; or why nobody is looked for by it. */
  named: readonly Candidate[] | Extract<GateRefusal, 'CLAIM_MISSING' | 'EMAIL_NOT_VERIFIED' | 'DOMAIN_NOT_VERIFIED'>;
}

export type SignInDecision =
  | { kind: 'ADMIT'; userId: string; isBound: boolean }
  | { kind: 'CREATE' }
  | { kind: 'REFUSE'; reason: GateRefusal; userId: string | null };

/**
 * Who comes in by single sign-on (rule 2). The identity provider's answer has passed every check of its protocol before.
 *
 * 1. **Is the door open?** A suspended company is COMPANY_SUSPENDED, a draft or deleted connection CONNECTION_INACTIVE, one without what answers are checked
 *    by CONNECTION_INCOMPLETE.
 *
 * 2. **Who is it?** The user that (connection, subject) is bound to, whatever else was asserted. Only where nothing is bound it is the user that the
 *    asserted user name, external id or verified e-mail address names (`subjectMatch`), and the sign-in binds them. Users of the company itself and of the
 *    directories that belong with the connection can be found; a name that only others have is OTHER_DIRECTORY, that several have AMBIGUOUS.
 *
 *    | subject is bound to | the name is that of | it is |
 *    | --- | --- | --- |
 *    | a user | anybody | the bound user |
 *    | a deleted user | somebody whom a directory of the connection manages | that one: the directory said who has the name now |
 *    | a deleted user | anybody else, nobody | DELETED: who was deleted does not come back by signing in |
 *    | nobody | one user | that one; SUBJECT_CHANGED if the connection knows them by another subject |
 *    | nobody | deleted users only | DELETED |
 *    | nobody | nobody | somebody new |
 *
 * 3. **May they?** What is higher wins.
 *
 *    | the user | provisioning off | on, ALLOW | on, GRACE | on, BLOCK |
 *    | --- | --- | --- | --- | --- |
 *    | an admin of last resort | BREAK_GLASS | BREAK_GLASS | BREAK_GLASS | BREAK_GLASS |
 *    | is deactivated | DEACTIVATED | DEACTIVATED | DEACTIVATED | DEACTIVATED |
 *    | is managed by a directory that does not belong with the connection | OTHER_DIRECTORY | OTHER_DIRECTORY | OTHER_DIRECTORY | OTHER_DIRECTORY |
 *    | is managed by one that does | comes in | comes in | comes in | comes in |
 *    | is the company's own, and exempt | comes in | comes in | comes in | comes in |
 *    | is the company's own, and was there before provisioning | comes in | comes in | comes in for 14 days, then NOT_PROVISIONED | NOT_PROVISIONED |
 *    | is the company's own, and came later | comes in | comes in | NOT_PROVISIONED | NOT_PROVISIONED |
 *    | is somebody new | is created | is created | NOT_PROVISIONED | NOT_PROVISIONED |
 *
 * A directory that moved a user away from the connection's directories has taken them out of the connection, bound or not: its identity provider answers
 * for its own people only. Admins of last resort are nobody's whom an identity provider could name; they and other local accounts keep their own ways in,
 * which this does not decide.
 */
export function decideSignIn({ company, connection, bound, named }: SignInFacts): SignInDecision {
  if (company.isSuspended) return refuse('COMPANY_SUSPENDED');
  if (!connection.isActive) return refuse('CONNECTION_INACTIVE');
  if (!connection.isComplete) return refuse('CONNECTION_INCOMPLETE');
  if (bound && !bound.isDeleted) return decideOn(bound, company, true);
  if (typeof named === 'string') return bound ? refuse('DELETED', bound) : refuse(named);

  const living = named.filter(({ isDeleted }) => !isDeleted);
  const [found, ...others] = living.filter(({ managedBy }) => managedBy !== 'OTHER_DIRECTORY');
  if (others.length > 0) return refuse('AMBIGUOUS');
  if (bound && found?.managedBy !== 'ITS_DIRECTORY') return refuse('DELETED', bound);
  if (found) return decideOn(found, company, false);
  if (living[0]) return refuse('OTHER_DIRECTORY', living[0]);
  if (named[0]) return refuse('DELETED', named[0]);
  return mayBeUnprovisioned(company) ? { kind: 'CREATE' } : refuse('NOT_PROVISIONED');
}

function decideOn(user: Candidate, company: SignInFacts['company'], isBound: boolean): SignInDecision {
  if (user.isBreakGlass) return refuse('BREAK_GLASS', user);
  if (!user.isActive) return refuse('DEACTIVATED', user);
  if (user.managedBy === 'OTHER_DIRECTORY') return refuse('OTHER_DIRECTORY', user);
  if (!isBound && user.hasSubject) return refuse('SUBJECT_CHANGED', user);
  const hasGrace = company.policy === 'GRACE' && company.isGrace && user.isOld;
  if (user.managedBy === 'COMPANY' && !user.isExempt && !hasGrace && !mayBeUnprovisioned(company))
    return refuse('NOT_PROVISIONED', user);
  return { kind: 'ADMIT', userId: user.id, isBound };
}

const mayBeUnprovisioned = ({ provisioning, policy }: SignInFacts['company']) => !provisioning || policy === 'ALLOW';

const refuse = (reason: GateRefusal, user: Candidate | null = null): SignInDecision => ({
  kind: 'REFUSE',
  reason,
  userId: user?.id ?? null,
});
