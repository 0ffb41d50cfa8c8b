/** Where somebody lands who was not on the way to anywhere. */
export const HOME = '/sign-in/done';

const LONGEST = 2_048;

/**
 * A path of our own that a browser may be sent to afterwards; HOME for whatever could lead anywhere else: another origin, with or without a
 * scheme, with backslashes or control characters that browsers pass over, encoded or not.
 */
export function safePath(text: unknown): string {
  if (typeof text !== 'string' || text.length > LONGEST || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text)) return HOME;
  if (/\\|%(?:2f|5c)/i.test(text.split(/[?#]/, 1)[0]!)) return HOME;
  const ours = 'http://ours.invalid';
  const url = URL.canParse(text, ours) ? new URL(text, ours) : null;
  if (url?.origin !== ours || url.pathname.startsWith('//')) return HOME;
  return `${url.pathname}${url.search}`;
}
