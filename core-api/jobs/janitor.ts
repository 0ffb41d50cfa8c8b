import { forgetOldConflicts } from '#core-api/domain/conflict/conflict-log.js';
import { forgetOldToleranceCounts } from '#core-api/domain/request-log/tolerance-counts.js';
import { forgetOldAttempts } from '#core-api/domain/sign-in/attempts.js';
import { forgetOldSsoRequests } from '#core-api/domain/sso/sso-requests.js';
import { deleteOldAccessTokens, maintainRequestLog } from '#core-api/persistence/stores/old-rows.js';
import { HourlyJob, type HourlyParts } from './hourly-job.js';

/**
 * Throws away what is kept for a time only: days of the request log and counts of tolerances after 30 days, conflicts after 90, access tokens and
 * sign-ins by single sign-on a day after they expired, counts of sign-in attempts once they say nothing any more.
 * Deleted users and teams stay.
 */
export class Janitor extends HourlyJob<HourlyParts> {
  constructor(parts: HourlyParts) {
    super(parts, 'janitor', 'old rows were not thrown away');
  }

  async work(): Promise<void> {
    await this.attempt(null, () => this.parts.db.run(maintainRequestLog));
    await this.attempt(null, () => forgetOldAttempts(this.parts.db));
    await this.forEachCompany(async (db, companyId) => {
      await this.attempt(companyId, () => forgetOldConflicts(db, companyId));
      await this.attempt(companyId, () => forgetOldToleranceCounts(db, companyId));
      await this.attempt(companyId, () => db.run(deleteOldAccessTokens.bind({ companyId })));
      await this.attempt(companyId, () => forgetOldSsoRequests(db, companyId));
    });
  }
}
