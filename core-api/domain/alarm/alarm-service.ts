import type { Database } from '#core-api/persistence/database.js';
import { Alarm } from '#core-api/persistence/entities/watch.js';
import { ALARMS, type AlarmRow } from '#core-api/persistence/stores/alarms.js';
import { type CompanyActor, keptNameOf, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import { inRecordTransaction, lockRecord, type RecordKind, saveRecord } from '../admin-record.js';
import type { Page, PageRequest, StringFilter } from '../paging.js';

/** All that are given must hold. */
export interface AlarmFilter {
  kind?: StringFilter | null;
  directoryId?: StringFilter | null;
  /** True: what is not over yet. */
  isOpen?: boolean | null;
}

const ALARM: RecordKind<Alarm> = {
  entity: Alarm,
  type: 'Alarm',
  object: 'alarm',
  logged: ['kind', 'acknowledgedAt', 'acknowledgedBy', 'resolvedAt'],
  ofCompany: true,
};
/** What was over at once: it rings until somebody has seen it. */
const EVENTS: ReadonlySet<string> = new Set(['BREAK_GLASS_SIGN_IN']);
const ORDERS = { RAISED_AT: 'raisedAt' } as const;

/** What the owners of the actor's company should look at. */
export class AlarmService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** The newest first. @throws INVALID_VALUE (the page that is asked for) | UNSUPPORTED_FILTER */
  list({ filter, ...page }: PageRequest<AlarmFilter, never>): Promise<Page<AlarmRow>> {
    requirePermission(this.actor, 'directories:read');
    const { isOpen, ...terms } = filter ?? {};
    return listRecords(this.db, ALARMS, ORDERS, this.actor.companyId, {
      ...page,
      filter: isOpen == null ? terms : { ...terms, resolvedAt: { isSet: !isOpen } },
      orderBy: { field: 'RAISED_AT', direction: 'DESC' },
    });
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<AlarmRow> {
    requirePermission(this.actor, 'directories:read');
    return this.read(this.db, id);
  }

  /** Notes who has seen it; it rings on until what it is about is over, where that takes a time. Nothing happens when somebody has. @throws NOT_FOUND */
  async acknowledge(id: string): Promise<AlarmRow> {
    requirePermission(this.actor, 'directories:write');
    return inRecordTransaction(this.db, async (transaction) => {
      const alarm = await lockRecord(transaction, this.actor, ALARM, id);
      if (alarm.acknowledgedAt === null) {
        const now = new Date();
        const resolved = EVENTS.has(alarm.kind) && alarm.resolvedAt === null ? { resolvedAt: now } : {};
        const values = { acknowledgedAt: now, acknowledgedBy: keptNameOf(this.actor), ...resolved };
        await saveRecord(transaction, this.actor, ALARM, 'acknowledged', alarm, values);
      }
      return this.read(transaction.tx, id);
    });
  }

  private read(db: Database, id: string): Promise<AlarmRow> {
    return getRecord(db, ALARMS, 'Alarm', this.actor.companyId, id);
  }
}
