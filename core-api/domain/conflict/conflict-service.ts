import type { Database } from '#core-api/persistence/database.js';
import { CONFLICTS, type ConflictRow } from '#core-api/persistence/stores/conflicts.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { getRecord, listRecords } from '../admin-list.js';
import type { DateTimeFilter, Page, PageRequest, StringFilter } from '../paging.js';

/** All that are given must hold. */
export interface ConflictFilter {
  kind?: StringFilter | null;
  directoryId?: StringFilter | null;
  objectId?: StringFilter | null;
  requestId?: StringFilter | null;
  at?: DateTimeFilter | null;
}

const ORDERS = { AT: 'at' } as const;

/** What the directories of the actor's company wanted and did not get, or got otherwise. */
export class ConflictService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /** The newest first. @throws INVALID_VALUE (the page that is asked for) | UNSUPPORTED_FILTER */
  list(request: PageRequest<ConflictFilter, never>): Promise<Page<ConflictRow>> {
    requirePermission(this.actor, 'directories:read');
    const orderBy = { field: 'AT', direction: 'DESC' } as const;
    return listRecords(this.db, CONFLICTS, ORDERS, this.actor.companyId, { ...request, orderBy });
  }

  /** @throws NOT_FOUND */
  get(id: string): Promise<ConflictRow> {
    requirePermission(this.actor, 'directories:read');
    return getRecord(this.db, CONFLICTS, 'Conflict', this.actor.companyId, id);
  }
}
