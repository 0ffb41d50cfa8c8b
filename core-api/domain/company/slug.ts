import { invalidValue } from '../errors.js';
import { isId } from '../new-id.js';

const LONGEST = 63;
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Under /sign-in/ each company has a page of its own, and these are others'. */
const RESERVED: ReadonlySet<string> = new Set(
  'authorize done invitation magic-link password password-reset register second-factor step-up style token'.split(' '),
);

/** A company's name in URLs: 1 to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit; no id, and no page's name. @throws INVALID_VALUE */
export function checkSlug(slug: string): string {
  if (!SLUG.test(slug))
    throw invalidValue('slug', 'slug must have 1 to 63 of a-z, 0-9 and -, and begin and end with a letter or digit.');
  if (isId(slug)) throw invalidValue('slug', 'slug must not look like an id.');
  if (RESERVED.has(slug)) throw invalidValue('slug', `slug must not be ${slug}: that is the name of a page.`);
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
  const slug = words.join('-').slice(0, LONGEST).replace(/-$/, '') || 'company';
  return RESERVED.has(slug) ? `company-${slug}` : slug;
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
