import { excerpt, invalidSyntax, uriTooLong } from '#gateway/scim/error.js';
import { type Note, unheard } from '#gateway/scim/tolerances.js';

/** The parameters of a request. `get` ignores the case of the name, and gives '' for a parameter without a value. */
export type Query = Pick<URLSearchParams, 'get' | 'has'>;

const MAX_CHARACTERS = 100_000;
const MAX_PARAMETERS = 100;

/** Those of RFC 7644 §3.4.2 and §3.9 and of RFC 9865, by their names in lower case. */
const PARAMETERS = new Map(
  ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'cursor', 'attributes', 'excludedAttributes'].map(
    (name) => [name.toLowerCase(), name] as const,
  ),
);

/**
 * Reads a query string as the providers write it: `+` or `%20` for a space, a trailing `&` or `?`, flags without a
 * value (`aadOptscim062020`). Of a repeated parameter the first counts.
 *
 * @param note hears of what is not as the RFC has it; `+`, an empty query and flags are.
 * @param text what follows the first `?` of the URL, with or without it.
 * @throws 414 over 100,000 characters; invalidSyntax over 100 parameters, or for escapes that are not UTF-8.
 */
export function parseQuery(text: string, note: Note = unheard): Query {
  if (text.length > MAX_CHARACTERS) throw uriTooLong(MAX_CHARACTERS);
  const all = text.replace(/^\?/, '').split('&');
  const parts = all.filter((part) => part !== '' && part !== '?');
  // An empty query is none; an empty parameter beside others is one too many.
  if (parts.length < all.length && all.length > 1) note('EMPTY_PARAMETER', 'query');
  if (parts.length > MAX_PARAMETERS) throw invalidSyntax(`The query has more than ${MAX_PARAMETERS} parameters.`);

  const values = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf('=');
    const written = decode(equals < 0 ? part : part.slice(0, equals));
    const name = written.toLowerCase();
    const canonical = PARAMETERS.get(name);
    if (canonical !== undefined && canonical !== written) note('PARAMETER_IN_OTHER_CASE', written);
    if (values.has(name)) note('REPEATED_PARAMETER', written);
    else values.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
  }
  return {
    get: (name) => values.get(name.toLowerCase()) ?? null,
    has: (name) => values.has(name.toLowerCase()),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidSyntax(`The query holds a percent escape that is not UTF-8, in ${excerpt(text)}.`);
  }
}
