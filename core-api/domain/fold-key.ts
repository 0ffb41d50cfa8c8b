/**
 * The form in which user names, e-mail addresses and team names are compared (RFC 7643 §8.7.1, caseExact false): NFKC, then lower case
 * without a locale, so that no collation of a database or machine decides who is who. What was sent is stored beside it, untouched.
 */
export function foldKey(value: string): string {
  return value.normalize('NFKC').toLowerCase();
}
