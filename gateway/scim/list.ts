import { excerpt, invalidCount, invalidValue } from '#gateway/scim/error.js';
import { LIST_URN } from '#gateway/scim/urns.js';

/** RFC 7644 §3.4.2, and RFC 9865 §2. */
export interface ListResponse {
  schemas: [typeof LIST_URN];
  totalResults: number;
  /** Left out where cursors are used. */
  startIndex?: number;
  itemsPerPage: number;
  nextCursor?: string;
  previousCursor?: string;
  Resources: readonly object[];
}

/** Which page is asked for; a `count` of 0 asks for `totalResults` alone. */
export type Paging =
  /** `startIndex` is 1-based, and at least 1. */
  | { by: 'index'; startIndex: number; count: number }
  /** '' is the first page. */
  | { by: 'cursor'; cursor: string; count: number };

export const DEFAULT_COUNT = 100;
/** The most resources in one answer; ServiceProviderConfig promises it. */
export const MAX_COUNT = 1000;

/** How long a cursor is good for; ServiceProviderConfig promises it, too. */
export const CURSOR_TIMEOUT_SECONDS = 3600;

/** The last index there is: no list is longer, and every layer below can still count to it. */
const MAX_START_INDEX = 2 ** 31 - 1;

/** What a list says beside its resources. */
export type ListFacts = Pick<ListResponse, 'totalResults' | 'startIndex' | 'nextCursor' | 'previousCursor'>;

/** `Resources` is there even when empty: Okta's test reads it on a look-up that finds nobody. */
export function listResponse({
  totalResults,
  startIndex,
  nextCursor,
  previousCursor,
  resources,
}: ListFacts & { resources: readonly object[] }): ListResponse {
  return {
    schemas: [LIST_URN],
    totalResults,
    ...(startIndex !== undefined && { startIndex }),
    itemsPerPage: resources.length,
    ...(previousCursor !== undefined && { previousCursor }),
    ...(nextCursor !== undefined && { nextCursor }),
    Resources: resources,
  };
}

/**
 * Reads `startIndex` and `count` (RFC 7644 §3.4.2.4): 1 and 100 when absent; numbers out of range are moved to its ends. With `cursor`, be it empty,
 * the page is one of RFC 9865, which has a count above the most refused.
 *
 * @throws invalidValue when one of them is no integer, or when both kinds of paging are asked for; with a cursor invalidCount.
 */
export function parsePaging(query: Pick<URLSearchParams, 'get'>): Paging {
  const cursor = query.get('cursor')?.trim() ?? null;
  if (cursor === null) {
    return {
      by: 'index',
      startIndex: clamp(integer(query, 'startIndex', invalidValue) ?? 1, 1, MAX_START_INDEX),
      count: clamp(integer(query, 'count', invalidValue) ?? DEFAULT_COUNT, 0, MAX_COUNT),
    };
  }
  if (query.get('startIndex') !== null) throw invalidValue('Send startIndex or cursor, not both.');
  const count = Math.max(integer(query, 'count', invalidCount) ?? DEFAULT_COUNT, 0);
  if (count > MAX_COUNT) throw invalidCount(`count must be at most ${MAX_COUNT}.`);
  return { by: 'cursor', cursor, count };
}

function integer(query: Pick<URLSearchParams, 'get'>, name: string, refusal: typeof invalidValue): number | null {
  const text = query.get(name)?.trim() ?? null;
  if (text === null) return null;
  if (!/^[+-]?\d+$/.test(text)) throw refusal(`${name} must be an integer, not ${excerpt(text)}.`);
  return Number(text);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
