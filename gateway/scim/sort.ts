import { type AttrPath, splitAttrPath } from '#gateway/scim/attr-path.js';
import { excerpt, invalidPath, invalidValue } from '#gateway/scim/error.js';

/** RFC 7644 §3.4.2.3. */
export interface Sort {
  path: AttrPath;
  direction: 'ASC' | 'DESC';
}

const DIRECTIONS: ReadonlyMap<string, Sort['direction']> = new Map([
  ['ascending', 'ASC'],
  ['descending', 'DESC'],
]);

/**
 * Reads `sortBy` and `sortOrder`, which is ascending when it is absent; whether there is such an attribute is not looked at.
 *
 * @returns null when nothing is to be sorted by.
 * @throws invalidPath (sortBy is no name) | invalidValue (sortOrder is neither `ascending` nor `descending`)
 */
export function parseSort(query: Pick<URLSearchParams, 'get'>): Sort | null {
  const order = query.get('sortOrder')?.trim() || 'ascending';
  const direction = DIRECTIONS.get(order);
  if (!direction) throw invalidValue(`sortOrder must be ascending or descending, not ${excerpt(order)}.`);
  const text = query.get('sortBy')?.trim();
  if (!text) return null;
  const path = splitAttrPath(text, 1);
  if (!path) throw invalidPath(`sortBy is no attribute: ${excerpt(text)}.`);
  return { path, direction };
}
