import { DomainClaim, type DomainStatus } from '#core-api/persistence/entities/sign-in.js';
import {
  deleteVerifiedDomain,
  findVerifiedDomain,
  LAPSES_AFTER_DAYS,
  lockDomain,
  noteCheck,
  saveVerifiedDomain,
} from '#core-api/persistence/stores/verified-domains.js';
import { type CompanyActor, systemActor } from '../actor.js';
import { lockRecord, type RecordKind, saveRecord, type Transaction } from '../admin-record.js';
import { raiseAlarm, resolveAlarm } from '../alarm/alarms.js';
import { COMPANY } from '../company/company-record.js';
import { invalidValue } from '../errors.js';
import { PERMISSIONS } from '../permissions.js';
import { reviewProvisioning } from '../provisioning/prerequisites.js';
import type { DomainProof } from './domain-proof.js';

/*
 * Whose is a domain? Of all claims that are proved, that of one company counts, and stands in `verified_domain`; the others are held. What is decided about
 * a domain is decided by one transaction after the other, in whatever companies.
 */

export const DOMAIN_CLAIM: RecordKind<DomainClaim> = {
  entity: DomainClaim,
  type: 'DomainClaim',
  object: 'domain_claim',
  logged: ['domain', 'challenge', 'status', 'verifiedAt', 'failingSince'],
  ofCompany: true,
};

const DAY_MS = 86_400_000;

/** To be called first in a transaction that decides about the domain. */
export async function holdDomain({ tx }: Transaction, domain: string): Promise<void> {
  await tx.run(lockDomain.bind({ domain }));
}

/**
 * Draws the conclusions from a look into DNS.
 *
 * | claim    | proven, and the domain is free or its own | proven, and it is another company's | absent                                     |
 * |----------|-------------------------------------------|-------------------------------------|--------------------------------------------|
 * | PENDING  | VERIFIED                                  | HELD                                | PENDING                                    |
 * | VERIFIED | VERIFIED                                  | (cannot be)                         | VERIFIED and failing; after 7 days: LAPSED |
 * | HELD     | VERIFIED                                  | HELD                                | PENDING                                    |
 * | LAPSED   | VERIFIED                                  | HELD                                | LAPSED                                     |
 *
 * No answer changes no status: an outage of DNS takes nobody's domain. A verified claim counts as failing meanwhile, and rings.
 */
export async function settle(
  transaction: Transaction,
  actor: CompanyActor,
  id: string,
  proof: DomainProof,
): Promise<void> {
  const { tx } = transaction;
  const claim = await lockRecord(transaction, actor, DOMAIN_CLAIM, id);
  const { domain } = claim;
  const [verified] = await tx.run(findVerifiedDomain.bind({ domain }));
  const [check] = await tx.run(noteCheck.bind({ companyId: actor.companyId, id }));
  const { now, hasFailedLong } = check!; // the row is locked
  const isFree = verified === undefined || verified.claimId === id;
  const status = nextStatus(claim.status, proof, isFree, hasFailedLong);

  const others = (verified?.contenders ?? []).filter((each) => each !== id);
  if (status === 'VERIFIED') await save(transaction, domain, actor.companyId, id, others);
  else if (verified?.claimId === id) await tx.run(deleteVerifiedDomain.bind({ domain }));
  else if (verified && (status === 'HELD') !== verified.contenders.includes(id))
    await contend(transaction, domain, verified, status === 'HELD' ? [...others, id] : others);

  const isVerified = status === 'VERIFIED';
  await change(transaction, actor, claim, {
    status,
    verifiedAt: isVerified ? (claim.verifiedAt ?? new Date(now)) : null,
    failingSince: isVerified && proof !== 'PROVEN' ? (claim.failingSince ?? new Date(now)) : null,
    isContested: isVerified && others.length > 0,
  });
}

function nextStatus(status: DomainStatus, proof: DomainProof, isFree: boolean, hasFailedLong: boolean): DomainStatus {
  if (proof === 'PROVEN') return isFree ? 'VERIFIED' : 'HELD';
  if (proof === 'UNANSWERED') return status;
  if (status === 'VERIFIED') return hasFailedLong ? 'LAPSED' : 'VERIFIED';
  return status === 'HELD' ? 'PENDING' : status;
}

/** Takes a claim out of everything that followed from it. @returns the claim, locked */
export async function letGo(transaction: Transaction, actor: CompanyActor, id: string): Promise<DomainClaim> {
  const claim = await lockRecord(transaction, actor, DOMAIN_CLAIM, id);
  const { domain } = claim;
  const [verified] = await transaction.tx.run(findVerifiedDomain.bind({ domain }));
  if (verified?.claimId === id) await transaction.tx.run(deleteVerifiedDomain.bind({ domain }));
  else if (verified?.contenders.includes(id))
    await contend(
      transaction,
      domain,
      verified,
      verified.contenders.filter((each) => each !== id),
    );
  for (const kind of ALARMS) await ring(transaction, actor, kind, claim, false);
  return claim;
}

