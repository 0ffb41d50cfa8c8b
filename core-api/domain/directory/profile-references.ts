import { Project } from '#core-api/persistence/entities/project.js';
import { Role } from '#core-api/persistence/entities/role.js';
import type { DirectoryProfile } from '#schema/profile.js';
import type { Transaction } from '../admin-record.js';
import { invalidValue } from '../errors.js';
import { findRole } from '../role/find-role.js';
import { mappedRoles } from './mapped-roles.js';

/**
 * Refuses a profile that names roles and projects which the company does not have. What stood there before may stay: a preset speaks of roles that
 * a company need not have, and a role or project can be deleted later; such a name grants nothing.
 *
 * @param former the profile before the change; for a new directory its preset.
 * @throws INVALID_VALUE with the dotted path in `field`, naming what there is.
 */
export async function checkReferences(
  { em }: Transaction,
  companyId: string,
  profile: DirectoryProfile,
  former: DirectoryProfile,
): Promise<void> {
  const knownRoles = new Set(mappedRoles(former).map(([, named]) => named));
  const named = mappedRoles(profile).filter(([, role]) => !knownRoles.has(role));
  if (named.length > 0) {
    const roles = await em.find(Role, { companyId }, { orderBy: { rank: 'desc' } });
    const missing = named.find(([, role]) => !findRole(roles, role));
    if (missing) throw unknown(...missing, 'role', keysOf(roles.filter((role) => role.grantableByDirectory)));
  }
  const added = [...profile.defaultProjects.entries()].filter(([, key]) => !former.defaultProjects.includes(key));
  if (added.length > 0) {
    const projects = await em.find(Project, { companyId }, { orderBy: { key: 'asc' } });
    const missing = added.find(([, key]) => !projects.some((project) => project.key === key));
    if (missing) throw unknown(`profile.defaultProjects.${missing[0]}`, missing[1], 'project', keysOf(projects));
  }
}

const MOST_NAMED = 20;

function keysOf(rows: readonly { key: string }[]): string {
  const keys = rows.slice(0, MOST_NAMED).map(({ key }) => key);
  return [...keys, ...(rows.length > MOST_NAMED ? ['…'] : [])].join(', ') || 'none yet';
}

function unknown(path: string, named: string, kind: string, there: string) {
  return invalidValue(
    path,
    `${JSON.stringify(named)} is no ${kind} of this company; there are: ${there}. Create it first, or name one of these.`,
  );
}
