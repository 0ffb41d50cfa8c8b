import { bootstrap } from '#cli/bootstrapped.js';
import { CommandError } from '#cli/command-error.js';
import { findCompany } from '#cli/company.js';
import { expiryAfter } from '#cli/expiry.js';
import type { CoreConfig } from '#core-api/config.js';
import type { CompanyActor } from '#core-api/domain/actor.js';
import { ApiKeyService } from '#core-api/domain/auth/api-key-service.js';
import { toSlug } from '#core-api/domain/company/slug.js';
import { DirectoryService } from '#core-api/domain/directory/directory-service.js';
import { UserService } from '#core-api/domain/user/user-service.js';
import type { Installation } from '#core-api/installation.js';
import type { Database } from '#core-api/persistence/database.js';

const KEEP = '1d';

/** Credentials of the company that the demo plays in. */
export interface DemoCompany {
  scimToken: string;
  apiKey: string;
  companySlug: string;
}

/**
 * The company that is called `wanted` (name or slug), made when there is none. Without one: the first of demo, demo-2, demo-3, … that is not there yet or that no
 * identity provider has touched, so that the company of the first start is filled, and no one's work is mixed with the demo's.
 */
export async function demoCompany(
  installation: Installation,
  config: CoreConfig,
  wanted: string | null,
): Promise<DemoCompany> {
  const { db } = installation;
  for (let number = 1; ; number++) {
    const name = wanted ?? (number === 1 ? 'Demo' : `Demo ${number}`);
    const slug = toSlug(name);
    const company = await findCompany(db, slug);
    if (!company) return bootstrap(installation, config, { name, preset: 'rollcall' });
    if (wanted !== null || (await isUntouched(db, company))) return credentialsFor(db, company, slug);
  }
}

async function isUntouched(db: Database, company: CompanyActor): Promise<boolean> {
  const { nodes } = await new UserService(db, company).list({ filter: { managedBy: { isSet: true } }, first: 1 });
  return nodes.length === 0;
}

/** Their secrets were shown once, so the demo gets a token and a key of its own, for a day. */
async function credentialsFor(db: Database, company: CompanyActor, companySlug: string): Promise<DemoCompany> {
  const directories = new DirectoryService(db, company);
  const [directory] = (await directories.list({ filter: { status: { eq: 'ENABLED' } }, first: 1 })).nodes;
  if (!directory) throw new CommandError(`${companySlug} has no directory that is switched on.`);
  const name = 'rollcall demo';
  const expiresAt = expiryAfter(KEEP, new Date());
  const token = await directories.createToken({ directoryId: directory.id, name, scopes: ['all'], expiresAt });
  const permissions = ['company:read', 'users:read', 'teams:read'];
  const key = await new ApiKeyService(db, company).create({ name, permissions, expiresAt });
  return { companySlug, scimToken: token.secret, apiKey: key.secret };
}
