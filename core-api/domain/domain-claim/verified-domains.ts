import type { Database } from '#core-api/persistence/database.js';
import { findVerifiedDomain } from '#core-api/persistence/stores/verified-domains.js';
import { domainNameOf } from './domain-name.js';

/**
 * The company that has proved to own the domain, whoever else claims it; null: none has, and then nothing may be concluded from the domain. Exact: a
 * name below a verified domain is another domain.
 *
 * @param domain as a person writes it.
 * @returns the company's id
 */
export async function companyOfDomain(db: Database, domain: string): Promise<string | null> {
  const name = domainNameOf(domain);
  if (name === null) return null;
  const [found] = await db.run(findVerifiedDomain.bind({ domain: name }));
  return found?.heldBy ?? null;
}
