import { ScimError } from '#gateway/scim/error.js';

/**
 * The version that `If-Match` asks for: `W/"3"` as we send it, or `"3"`.
 *
 * @returns null without the header, and for `*`.
 * @throws 412 for anything else: it can match no version of ours.
 */
export function parseIfMatch(header: string | undefined): number | null {
  const text = header?.trim();
  if (!text || text === '*') return null;
  const digits = /^(?:W\/)?"(\d{1,9})"$/.exec(text)?.[1];
  if (digits === undefined) throw new ScimError(412, null, 'If-Match names no version of this resource.');
  return Number(digits);
}
