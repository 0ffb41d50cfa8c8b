import { invalidValue } from '../errors.js';
import { isId } from '../new-id.js';

const LONGEST = 63;
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A company's name in URLs: 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit, and no id. @throws INVALID_VALUE */
export function checkSlug(slug: string): string {
  if (!SLUG.test(slug))
    throw invalidValue('slug', 'slug must have 1 to 63 of a-z, 0-9 and -, and begin and end with a letter or digit.');
  if (isId(slug)) throw invalidValue('slug', 'slug must not look like an id.');
  return slug;
}

/** The slug that a name suggests: accents go, everything else that isn't a letter or digit becomes `-`. */
export function toSlug(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  return words.join('-').slice(0, LONGEST).replace(/-$/, '') || 'company';
}

/** The first of `base`, `base-2`, `base-3`, … that is not taken. */
export function freeSlug(base: string, taken: ReadonlySet<string>): string {
  if (!taken.has(base)) return base;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const slug = base.slice(0, LONGEST - suffix.length).replace(/-$/, '') + suffix;
    if (!taken.has(slug)) return slug;
  }
}
