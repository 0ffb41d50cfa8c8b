import type { Database } from '#core-api/persistence/database.js';
import {
  addToleranceCounts,
  deleteOldToleranceCounts,
  type ToleranceCountRow,
  type ToleranceMet,
  toleranceCountsOf,
} from '#core-api/persistence/stores/tolerance-counts.js';
import { TOLERANCES, type ToleranceEntry } from '#schema/tolerances.js';
import { type Actor, inCompany, requirePermission } from '../actor.js';
import { invalidValue } from '../errors.js';
import { isId } from '../new-id.js';
import { requireGateway } from './gateway-actor.js';

/** What one gateway met since it last told. */
export interface MetBatch {
  gatewayId: string;
  /** Rises with each batch of that gateway. The same one may come again. */
  batch: number;
  met: readonly (ToleranceMet & { companyId: string })[];
}

/** A habit with what the catalogue says of it. */
export interface CountedTolerance extends Pick<ToleranceEntry, 'description' | 'providers' | 'cure'> {
  name: string;
  count: number;
  lastAt: string;
}

const KEPT_DAYS = 30;
const MOST_MET = 10_000;

/** How often the identity providers of the actor's company do what the protocol has otherwise. */
export class ToleranceCounts {
  constructor(
    private readonly db: Database,
    private readonly actor: Actor,
  ) {}

  /** By directory, the most frequent first: of the last 30 days. */
  async ofDirectories(directoryIds: readonly string[]): Promise<Map<string, CountedTolerance[]>> {
    const { companyId } = inCompany(this.actor);
    requirePermission(this.actor, 'directories:read');
    const rows = await this.db.run(
      toleranceCountsOf.bind({ companyId, directoryIds: directoryIds.filter((id) => isId(id)) }),
    );
    const counted = rows.flatMap((row) => toCounted(row) ?? []);
    return Map.groupBy(counted, ({ directoryId }) => directoryId);
  }

  /**
   * Adds what a gateway met, company by company: one that fails keeps no other from its counts.
   *
   * @throws FORBIDDEN for everyone but the gateway itself | INVALID_VALUE
   */
  async add({ gatewayId, batch, met }: MetBatch): Promise<void> {
    requireGateway(this.actor);
    if (!isId(gatewayId)) throw invalidValue('gatewayId', 'gatewayId is no id.');
    if (met.length > MOST_MET) throw invalidValue('met', `At most ${MOST_MET} can be told at once.`);
    const failures: unknown[] = [];
    for (const [companyId, ofCompany] of Map.groupBy(met, (each) => each.companyId)) {
      if (!isId(companyId)) throw invalidValue('companyId', 'companyId is no id.');
      const added = addToleranceCounts.bind({ companyId, gatewayId, batch, met: JSON.stringify(ofCompany) });
      await this.db
        .forCompany(companyId)
        .run(added)
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Deletes the company's counts that are older than 30 days. */
export async function forgetOldToleranceCounts(db: Database, companyId: string): Promise<void> {
  await db.run(deleteOldToleranceCounts.bind({ companyId, days: KEPT_DAYS }));
}

/** Null for a habit that this version's catalogue does not have. */
function toCounted({ name, ...row }: ToleranceCountRow): (CountedTolerance & { directoryId: string }) | null {
  if (!Object.hasOwn(TOLERANCES, name)) return null;
  const { description, providers, cure } = TOLERANCES[name as keyof typeof TOLERANCES]; // own, just checked
  return { ...row, name, description, providers, cure };
}
