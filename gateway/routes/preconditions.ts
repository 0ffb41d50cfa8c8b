import type { Exchange } from '#gateway/routes/exchange.js';
import { ScimError } from '#gateway/scim/error.js';
import { toETag } from '#gateway/translate/resource-meta.js';

/*
 * Conditional requests (RFC 9110 §13, RFC 7644 §3.14). Versions are compared weakly, also in If-Match: all of ours are weak, and SCIM's own examples
 * send them there. What is no list of entity tags matches nothing, so a write with it is refused and a read answered whole.
 */

/** `*`, or entity tags without their `W/`. */
type Tags = '*' | ReadonlySet<string>;

const LIST = /^\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*(?:,\s*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"\s*)*$/;
const TAG = /"[^"]*"/g;

function parseTags(header: string): Tags {
  if (header.trim() === '*') return '*';
  return new Set(LIST.test(header) ? header.match(TAG) : []);
}

/** @param etag of what is there. */
function matches(header: string, etag: string): boolean {
  const tags = parseTags(header);
  return tags === '*' || tags.has(etag.replace(/^W\//, ''));
}

/**
 * Whether a read is answered with 304.
 *
 * @param etag of the representation that was found.
 * @throws 412 when If-Match names other versions.
 */
export function isNotModified({ headers }: Exchange['req'], etag: string): boolean {
  requireMatch(headers['if-match'], etag);
  const header = headers['if-none-match'];
  return header !== undefined && matches(header, etag);
}

/**
 * The version that a write has to meet, for the core to compare; null where any will do. One version in If-Match, which is what clients send, is
 * passed on unread. What cannot be said that way (several, or If-None-Match) is decided by the version that is there, and that one is then expected.
 *
 * @param readVersion reads what is there, or throws 404.
 * @throws 412
 */
export async function expectedVersion(
  { headers }: Exchange['req'],
  readVersion: () => Promise<number>,
): Promise<number | null> {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  // An empty header is as none.
  if (!noneMatch) {
    const tags = match ? parseTags(match) : '*';
    if (tags === '*') return null;
    if (tags.size <= 1) return versionIn([...tags][0] ?? '');
  }
  const version = await readVersion();
  const etag = toETag(version);
  requireMatch(match, etag);
  if (noneMatch && matches(noneMatch, etag))
    throw new ScimError(412, null, 'If-None-Match names the version that is there.');
  return version;
}

/**
 * The version that an operation of a Bulk has to meet; null where any will do.
 *
 * @throws 412 for what is not one version of ours
 */
export function versionOfOperation(version: string | null): number | null {
  const tags = version === null ? '*' : parseTags(version);
  return tags === '*' ? null : versionIn(tags.size === 1 ? [...tags][0]! : '');
}

function requireMatch(header: string | undefined, etag: string): void {
  if (header && !matches(header, etag)) throw noSuchVersion();
}

/** @throws 412 for what never was a version of ours. */
function versionIn(tag: string): number {
  const digits = /^"(\d{1,9})"$/.exec(tag)?.[1];
  if (digits === undefined) throw noSuchVersion();
  return Number(digits);
}

function noSuchVersion(): ScimError {
  return new ScimError(412, null, 'If-Match names no version of this resource that is there.');
}
