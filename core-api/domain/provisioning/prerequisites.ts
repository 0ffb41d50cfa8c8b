import type { EntityManager } from '@mikro-orm/core';
import type { Company, ProvisioningLack } from '#core-api/persistence/entities/company.js';
import { DomainClaim } from '#core-api/persistence/entities/sign-in.js';
import { SsoConnection } from '#core-api/persistence/entities/sso-connection.js';
import type { CompanyActor } from '../actor.js';
import { lockRecord, saveRecord, type Transaction } from '../admin-record.js';
import { raiseAlarm, resolveAlarm } from '../alarm/alarms.js';
import { COMPANY } from '../company/company-record.js';
import { DomainError } from '../errors.js';

const ALARM = { kind: 'PROVISIONING_SUSPENDED' };

/** What the company lacks for provisioning (rule 1); null: nothing. The transaction holds the company's row. */
export async function findLack(
  { em }: Transaction,
  { companyId }: CompanyActor,
  { plan, policies }: Company,
): Promise<ProvisioningLack | null> {
  if (plan !== 'ENTERPRISE') return 'PLAN_REQUIRED';
  if (!(await hasActiveConnection(em, companyId))) return 'SSO_REQUIRED';
  if (!policies.provisioningNeedsVerifiedDomain) return null;
  return (await em.count(DomainClaim, { companyId, status: 'VERIFIED' })) === 0 ? 'DOMAIN_REQUIRED' : null;
}

export async function hasActiveConnection(em: EntityManager, companyId: string): Promise<boolean> {
  return (await em.count(SsoConnection, { companyId, status: 'ACTIVE' })) > 0;
}

/**
 * Suspends provisioning, or ends its suspension, as what it needs went away or came back; with its alarm. To be called in the transaction of whatever
 * changes plan, policies, sign-in connections, verified domains or provisioning itself. Its callers lock the company's row before anything else, so that of two that each
 * take away one of two connections the second sees what the first has left.
 */
export async function reviewProvisioning(transaction: Transaction, actor: CompanyActor): Promise<void> {
  const company = await lockRecord(transaction, actor, COMPANY, actor.companyId);
  const provisioningSuspended = company.provisioning ? await findLack(transaction, actor, company) : null;
  if (provisioningSuspended === company.provisioningSuspended) return;
  const action = provisioningSuspended ? 'provisioning_suspended' : 'provisioning_resumed';
  await saveRecord(transaction, actor, COMPANY, action, company, { provisioningSuspended });
  // What is missing now may be something else than before: an alarm that rings on would name the wrong reason.
  await resolveAlarm(transaction.tx, actor, ALARM);
  if (provisioningSuspended)
    await raiseAlarm(transaction.tx, actor, { ...ALARM, details: { reason: provisioningSuspended } });
}

/** Ends the alarm of a suspension that is over because provisioning itself is. */
export async function endSuspension({ tx }: Transaction, actor: CompanyActor): Promise<void> {
  await resolveAlarm(tx, actor, ALARM);
}

const LACKS: Record<ProvisioningLack, string> = {
  PLAN_REQUIRED: "Provisioning is part of the plan ENTERPRISE, which isn't the company's.",
  SSO_REQUIRED: 'Provisioning needs an active single sign-on connection, and the company has none.',
  DOMAIN_REQUIRED: "By the company's policy provisioning needs a verified domain, and the company has none.",
};

export function lacking(lack: ProvisioningLack): DomainError {
  return new DomainError(lack, LACKS[lack]);
}
