import type { Database } from '#core-api/persistence/database.js';
import {
  activeConnections,
  companyById,
  companyBySlug,
  type OfferedConnection,
  type SignInCompany,
} from '#core-api/persistence/stores/local-accounts.js';
import { readToken } from '../auth/secret-token.js';
import { domainOfAddress } from '../domain-claim/domain-name.js';
import { companyOfDomain } from '../domain-claim/verified-domains.js';
import { isComplete } from '../sso/connection-config.js';
import { countAttempt } from './attempts.js';
import { isRegistrationOpen } from './registration.js';
import type { Visitor } from './sessions.js';

/** By what ways one comes in to a company, as its own page offers them. */
export interface SignInOffer {
  company: SignInCompany;
  /** Active ones that can let somebody in, by name. */
  connections: OfferedConnection[];
  /** Password and, where it is open, a link by mail; false: only break-glass accounts have a password here. */
  isLocalOpen: boolean;
  hasMagicLinks: boolean;
  /** Whether a forgotten password can be replaced by a link. */
  hasReset: boolean;
  hasRegistration: boolean;
}

/**
 * The company of an e-mail address: the one that has verified its domain. Nothing else of the address counts, so that known and unknown people get the
 * same answer.
 *
 * @returns null when there is none, also for what is no address.
 * @throws TOO_MANY_ATTEMPTS
 */
export async function companyOfAddress(db: Database, email: string, visitor: Visitor): Promise<SignInCompany | null> {
  await countAttempt(db, 'PAGE', null, visitor);
  const companyId = await companyOfDomain(db, domainOfAddress(email.trim()) ?? '');
  const [company] = companyId === null ? [] : await db.run(companyById.bind({ companyId }));
  return company ?? null;
}

const SLUG = /^[a-z0-9-]{1,64}$/;

export async function companyOfSlug(db: Database, slug: string): Promise<SignInCompany | null> {
  const [company] = SLUG.test(slug) ? await db.run(companyBySlug.bind({ slug })) : [];
  return company ?? null;
}

/** The company that a link in a mail leads to, whether or not the link still works. */
export async function companyOfLink(db: Database, token: string): Promise<SignInCompany | null> {
  const read = readToken(token);
  if (read?.kind !== 'oneTime' || read.companyId === null) return null;
  const [company] = await db.run(companyById.bind({ companyId: read.companyId }));
  return company ?? null;
}

/** @param hasMail whether mails can be sent at all. */
export async function offerOf(db: Database, company: SignInCompany, hasMail: boolean): Promise<SignInOffer> {
  const active = await db.forCompany(company.id).run(activeConnections.bind({ companyId: company.id }));
  const isLocalOpen = company.policies.signIn === 'ANY';
  return {
    company,
    // One by which no answer can be checked lets nobody in.
    connections: active.filter(({ kind, config, now }) => isComplete(kind, config, new Date(now))),
    isLocalOpen,
    hasMagicLinks: hasMail && company.policies.magicLinks,
    hasReset: hasMail,
    hasRegistration: hasMail && isRegistrationOpen(company),
  };
}