/** Makes a held claim the one that counts. @returns the company that had the domain; null: none had any more */
export async function award(transaction: Transaction, actor: CompanyActor, id: string): Promise<string | null> {
  const claim = await lockRecord(transaction, actor, DOMAIN_CLAIM, id);
  if (claim.status !== 'HELD') throw invalidValue('id', 'Only a domain whose claim is held can be awarded.');
  const { domain } = claim;
  const [verified] = await transaction.tx.run(findVerifiedDomain.bind({ domain }));
  const others = (verified?.contenders ?? []).filter((each) => each !== id);
  const contenders = verified ? [...others, verified.claimId] : others;
  await save(transaction, domain, actor.companyId, id, contenders);
  await change(transaction, actor, claim, {
    status: 'VERIFIED',
    verifiedAt: claim.checkedAt,
    failingSince: null,
    isContested: contenders.length > 0,
  });
  if (!verified) return null;

  await inCompanyOf(transaction, verified.heldBy, async (theirs) => {
    const loser = { ...actor, companyId: verified.heldBy };
    await lockRecord(theirs, loser, COMPANY, verified.heldBy);
    const lost = await lockRecord(theirs, loser, DOMAIN_CLAIM, verified.claimId);
    await change(theirs, loser, lost, { status: 'HELD', verifiedAt: null, failingSince: null, isContested: false });
    await reviewProvisioning(theirs, loser);
  });
  return verified.heldBy;
}

async function save(
  { tx }: Transaction,
  domain: string,
  heldBy: string,
  claimId: string,
  contenders: string[],
): Promise<void> {
  await tx.run(saveVerifiedDomain.bind({ domain, heldBy, claimId, contenders }));
}

/** Says who else has the proof, and lets the company that has the domain know; never who they are. */
async function contend(
  transaction: Transaction,
  domain: string,
  { heldBy, claimId }: { heldBy: string; claimId: string },
  contenders: string[],
): Promise<void> {
  await save(transaction, domain, heldBy, claimId, contenders);
  await inCompanyOf(transaction, heldBy, (theirs) =>
    ring(theirs, systemActor(heldBy, PERMISSIONS), 'DOMAIN_CONTESTED', { id: claimId, domain }, contenders.length > 0),
  );
}

interface ClaimState extends Pick<DomainClaim, 'status' | 'verifiedAt' | 'failingSince'> {
  isContested: boolean;
}

/** Writes what differs, named after what became of the claim, and rings the alarms that go with it. */
async function change(
  transaction: Transaction,
  actor: CompanyActor,
  claim: DomainClaim,
  { isContested, ...values }: ClaimState,
): Promise<void> {
  const { status, failingSince } = values;
  const became = status !== claim.status ? status.toLowerCase() : failingSince ? 'failing' : 'changed';
  await saveRecord(transaction, actor, DOMAIN_CLAIM, became, claim, values);
  await ring(transaction, actor, 'DOMAIN_HELD', claim, status === 'HELD');
  await ring(transaction, actor, 'DOMAIN_LAPSED', claim, status === 'LAPSED');
  const lapsesAt = failingSince && new Date(failingSince.getTime() + LAPSES_AFTER_DAYS * DAY_MS);
  await ring(transaction, actor, 'DOMAIN_FAILING', claim, lapsesAt !== null, { lapsesAt });
  await ring(transaction, actor, 'DOMAIN_CONTESTED', claim, isContested);
}

/** Another company has the domain; another company has proved it, too; the proof is missing; it was missing for too long. */
const ALARMS = ['DOMAIN_HELD', 'DOMAIN_CONTESTED', 'DOMAIN_FAILING', 'DOMAIN_LAPSED'] as const;

async function ring(
  { tx }: Transaction,
  actor: CompanyActor,
  kind: (typeof ALARMS)[number],
  { id, domain }: Pick<DomainClaim, 'id' | 'domain'>,
  rings: boolean,
  details: Record<string, unknown> = {},
): Promise<void> {
  const subject = { kind, subjectId: id };
  if (rings) await raiseAlarm(tx, actor, { ...subject, details: { domain, ...details } });
  else await resolveAlarm(tx, actor, subject);
}

/** Within the same transaction, what is another company's. */
function inCompanyOf<T>({ tx }: Transaction, companyId: string, work: (theirs: Transaction) => Promise<T>): Promise<T> {
  return tx.forCompany(companyId).inTransaction((theirTx, em) => work({ tx: theirTx, em }));
}
