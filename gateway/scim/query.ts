import { excerpt, invalidSyntax, uriTooLong } from '#gateway/scim/error.js';

/** The parameters of a request. `get` ignores the case of the name, and gives '' for a parameter without a value. */
export type Query = Pick<URLSearchParams, 'get' | 'has'>;

const MAX_CHARACTERS = 100_000;
const MAX_PARAMETERS = 100;

/**
 * Reads a query string as the providers write it: `+` or `%20` for a space, a trailing `&` or `?`, flags without a
 * value (`aadOptscim062020`). Of a repeated parameter the first counts.
 *
 * @param text what follows the first `?` of the URL, with or without it.
 * @throws 414 over 100,000 characters; invalidSyntax over 100 parameters, or for escapes that are not UTF-8.
 */
export function parseQuery(text: string): Query {
  if (text.length > MAX_CHARACTERS) throw uriTooLong(MAX_CHARACTERS);
  const parts = text
    .replace(/^\?/, '')
    .split('&')
    .filter((part) => part !== '' && part !== '?');
  if (parts.length > MAX_PARAMETERS) throw invalidSyntax(`The query has more than ${MAX_PARAMETERS} parameters.`);

  const values = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals)).toLowerCase();
    if (!values.has(name)) values.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
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
