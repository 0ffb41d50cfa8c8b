import { reviewAllExpiries } from '#core-api/domain/sso/certificate-expiry.js';
import type { MetadataMeans } from '#core-api/domain/sso/idp-metadata.js';
import { readDueMetadata } from '#core-api/domain/sso/sso-connection-service.js';
import { HourlyJob, type HourlyParts } from './hourly-job.js';

interface Parts extends HourlyParts {
  means: MetadataMeans;
}

/** Looks when certificates of sign-in connections expire, and once a day whether their metadata say something else. */
export class SsoWatch extends HourlyJob<Parts> {
  constructor(parts: Parts) {
    super(parts, 'sso watch', 'a sign-in connection was not looked at');
  }

  work(): Promise<void> {
    return this.forEachCompany(async (db, companyId) => {
      await this.attempt(companyId, () => reviewAllExpiries(db, companyId));
      const reads = await this.attempt(companyId, () => readDueMetadata(db, companyId, this.parts.means));
      for (const read of reads ?? []) await this.attempt(companyId, read);
    });
  }
}
