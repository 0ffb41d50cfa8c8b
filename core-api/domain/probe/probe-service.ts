import type { Database } from '#core-api/persistence/database.js';
import { Role } from '#core-api/persistence/entities/role.js';
import {
  COMPANIES,
  type CompanyRow,
  DIRECTORIES,
  type DirectoryRow,
} from '#core-api/persistence/stores/admin-tables.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getRecord } from '../admin-list.js';
import { provisioningStatusOf } from '../provisioning/provisioning-status.js';
import { grantedRoles } from '../user/role-attribute.js';
import type { Probe, ProbeStep } from './probe.js';
import { closeProbe, openProbe } from './probe-company.js';

/** How a test of a directory went. */
export interface ProbeReport {
  /** No step failed. */
  ok: boolean;
  /** The base URL that was tested, and that the identity provider is given. */
  url: string;
  steps: ProbeStep[];
}

/** Tests directories of the actor's company as an identity provider would find them, in a hidden company, so that nothing of it shows in the actor's. */
export class ProbeService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly probe: Probe,
  ) {}

  /**
   * One test of a company at a time; it takes 20 seconds at most.
   *
   * @throws FORBIDDEN | NOT_FOUND | CONFLICT (another one is under way)
   */
  async test(directoryId: string): Promise<ProbeReport> {
    requirePermission(this.actor, 'directories:write');
    requirePermission(this.actor, 'tokens:write');
    const { companyId } = this.actor;
    const directory = await getRecord(this.db, DIRECTORIES, 'Directory', companyId, directoryId);
    const company = await getRecord(this.db, COMPANIES, 'Company', companyId, companyId);
    const roles = await this.db.em.find(Role, { companyId }, { orderBy: { rank: 'asc', key: 'asc' } });
    const { profile, profileVersion, idpKind } = directory;
    const opened = await openProbe(this.db, companyId, directory);
    try {
      const { url, steps } = await this.probe({
        token: opened.secret,
        idpKind,
        profile: { ...profile, version: profileVersion },
        roleValue: grantingValue(profile, roles),
        label: opened.directoryId,
      });
      const all = [switchedOn(company, directory), ...steps];
      return { ok: all.every(({ ok }) => ok !== false), url, steps: all };
    } finally {
      await closeProbe(this.db, opened);
    }
  }
}

/** The hidden company is always ready for provisioning; whether the real one is must be said all the same. */
function switchedOn(company: CompanyRow, directory: DirectoryRow): ProbeStep {
  const { state, reason } = provisioningStatusOf(company);
  const [got, howToMend] =
    state === 'OFF'
      ? ['Provisioning is off.', 'Switch provisioning on for the company (enableProvisioning).']
      : state === 'SUSPENDED'
        ? [`Provisioning is suspended: ${reason}.`, MENDS[reason ?? 'COMPANY_SUSPENDED']]
        : directory.status === 'DISABLED'
          ? ['The directory is disabled.', 'Enable the directory (updateDirectory).']
          : ['Both are on.', null];
  return {
    step: 'SWITCHED_ON',
    title: 'Provisioning is switched on',
    ok: howToMend === null,
    status: null,
    expected: 'Provisioning is on for the company, and the directory is enabled.',
    got,
    howToMend,
    durationMs: 0,
  };
}

const MENDS = {
  PLAN_REQUIRED: 'Provisioning is part of the plan ENTERPRISE: let an operator change the plan (changePlan).',
  SSO_REQUIRED: 'Set a sign-in connection of the company to ACTIVE (updateSsoConnection).',
  DOMAIN_REQUIRED: 'Verify a domain of the company (claimDomain), or let its policy do without (updateCompany).',
  COMPANY_SUSPENDED: 'Let an operator resume the company (resumeCompany).',
} as const;

/** A value of the role attribute by which the profile grants a role that is not the default, if there is one; null: none grants any. */
function grantingValue(profile: DirectoryProfile, roles: readonly Role[]): string | null {
  const byDefault = roles.filter(({ isDefault }) => isDefault);
  const others = roles.filter(({ isDefault }) => !isDefault);
  const candidates = [...Object.keys(profile.roleValues), ...[...others, ...byDefault].map(({ key }) => key)];
  const allowed = canonicalValues(profile);
  const granting = candidates.flatMap((value) => {
    if (allowed && !allowed.some((each) => each.toLowerCase() === value.toLowerCase())) return [];
    const [roleId] = grantedRoles({ ...profile, unknownRoles: 'IGNORE' }, [value], roles).roleIds;
    return roleId === undefined ? [] : [{ value, isDefault: byDefault.some(({ id }) => id === roleId) }];
  });
  return (granting.find(({ isDefault }) => !isDefault) ?? granting[0])?.value ?? null;
}

function canonicalValues({ roleAttribute, extensions }: DirectoryProfile): readonly string[] | undefined {
  const wanted = roleAttribute?.toLowerCase();
  const attributes = extensions.flatMap(({ urn, attributes }) =>
    attributes.map((attribute) => ({ path: `${urn}:${attribute.name}`.toLowerCase(), attribute })),
  );
  return attributes.find(({ path }) => path === wanted)?.attribute.canonicalValues;
}
