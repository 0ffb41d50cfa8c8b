import type { ProfileAttribute, ProfileExtension } from '#schema/profile.js';
import { LIST_ATTRIBUTES, TEXT_ATTRIBUTES } from '../user/attributes.js';

/*
 * What the paths in a profile lead to. They are written as an identity provider writes them: `userType`, `name.givenName`, `roles`, and
 * `urn:…:attribute` for what stands in an extension. Names and URNs ignore case.
 */

const ENTERPRISE_URN = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** `TEXT` and `TEXTS` can be read as names of roles: one text, a list of texts or of elements with a `value`. `OTHER` is any other attribute. */
type PathMeaning = 'TEXT' | 'TEXTS' | 'OTHER';

const ENTERPRISE = 'enterprise.';
/** `roles` of the wire is what the provider said, `roleValues` of the API. */
const lists = new Map(
  LIST_ATTRIBUTES.map((list) => [list.field === 'roleValues' ? 'roles' : list.field.toLowerCase(), list]),
);
const coreTexts = new Set(
  TEXT_ATTRIBUTES.map(({ field }) => field.toLowerCase()).filter((field) => !field.startsWith(ENTERPRISE)),
);
const enterpriseTexts = new Set(
  TEXT_ATTRIBUTES.map(({ field }) => field.toLowerCase())
    .filter((field) => field.startsWith(ENTERPRISE))
    .map((field) => field.slice(ENTERPRISE.length)),
);

/** @returns null for what no schema declares. */
export function meaningOf(path: string, extensions: readonly ProfileExtension[]): PathMeaning | null {
  const lower = path.toLowerCase();
  const colon = lower.lastIndexOf(':');
  if (colon < 0) return meaningInCore(lower);
  const urn = lower.slice(0, colon);
  const name = lower.slice(colon + 1);
  if (urn === ENTERPRISE_URN.toLowerCase())
    return enterpriseTexts.has(name) ? 'TEXT' : name === 'manager' ? 'OTHER' : null;
  const extension = extensions.find((each) => each.urn.toLowerCase() === urn);
  return extension ? meaningInExtension(name, extension.attributes) : null;
}

function meaningInCore(path: string): PathMeaning | null {
  if (coreTexts.has(path)) return 'TEXT';
  if (path === 'active' || path === 'name') return 'OTHER';
  const [name = '', sub, ...deeper] = path.split('.');
  const list = lists.get(name);
  if (!list || deeper.length > 0) return null;
  if (sub === undefined) return list.members.has('value') ? 'TEXTS' : 'OTHER';
  const members = [...list.members.keys(), 'primary'].map((member) =>
    member === 'ref' ? '$ref' : member.toLowerCase(),
  );
  return members.includes(sub) ? 'OTHER' : null;
}

function meaningInExtension(path: string, attributes: readonly ProfileAttribute[]): PathMeaning | null {
  const [name, sub, ...deeper] = path.split('.');
  const attribute = attributes.find((each) => each.name.toLowerCase() === name);
  if (!attribute || deeper.length > 0) return null;
  const subs = attribute.subAttributes ?? [];
  if (sub !== undefined) return subs.some((each) => each.name.toLowerCase() === sub) ? 'OTHER' : null;
  const holder = attribute.type === 'complex' ? subs.find((each) => each.name.toLowerCase() === 'value') : attribute;
  // What is write-only is not kept, so there is nothing to read.
  if (holder?.type !== 'string' || attribute.mutability === 'writeOnly') return 'OTHER';
  return attribute.multiValued ? 'TEXTS' : 'TEXT';
}

/**
 * The attributes without parts that providers write by this name alone: whatever else were called so would hide them. Lower case.
 */
export function simpleNames(extensions: readonly ProfileExtension[]): Set<string> {
  const own = extensions.flatMap(({ attributes }) => attributes.filter(({ type }) => type !== 'complex'));
  return new Set([
    ...[...coreTexts, ...enterpriseTexts].filter((name) => !name.includes('.')),
    ...own.map(({ name }) => name.toLowerCase()),
  ]);
}
