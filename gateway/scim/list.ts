import { excerpt, invalidValue } from '#gateway/scim/error.js';
import { LIST_URN } from '#gateway/scim/urns.js';

/** RFC 7644 §3.4.2. */
export interface ListResponse {
  schemas: [typeof LIST_URN];
  totalResults: number;
  startIndex: number;
  itemsPerPage: number;
  Resources: readonly object[];
}

export interface Paging {
  /** 1-based; at least 1. */
  startIndex: number;
  /** 0 asks for `totalResults` alone. */
  count: number;
}

const DEFAULT_COUNT = 100;
/** The most resources in one answer; ServiceProviderConfig promises it. */
export const MAX_COUNT = 1000;

/** The last index there is: no list is longer, and every layer below can still count to it. */
const MAX_START_INDEX = 2 ** 31 - 1;

/** `Resources` is there even when empty: Okta's test reads it on a look-up that finds nobody. */
export function listResponse({
  totalResults,
  startIndex,
  resources,
}: {
  totalResults: number;
  startIndex: number;
  resources: readonly object[];
}): ListResponse {
  return { schemas: [LIST_URN], totalResults, startIndex, itemsPerPage: resources.length, Resources: resources };
}

/**
 * Reads `startIndex` and `count` (RFC 7644 §3.4.2.4): 1 and 100 when absent; numbers out of range are moved to its ends.
 *
 * @throws invalidValue when one of them is no integer.
 */
export function parsePaging(query: Pick<URLSearchParams, 'get'>): Paging {
  return {
    startIndex: clamp(integer(query, 'startIndex') ?? 1, 1, MAX_START_INDEX),
    count: clamp(integer(query, 'count') ?? DEFAULT_COUNT, 0, MAX_COUNT),
  };
}

function integer(query: Pick<URLSearchParams, 'get'>, name: string): number | null {
  const text = query.get(name)?.trim() ?? null;
  if (text === null) return null;
  if (!/^[+-]?\d+$/.test(text)) throw invalidValue(`${name} must be an integer, not ${excerpt(text)}.`);
  return Number(text);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
