import { bootstrap } from '#cli/bootstrapped.js';
import { CommandError } from '#cli/command-error.js';
import { findCompany, newestCompanies } from '#cli/company.js';
import { expiryAfter } from '#cli/expiry.js';
import type { CompanyActor } from '#core-api/domain/actor.js';
import { ApiKeyService } from '#core-api/domain/auth/api-key-service.js';
import { toSlug } from '#core-api/domain/company/slug.js';
import { DirectoryService } from '#core-api/domain/directory/directory-service.js';
import { DirectoryTokens } from '#core-api/domain/directory/directory-tokens.js';
import { UserService } from '#core-api/domain/user/user-service.js';
import type { Installation } from '#core-api/installation.js';
import type { Database } from '#core-api/persistence/database.js';

const KEEP = '1d';
const LOOKED_AT = 20;

/** Credentials of the company that the demo plays in. */
export interface DemoCompany {
  scimToken: string;
  apiKey: string;
  companySlug: string;
}

/**
 * The company that is called `wanted` (name or slug), made when there is none. Without one: the newest that no identity provider has touched yet, which
 * is the one of the first start or of the bootstrap just before, so that no one's work is mixed with the demo's; a new one when there is none.
 */
export async function demoCompany(
  installation: Installation,
  publicUrl: string,
  wanted: string | null,
): Promise<DemoCompany> {
  const { db } = installation;
  if (wanted !== null) {
    const slug = toSlug(wanted);
    const company = await findCompany(db, slug);
    return company
      ? credentialsFor(db, company, slug)
      : bootstrap(installation, publicUrl, { name: wanted, preset: 'rollcall' });
  }
  for (const { actor, slug } of await newestCompanies(db, LOOKED_AT))
    if (await isUntouched(db, actor)) return credentialsFor(db, actor, slug);
  return bootstrap(installation, publicUrl, { name: 'Demo', preset: 'rollcall' });
}

async function isUntouched(db: Database, company: CompanyActor): Promise<boolean> {
  const { nodes } = await new UserService(db.forCompany(company.companyId), company).list({
    filter: { managedBy: { isSet: true } },
    first: 1,
  });
  return nodes.length === 0;
}

/** Their secrets were shown once, so the demo gets a token and a key of its own, for a day. */
async function credentialsFor(db: Database, company: CompanyActor, companySlug: string): Promise<DemoCompany> {
  const directories = new DirectoryService(db.forCompany(company.companyId), company);
  const [directory] = (await directories.list({ filter: { status: { eq: 'ENABLED' } }, first: 1 })).nodes;
  if (!directory) throw new CommandError(`${companySlug} has no directory that is switched on.`);
  const name = 'rollcall demo';
  const expiresAt = expiryAfter(KEEP, new Date());
  const tokens = new DirectoryTokens(db, company);
  const token = await tokens.create({ directoryId: directory.id, name, scopes: ['all'], expiresAt });
  const permissions = ['company:read', 'users:read', 'teams:read'];
  const key = await new ApiKeyService(db.forCompany(company.companyId), company).create({
    name,
    permissions,
    expiresAt,
  });
  return { companySlug, scimToken: token.secret, apiKey: key.secret };
}
