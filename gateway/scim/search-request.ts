import { excerpt, invalidSyntax } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import type { Query } from '#gateway/scim/query.js';
import type { Note } from '#gateway/scim/tolerances.js';
import { SEARCH_URN } from '#gateway/scim/urns.js';

const TEXTS = ['filter', 'sortBy', 'sortOrder', 'cursor'] as const;
const NUMBERS = ['startIndex', 'count'] as const;
const LISTS = ['attributes', 'excludedAttributes'] as const;

/**
 * Reads the body of a POST to `/.search` (RFC 7644 §3.4.3, RFC 9865 §3) as the parameters that a GET would have. A member that is null is absent.
 *
 * @param note hears of a body without schemas.
 * @throws invalidSyntax when it is no SearchRequest, or a member is of another type.
 */
export function parseSearchRequest(body: unknown, note: Note): Query {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  const schemas = memberOf(body, 'schemas');
  if (schemas === undefined) note('NO_SCHEMAS', 'schemas');
  else if (!Array.isArray(schemas) || !schemas.some(isSearchUrn))
    throw invalidSyntax(`schemas must name ${SEARCH_URN}.`);

  const values = new Map<string, string>();
  const read = (names: readonly string[], type: string, toText: (value: unknown) => string | null) => {
    for (const name of names) {
      const value = memberOf(body, name);
      if (value == null) continue;
      const text = toText(value);
      if (text === null) throw invalidSyntax(`${name} must be ${type}, not ${excerpt(JSON.stringify(value))}.`);
      values.set(name.toLowerCase(), text);
    }
  };
  read(TEXTS, 'a string', (value) => (typeof value === 'string' ? value : null));
  read(NUMBERS, 'an integer', (value) => (Number.isInteger(value) ? BigInt(value as number).toString() : null)); // just checked
  read(LISTS, 'a list of strings', (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string') ? value.join(',') : null,
  );
  return {
    get: (name) => values.get(name.toLowerCase()) ?? null,
    has: (name) => values.has(name.toLowerCase()),
  };
}

const isSearchUrn = (urn: unknown) => typeof urn === 'string' && urn.toLowerCase() === SEARCH_URN.toLowerCase();
