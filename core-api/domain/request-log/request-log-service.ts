import { sql } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import { anyOf, type Condition } from '#core-api/persistence/stores/filter-sql.js';
import {
  findChangesOfRequests,
  insertRequestLog,
  listRequestLog,
  type RequestLogPlace,
  type RequestLogRow,
  type RequestOfChanges,
} from '#core-api/persistence/stores/request-log.js';
import { type Actor, inCompany, requirePermission } from '../actor.js';
import { changePosition } from '../change/change-service.js';
import { invalidValue } from '../errors.js';
import { FilterTree } from '../filter-tree.js';
import { isId } from '../new-id.js';
import { MOST_ROWS, readBounds } from '../page-bounds.js';
import type { Logic, NumberFilter, Page, StringFilter } from '../paging.js';
import { requireGateway } from './gateway-actor.js';
import { readLoggedRequests } from './logged-request.js';

export type { RequestLogRow };

/** All that are given must hold. */
export interface RequestLogFilter {
  directoryId?: string | null;
  credentialId?: string | null;
  status?: NumberFilter | null;
  /** Refused, or broken off. */
  isFailure?: boolean | null;
  method?: string | null;
  path?: StringFilter | null;
  requestId?: string | null;
  /** Is contained in one of the bodies that were kept, ignoring case. */
  text?: string | null;
  /** ISO 8601, inclusive. */
  from?: string | null;
  to?: string | null;
}

export interface RequestLogRequest {
  filter?: RequestLogFilter | null;
  first?: number | null;
  after?: string | null;
  /** Bodies are null otherwise. */
  wantBodies: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Longer than entries are kept. */
const ALL_DAYS_MS = 32 * DAY_MS;

/** What identity providers sent to the actor's company, and what they were answered. */
export class RequestLogService {
  constructor(
    private readonly db: Database,
    private readonly actor: Actor,
  ) {}

  /**
   * Entries, the newest first; the total is not counted (-1). Without `from` those of the 24 hours before `to`, or before now, but with a request id all.
   *
   * @throws INVALID_VALUE (first, after, an inverted stretch of time) | UNSUPPORTED_FILTER
   */
  async list({ filter, first, after, wantBodies }: RequestLogRequest): Promise<Page<RequestLogRow>> {
    const { companyId } = inCompany(this.actor);
    this.#requireReading();
    const { limit } = readBounds({ first }, { most: MOST_ROWS, type: null });
    const rows = await this.db.run(
      listRequestLog(companyId, {
        ...stretchOf(filter ?? {}),
        filter: toCondition(filter ?? {}),
        after: after == null ? null : readPlace(after),
        limit: limit + 1,
        withBodies: wantBodies,
      }),
    );
    const nodes = rows.slice(0, limit);
    return {
      nodes,
      cursors: nodes.map(placeText),
      hasNextPage: rows.length > limit,
      hasPreviousPage: after != null,
      totalCount: -1,
    };
  }

  /** By request id: the positions of the changes that it caused, in their order, at most 200. */
  async changesOf(requests: readonly RequestOfChanges[]): Promise<Map<string, string[]>> {
    const { companyId } = inCompany(this.actor);
    this.#requireReading();
    const found = await this.db.run(findChangesOfRequests.bind({ companyId, requests: JSON.stringify(requests) }));
    const byRequest = Map.groupBy(found, ({ requestId }) => requestId);
    return new Map([...byRequest].map(([id, changes]) => [id, changes.map(changePosition)]));
  }

  /**
   * Appends what the gateway collected, company by company: one that fails keeps no other from its entries. The same entries may come again.
   *
   * @param entries a list of `LoggedRequest`, of which nothing is believed.
   * @throws FORBIDDEN for everyone but the gateway itself | INVALID_VALUE (entriesJson), and then nothing is appended
   */
  async append(entries: unknown): Promise<void> {
    requireGateway(this.actor);
    const failures: unknown[] = [];
    for (const [companyId, ofCompany] of Map.groupBy(readLoggedRequests(entries), (entry) => entry.companyId)) {
      await this.db
        .forCompany(companyId)
        .run(insertRequestLog(companyId, ofCompany))
        .catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  #requireReading(): void {
    requirePermission(this.actor, 'directories:read');
    requirePermission(this.actor, 'audit:read');
  }
}

function stretchOf({ from, to, requestId }: RequestLogFilter): { from: string; to: string } {
  // The database's clock may be ahead of this one's.
  const end = to == null ? Date.now() + HOUR_MS : Date.parse(to);
  const begin =
    from == null ? end - (requestId == null ? DAY_MS + (to == null ? HOUR_MS : 0) : ALL_DAYS_MS) : Date.parse(from);
  if (begin > end) throw invalidValue('from', 'from is later than to.');
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}

type Terms = Omit<RequestLogFilter, 'from' | 'to'>;

/** @throws UNSUPPORTED_FILTER */
function toCondition({ from: _, to: __, ...filter }: RequestLogFilter): Condition {
  const tree = new FilterTree();
  const column = (name: string) => sql.ref<string | null>(`r.${name}`);
  const exactly = (name: string) => (value: string) =>
    tree.text({ text: column(name), comparison: 'EXACT' }, { eq: value });
  return tree.toCondition<Terms & Logic<Terms>>(filter, {
    directoryId: (id) => tree.id(column('directory_id'), { eq: id }),
    credentialId: (id) => tree.id(column('credential_id'), { eq: id }),
    status: (terms) => tree.number(column('status'), terms),
    isFailure: (wanted) => sql`(r.status >= 400 or r.error is not null) = ${wanted}::boolean`,
    method: (method) => exactly('method')(method.toUpperCase()),
    path: (terms) => tree.text({ text: column('path'), comparison: 'EXACT' }, terms),
    requestId: exactly('request_id'),
    text: (text) =>
      anyOf(
        ['request_body', 'response_body'].map((body) =>
          tree.text({ text: column(body), comparison: 'LOWER' }, { contains: text }),
        ),
      ),
  });
}

function placeText({ at, id }: RequestLogPlace): string {
  return Buffer.from(`${at}/${id}`).toString('base64url');
}

const AT = /^[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A cursor comes from outside: nothing in it may make the statement fail. */
function readPlace(cursor: string): RequestLogPlace {
  const [at = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString('utf8').split('/');
  const isTime = AT.test(at) && !Number.isNaN(Date.parse(at)) && new Date(at).toISOString() === at;
  if (!isTime || !isId(id) || rest.length > 0) throw invalidValue('after', 'after is not a cursor of this list.');
  return { at, id };
}
