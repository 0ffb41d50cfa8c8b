import { randomBytes } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import { DomainClaim } from '#core-api/persistence/entities/sign-in.js';
import { DOMAIN_CLAIMS, type DomainClaimRow } from '#core-api/persistence/stores/admin-tables.js';
import { dueClaims } from '#core-api/persistence/stores/verified-domains.js';
import { type CompanyActor, requireOperator, requirePermission, systemActor } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import { createRecord, deleteRecord, inRecordTransaction, lockRecord, type Transaction } from '../admin-record.js';
import { tokenCacheOf } from '../auth/token-cache.js';
import { COMPANY } from '../company/company-record.js';
import { DomainError, invalidValue } from '../errors.js';
import { newId } from '../new-id.js';
import type { Logic, Page, PageRequest, StringFilter } from '../paging.js';
import { PERMISSIONS } from '../permissions.js';
import type { LookUpTxt } from '../ports.js';
import { reviewProvisioning } from '../provisioning/prerequisites.js';
import { requireFresh } from '../sign-in/sessions.js';
import { award, DOMAIN_CLAIM, holdDomain, letGo, settle } from './domain-decision.js';
import { checkDomain } from './domain-name.js';
import { type DomainLook, lookFor } from './domain-proof.js';

export interface DomainClaimFilter extends Logic<DomainClaimFilter> {
  id?: StringFilter | null;
  domain?: StringFilter | null;
  status?: StringFilter | null;
}
export type DomainClaimOrderField = 'ID' | 'DOMAIN';

const ORDERS = { ID: null, DOMAIN: 'domain' } as const;
/** Each is looked for in DNS every day. */
const MOST_OF_A_COMPANY = 100;

/** The domains that the actor's company says are its own, and the proof of that in DNS. */
export class DomainClaimService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
    private readonly lookUpTxt: LookUpTxt,
  ) {}

  list(request: PageRequest<DomainClaimFilter, DomainClaimOrderField>): Promise<Page<DomainClaimRow>> {
    requirePermission(this.actor, 'directories:read');
    return listRecords(this.db, DOMAIN_CLAIMS, ORDERS, this.actor.companyId, request);
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<DomainClaimRow> {
    requirePermission(this.actor, 'directories:read');
    return this.read(this.db, id);
  }

  /** Says that a domain is the company's; nothing follows from it before it is proved. @throws INVALID_VALUE | UNIQUENESS (domain) */
  async claim(text: string): Promise<DomainClaimRow> {
    requirePermission(this.actor, 'sso:write');
    requireFresh(this.actor);
    const values = {
      id: newId(),
      domain: checkDomain(text),
      challenge: `rollcall-domain=${randomBytes(24).toString('base64url')}`,
      status: 'PENDING' as const,
    };
    return this.commit(values.domain, async (transaction) => {
      if ((await transaction.em.count(DomainClaim, { companyId: this.actor.companyId })) >= MOST_OF_A_COMPANY)
        throw invalidValue('domain', `A company claims ${MOST_OF_A_COMPANY} domains at most.`);
      await createRecord(transaction, this.actor, DOMAIN_CLAIM, values);
      return this.read(transaction.tx, values.id);
    });
  }

  /**
   * Looks for the proof now. A domain that another company has proved before is held: it stays that one's until its claim ends, or an operator decides.
   *
   * @throws NOT_FOUND
   */
  async verify(id: string): Promise<{ domainClaim: DomainClaimRow; look: DomainLook }> {
    requirePermission(this.actor, 'sso:write');
    requireFresh(this.actor);
    const { domain, challenge } = await this.read(this.db, id);
    const look = await lookFor(this.lookUpTxt, domain, challenge);
    const domainClaim = await this.commit(domain, async (transaction) => {
      await settle(transaction, this.actor, id, look.proof);
      return this.read(transaction.tx, id);
    });
    return { domainClaim, look };
  }

  /** Ends a claim, and with it whatever followed from the domain. @throws NOT_FOUND */
  async release(id: string): Promise<void> {
    requirePermission(this.actor, 'sso:write');
    requireFresh(this.actor);
    const { domain } = await this.read(this.db, id);
    await this.commit(domain, async (transaction) => {
      const claim = await letGo(transaction, this.actor, id);
      await deleteRecord(transaction, this.actor, DOMAIN_CLAIM, claim);
    });
  }

  /**
   * Gives a domain to a company whose claim is held; that of the one which had it is held from then on.
   *
   * @throws FORBIDDEN for everyone but an operator | NOT_FOUND | INVALID_VALUE (the claim isn't held)
   */
  async award(id: string): Promise<DomainClaimRow> {
    requireOperator(this.actor);
    const { domain } = await this.read(this.db, id);
    const { loser, row } = await this.commit(domain, async (transaction) => ({
      loser: await award(transaction, this.actor, id),
      row: await this.read(transaction.tx, id),
    }));
    if (loser !== null) tokenCacheOf(this.db).forget(loser);
    return row;
  }

  /** Provisioning can need a verified domain: whatever becomes of one, it is looked at again. */
  private async commit<T>(domain: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const result = await inRecordTransaction(this.db, async (transaction) => {
      await holdDomain(transaction, domain);
      await lockRecord(transaction, this.actor, COMPANY, this.actor.companyId);
      const done = await work(transaction);
      await reviewProvisioning(transaction, this.actor);
      return done;
    });
    tokenCacheOf(this.db).forget(this.actor.companyId);
    return result;
  }

  private read(db: Database, id: string): Promise<DomainClaimRow> {
    return getRecord(db, DOMAIN_CLAIMS, 'DomainClaim', this.actor.companyId, id);
  }
}

/** Looks again for the proof of each domain of the company that was not looked for within a day. Stops when `isStopped` says so. */
export async function recheckDomains(
  db: Database,
  companyId: string,
  lookUpTxt: LookUpTxt,
  isStopped: () => boolean,
): Promise<void> {
  const claims = new DomainClaimService(db, systemActor(companyId, PERMISSIONS), lookUpTxt);
  for (const { id } of await db.run(dueClaims.bind({ companyId }))) {
    if (isStopped()) return;
    await claims.verify(id).catch(unlessGone);
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error;
}
