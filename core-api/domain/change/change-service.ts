import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import type { ChangeRow } from '#core-api/persistence/rows.js';
import { type ChangePosition, isAtPosition, listChanges } from '#core-api/persistence/stores/changes.js';
import type { Condition } from '#core-api/persistence/stores/filter-sql.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { invalidValue, notFound } from '../errors.js';
import { FilterTree } from '../filter-tree.js';
import { MOST_ROWS, readBounds } from '../page-bounds.js';
import type { DateTimeFilter, Logic, Page, StringFilter } from '../paging.js';

export type { ChangeRow };

/** All that are given must hold. Texts compare exactly. */
export interface ChangeFilter {
  kind?: StringFilter | null;
  objectType?: StringFilter | null;
  objectId?: StringFilter | null;
  actorId?: StringFilter | null;
  source?: StringFilter | null;
  credentialId?: StringFilter | null;
  requestId?: StringFilter | null;
  at?: DateTimeFilter | null;
}

export interface ChangeListRequest {
  filter?: ChangeFilter | null;
  /** OLDEST_FIRST unless given. */
  order?: 'OLDEST_FIRST' | 'NEWEST_FIRST' | null;
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** The change log of the actor's company. */
export class ChangeService {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  /**
   * Changes that are final: a reader that always goes on from the last cursor it got sees each of them once, whenever its transaction
   * committed. Cursors are positions, `epoch.xid.no`; the total is not counted (-1).
   *
   * @throws INVALID_VALUE (first, last, after, before) | UNSUPPORTED_FILTER
   */
  async list({ filter, order, first, after, last, before }: ChangeListRequest): Promise<Page<ChangeRow>> {
    requirePermission(this.actor, 'audit:read');
    const { limit, backwards } = readBounds({ first, last }, { most: MOST_ROWS, type: null });
    const [field, cursor] = backwards ? ['before', before] : ['after', after];
    if ((backwards ? after : before) != null)
      throw invalidValue(backwards ? 'after' : 'before', 'after goes with first, before with last.');
    const isNewestFirst = order === 'NEWEST_FIRST';

    const rows = await this.db.run(
      listChanges(this.actor.companyId, {
        filter: toChangeCondition(filter ?? {}),
        direction: isNewestFirst === backwards ? 'asc' : 'desc',
        beyond: cursor == null ? null : readPosition(field!, cursor),
        limit: limit + 1,
      }),
    );
    const nodes = rows.slice(0, limit);
    if (backwards) nodes.reverse();
    const hasMore = rows.length > limit;
    const hasLess = cursor != null;
    return {
      nodes,
      cursors: nodes.map(changePosition),
      hasNextPage: backwards ? hasLess : hasMore,
      hasPreviousPage: backwards ? hasMore : hasLess,
      totalCount: -1,
    };
  }

  /** @param id its position, `epoch.xid.no`. @throws NOT_FOUND, also as long as the change is not final */
  async get(id: string): Promise<ChangeRow> {
    requirePermission(this.actor, 'audit:read');
    const position = parsePosition(id);
    if (!position) throw notFound('Change', id);
    const wanted = { filter: isAtPosition(position), direction: 'asc', beyond: null, limit: 1 } as const;
    const [change] = await this.db.run(listChanges(this.actor.companyId, wanted));
    if (!change) throw notFound('Change', id);
    return change;
  }
}

/** A change's id, which is also its cursor. */
export function changePosition({ epoch, xid, no }: ChangePosition): string {
  return `${epoch}.${xid}.${no}`;
}

const POSITION = /^(\d{1,10})\.(\d{1,20})\.(\d{1,19})$/;

function readPosition(field: string, text: string): ChangePosition {
  const position = parsePosition(text);
  if (!position) throw invalidValue(field, `${field} is not a cursor of this list.`);
  return position;
}

function parsePosition(text: string): ChangePosition | null {
  const [, epoch = '', xid = '', no = ''] = POSITION.exec(text) ?? [];
  const isFitting = epoch !== '' && BigInt(epoch) < 2n ** 31n && BigInt(xid) < 2n ** 64n && BigInt(no) < 2n ** 63n;
  return isFitting ? { epoch: Number(epoch), xid, no } : null;
}

/** @throws UNSUPPORTED_FILTER */
function toChangeCondition(filter: ChangeFilter): Condition {
  const tree = new FilterTree();
  const text = (column: string) => (terms: StringFilter) =>
    tree.text({ text: sql.ref(`change.${column}`), comparison: 'EXACT' }, terms);
  const id = (column: string) => (terms: StringFilter) => tree.id(sql.ref(`change.${column}`), terms);
  return tree.toCondition<ChangeFilter & Logic<ChangeFilter>>(filter, {
    kind: text('kind'),
    objectType: text('object_type'),
    objectId: id('object_id'),
    actorId: id('actor_id'),
    source: text('source'),
    credentialId: id('credential_id'),
    requestId: text('request_id'),
    at: (terms) => tree.time(sql.ref('change.at'), terms),
  });
}
