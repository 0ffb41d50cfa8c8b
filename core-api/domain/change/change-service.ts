import type { Database } from '#core-api/persistence/database.js';
import type { ChangeRow } from '#core-api/persistence/rows.js';
import {
  BEFORE_ALL,
  type ChangePosition,
  changeFurtherOn,
  isAfterPosition,
  isAtPosition,
  isUpToPosition,
  listChanges,
  listChangesOfEach,
  newestChange,
  positionsAround,
} from '#core-api/persistence/stores/changes.js';
import { allOf, type Condition } from '#core-api/persistence/stores/filter-sql.js';
import { readInOrder } from '#core-api/persistence/stores/reading-order.js';
import { type CompanyActor, requirePermission } from '../actor.js';
import { invalidValue, notFound } from '../errors.js';
import { MOST_ROWS, readBounds } from '../page-bounds.js';
import type { Page } from '../paging.js';
import { type ChangeFilter, toChangeCondition } from './change-filter.js';

export type { ChangeRow };

export interface ChangeListRequest {
  filter?: ChangeFilter | null;
  /** OLDEST_FIRST unless given. */
  order?: 'OLDEST_FIRST' | 'NEWEST_FIRST' | null;
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** The rows of one page, and how they are read. */
interface Wanted {
  direction: 'asc' | 'desc';
  beyond: ChangePosition | null;
  /** One row more than the page has. */
  limit: number;
  backwards: boolean;
}

const LOT = 1_000;

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
  async list({ filter, ...page }: ChangeListRequest): Promise<Page<ChangeRow>> {
    requirePermission(this.actor, 'audit:read');
    const wanted = readPage(page);
    const condition = toChangeCondition(filter ?? {});
    const { after: start, upTo } = await this.#stretchOf(filter ?? {});
    const rows = await this.db.run(
      listChanges(this.actor.companyId, {
        ...wanted,
        filter: allOf([condition, ...(start ? [isAfterPosition(start)] : []), ...(upTo ? [isUpToPosition(upTo)] : [])]),
      }),
    );
    return pageOf(rows, wanted);
  }

  /**
   * The same page of several lists, each of the changes (alias `change`) that one of the conditions holds for: one statement.
   *
   * @throws INVALID_VALUE (first, last, after, before)
   */
  async listEach(
    conditions: readonly Condition[],
    page: Omit<ChangeListRequest, 'filter'>,
  ): Promise<Page<ChangeRow>[]> {
    requirePermission(this.actor, 'audit:read');
    const wanted = readPage(page);
    const rows = await this.db.run(listChangesOfEach(this.actor.companyId, conditions, wanted));
    const lists = Map.groupBy(rows, ({ place }) => place);
    return conditions.map((_, place) => pageOf(lists.get(place) ?? [], wanted));
  }

  /**
   * All changes that are final now and that the filter lets through, oldest first, in lots of 1,000 at most: each lot is a transaction of its own over
   * 1,000 changes, so that neither a long log nor a filter that matches little holds the database up. Lots can be empty.
   *
   * @throws UNSUPPORTED_FILTER
   */
  async *all(filter: ChangeFilter): AsyncGenerator<ChangeRow[], void, undefined> {
    requirePermission(this.actor, 'audit:read');
    const { companyId } = this.actor;
    const wanted = toChangeCondition(filter);
    const { after, upTo } = await this.#stretchOf(filter);
    const [newest] = await this.db.run(newestChange.bind({ companyId }));
    if (!newest) return;
    const through = upTo && isBefore(upTo, newest) ? upTo : newest;
    let beyond = after ?? BEFORE_ALL;
    while (isBefore(beyond, through)) {
      const { lot, upTo } = await this.#lotAfter(beyond, through, wanted);
      yield lot;
      beyond = upTo;
    }
  }

  async #lotAfter(beyond: ChangePosition, through: ChangePosition, wanted: Condition) {
    const { companyId } = this.actor;
    return this.db.inTransaction(async (tx) => {
      await tx.run(readInOrder);
      const [end] = await tx.run(changeFurtherOn.bind({ companyId, steps: LOT, ...beyond }));
      const upTo = end && isBefore(end, through) ? end : through;
      const filter = allOf([wanted, isUpToPosition(upTo)]);
      return { upTo, lot: await tx.run(listChanges(companyId, { filter, direction: 'asc', beyond, limit: LOT })) };
    });
  }

  /** Where in the log the times of the filter are to be found; null: open to that side. */
  async #stretchOf(filter: ChangeFilter): Promise<{ after: ChangePosition | null; upTo: ChangePosition | null }> {
    const { eq, gt, ge, lt, le } = filter.at ?? {};
    const from = eq ?? ge ?? gt ?? null;
    const to = eq ?? le ?? lt ?? null;
    const ends =
      from === null && to === null
        ? []
        : await this.db.run(positionsAround.bind({ companyId: this.actor.companyId, from, to }));
    return { after: ends.find(({ isAfter }) => isAfter) ?? null, upTo: ends.find(({ isAfter }) => !isAfter) ?? null };
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

function readPage({ order, first, after, last, before }: Omit<ChangeListRequest, 'filter'>): Wanted {
  const { limit, backwards } = readBounds({ first, last }, { most: MOST_ROWS, type: null });
  const [field, cursor] = backwards ? ['before', before] : ['after', after];
  if ((backwards ? after : before) != null)
    throw invalidValue(backwards ? 'after' : 'before', 'after goes with first, before with last.');
  const isNewestFirst = order === 'NEWEST_FIRST';
  return {
    direction: isNewestFirst === backwards ? 'asc' : 'desc',
    beyond: cursor == null ? null : readPosition(field!, cursor),
    limit: limit + 1,
    backwards,
  };
}

function pageOf(rows: readonly ChangeRow[], { limit, backwards, beyond }: Wanted): Page<ChangeRow> {
  const nodes = rows.slice(0, limit - 1);
  if (backwards) nodes.reverse();
  const hasMore = rows.length === limit;
  const hasLess = beyond !== null;
  return {
    nodes,
    cursors: nodes.map(changePosition),
    hasNextPage: backwards ? hasLess : hasMore,
    hasPreviousPage: backwards ? hasMore : hasLess,
    totalCount: -1,
  };
}

function isBefore(left: ChangePosition, right: ChangePosition): boolean {
  if (left.epoch !== right.epoch) return left.epoch < right.epoch;
  if (left.xid !== right.xid) return BigInt(left.xid) < BigInt(right.xid);
  return BigInt(left.no) < BigInt(right.no);
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
