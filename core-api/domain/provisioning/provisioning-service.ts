import { createHash } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import type { CompanyPolicies } from '#core-api/persistence/entities/company.js';
import { COMPANIES, type CompanyRow } from '#core-api/persistence/stores/admin-tables.js';
import { deactivateManaged, findShutOut } from '#core-api/persistence/stores/provisioning.js';
import { authorOf, type CompanyActor, requireOwner, requirePermission } from '../actor.js';
import { getRecord } from '../admin-list.js';
import { inRecordTransaction, lockRecord, saveRecord } from '../admin-record.js';
import { tokenCacheOf } from '../auth/token-cache.js';
import { COMPANY } from '../company/company-record.js';
import { DomainError } from '../errors.js';
import { requireFresh } from '../sign-in/sessions.js';
import { GRACE_DAYS } from '../sso/sign-in-gate.js';
import { endSuspension, findLack, lacking } from './prerequisites.js';

const MOST_SHOWN = 100;
const USERS_A_PAGE = 2_000;
/** Before all ids. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** What switching provisioning on would do. */
export interface ProvisioningPreview {
  /** The policy by which it would do so. */
  policy: CompanyPolicies['unprovisionedSignIn'];
  /** How many people could not sign in any more. */
  shutOutCount: number;
  /** The first 100 of them, by id. */
  shutOutIds: string[];
  /** From when on, were it switched on now; null when nobody is shut out. */
  shutOutAt: string | null;
  /** Stands for all of this but the time. */
  hash: string;
}

/** Switches provisioning on and off for the actor's company. */
export class ProvisioningService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** Whom switching on would shut out (rules 1 and 2). @throws FORBIDDEN */
  async preview(): Promise<ProvisioningPreview> {
    requirePermission(this.actor, 'directories:read');
    requirePermission(this.actor, 'users:read');
    return (await this.look(this.db)).preview;
  }

  /**
   * Switches provisioning on. Nothing happens when it is on.
   *
   * @param previewHash of the preview that the owner has seen; null when there was none.
   * @throws FORBIDDEN (whoever is no owner) | STEP_UP_REQUIRED | PLAN_REQUIRED | SSO_REQUIRED | DOMAIN_REQUIRED | PREVIEW_CHANGED
   */
  async enable(previewHash: string | null): Promise<CompanyRow> {
    requireOwner(this.actor);
    requireFresh(this.actor);
    const enabled = await inRecordTransaction(this.db, async (transaction) => {
      const company = await lockRecord(transaction, this.actor, COMPANY, this.actor.companyId);
      const lack = await findLack(transaction, this.actor, company);
      if (lack) throw lacking(lack);
      if (!company.provisioning) {
        const { preview, now } = await this.look(transaction.tx);
        if (preview.hash !== previewHash)
          throw new DomainError('PREVIEW_CHANGED', 'Look at a preview of who would be shut out, and send its hash.');
        const values = { provisioning: true, provisioningSince: new Date(now), provisioningSuspended: null };
        await saveRecord(transaction, this.actor, COMPANY, 'provisioning_enabled', company, values);
      }
      return this.read(transaction.tx);
    });
    tokenCacheOf(this.db).forget(this.actor.companyId);
    return enabled;
  }

  /**
   * Switches provisioning off: directories are shut out, and their rows stay theirs. Nothing happens when it is off.
   *
   * @param users what becomes of the users that directories manage; nothing else of them is undone.
   * @throws FORBIDDEN (whoever is no owner) | STEP_UP_REQUIRED
   */
  async disable(users: 'KEEP_ACTIVE' | 'DEACTIVATE'): Promise<CompanyRow> {
    requireOwner(this.actor);
    requireFresh(this.actor);
    const disabled = await inRecordTransaction(this.db, async (transaction) => {
      const { tx } = transaction;
      const company = await lockRecord(transaction, this.actor, COMPANY, this.actor.companyId);
      if (company.provisioning) {
        const values = { provisioning: false, provisioningSince: null, provisioningSuspended: null };
        await saveRecord(transaction, this.actor, COMPANY, 'provisioning_disabled', company, values);
        await endSuspension(transaction, this.actor);
        if (users === 'DEACTIVATE') await this.deactivateAll(tx);
      }
      return this.read(tx);
    });
    tokenCacheOf(this.db).forget(this.actor.companyId);
    return disabled;
  }

  /** Page by page, so that no statement takes longer than the server lets one. */
  private async deactivateAll(tx: Database): Promise<void> {
    const author = authorOf(this.actor);
    for (let after: string | undefined = FIRST_ID; after !== undefined; ) {
      const [page]: { last: string }[] = await tx.run(deactivateManaged.bind({ ...author, after, most: USERS_A_PAGE }));
      after = page?.last;
    }
  }

  /** By the database's clock, as the gate compares it with the time at which somebody was made. */
  private async look(db: Database): Promise<{ preview: ProvisioningPreview; now: string }> {
    const { companyId } = this.actor;
    const { policies } = await this.read(db);
    const policy = policies.unprovisionedSignIn;
    const [found] = await db.run(findShutOut.bind({ companyId, graceDays: GRACE_DAYS, most: MOST_SHOWN }));
    const { total, digest, ids, now, graceEnds } = found!; // an aggregate is always one row
    const hashOf = (users: string) =>
      createHash('sha256')
        .update(JSON.stringify([companyId, policy, users]))
        .digest('base64url');
    if (policy === 'ALLOW' || total === 0)
      return { preview: { policy, shutOutCount: 0, shutOutIds: [], shutOutAt: null, hash: hashOf('') }, now };
    const shutOutAt = policy === 'BLOCK' ? now : graceEnds;
    return { preview: { policy, shutOutCount: total, shutOutIds: ids, shutOutAt, hash: hashOf(digest) }, now };
  }

  private read(db: Database): Promise<CompanyRow> {
    return getRecord(db, COMPANIES, 'Company', this.actor.companyId, this.actor.companyId);
  }
}
