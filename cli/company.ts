import { type Actor, type CompanyActor, systemActor } from '#core-api/domain/actor.js';
import { CompanyService } from '#core-api/domain/company/company-service.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import type { Database } from '#core-api/persistence/database.js';
import { CommandError } from './command-error.js';

/** Companies that a message names. */
const MOST_NAMED = 10;

/** Whoever can read the database may do everything; the change log shows it as the system's doing. */
const EVERYWHERE: Actor = { ...systemActor('', PERMISSIONS), companyId: null };

export async function findCompany(db: Database, slug: string): Promise<CompanyActor | null> {
  const { nodes } = await new CompanyService(db, EVERYWHERE).list({ filter: { slug: { eq: slug } }, first: 1 });
  return nodes[0] ? systemActor(nodes[0].id, PERMISSIONS) : null;
}

/** The newest companies that an identity provider may provision, newest first; `count` at most (100 at most). */
export async function newestCompanies(db: Database, count: number): Promise<{ actor: CompanyActor; slug: string }[]> {
  const orderBy = { field: 'ID', direction: 'DESC' } as const;
  const { nodes } = await new CompanyService(db, EVERYWHERE).list({ orderBy, first: count });
  return nodes
    .filter(({ provisioning, suspendedAt }) => provisioning && suspendedAt === null)
    .map(({ id, slug }) => ({ actor: systemActor(id, PERMISSIONS), slug }));
}

/** @throws CommandError */
export async function getCompany(db: Database, slug: string): Promise<CompanyActor> {
  const company = await findCompany(db, slug);
  if (!company) throw new CommandError(`there is no company with the slug "${slug}". ${await known(db)}`);
  return company;
}

/** Which companies there are, as far as a line has room for them. */
async function known(db: Database): Promise<string> {
  const { nodes, hasNextPage } = await new CompanyService(db, EVERYWHERE).list({ first: MOST_NAMED });
  if (nodes.length === 0) return 'There is none yet; make one with rollcall bootstrap.';
  return `There ${nodes.length > 1 ? 'are' : 'is'}: ${nodes.map((each) => each.slug).join(', ')}${hasNextPage ? ', …' : ''}.`;
}

/** The company that is called so; without a slug the only one there is. @throws CommandError */
export async function theCompany(
  db: Database,
  slug: string | undefined,
): Promise<{ actor: CompanyActor; slug: string }> {
  if (slug !== undefined) return { actor: await getCompany(db, slug), slug };
  const { nodes } = await new CompanyService(db, EVERYWHERE).list({ first: 2 });
  const [only] = nodes;
  if (!only) throw new CommandError('there is no company yet; make one with rollcall bootstrap.');
  if (nodes.length > 1)
    throw new CommandError(`there are several companies: say which by --company SLUG. ${await known(db)}`);
  return { actor: systemActor(only.id, PERMISSIONS), slug: only.slug };
}
