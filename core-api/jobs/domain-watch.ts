import { recheckDomains } from '#core-api/domain/domain-claim/domain-claim-service.js';
import type { LookUpTxt } from '#core-api/domain/ports.js';
import { HourlyJob, type HourlyParts } from './hourly-job.js';

interface Parts extends HourlyParts {
  lookUpTxt: LookUpTxt;
}

/** Looks whether verified domains are still their companies': at each of them once a day. */
export class DomainWatch extends HourlyJob<Parts> {
  constructor(parts: Parts) {
    super(parts, 'domain watch', 'domains were not looked at');
  }

  work(): Promise<void> {
    const { lookUpTxt } = this.parts;
    return this.forEachCompany((db, companyId) =>
      this.attempt(companyId, () => recheckDomains(db, companyId, lookUpTxt, () => this.isStopped)).then(
        () => undefined,
      ),
    );
  }
}
