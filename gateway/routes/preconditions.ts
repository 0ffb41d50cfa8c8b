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

/** Whether `If-None-Match` names the version that a read found: compared weakly (RFC 9110 §8.8.3.2), in a list, or `*`. */
export function isNotModified(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
}
