import type { ProvisioningLack } from '#core-api/persistence/entities/company.js';
import type { CompanyRow } from '#core-api/persistence/stores/admin-tables.js';

interface ProvisioningStatus {
  state: 'OFF' | 'ON' | 'SUSPENDED';
  since: string | null;
  reason: ProvisioningLack | 'COMPANY_SUSPENDED' | null;
}

/** Whether directories of the company can provision, and if not, why. */
export function provisioningStatusOf(company: CompanyRow): ProvisioningStatus {
  const { provisioning, provisioningSince: since, provisioningSuspended, suspendedAt } = company;
  if (!provisioning) return { state: 'OFF', since: null, reason: null };
  const reason = suspendedAt === null ? provisioningSuspended : 'COMPANY_SUSPENDED';
  return { state: reason === null ? 'ON' : 'SUSPENDED', since, reason };
}
