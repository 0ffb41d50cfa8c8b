import type { ProbeTarget } from '#core-api/domain/probe/probe.js';
import type { DirectoryProfile } from '#schema/profile.js';

/*
 * The requests of a test, as the directory's kind of identity provider writes them, with attributes that its profile has. For a strict directory they are as
 * the provider writes them when it is set up for that: Microsoft Entra ID with `aadOptscim062020` in its tenant URL, and no names that are aliases.
 */

export const CORE_USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const CORE_GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
export const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

/** Values that a later look can tell apart. */
export const CHANGED = 'Changed by a test';
export const REPLACED = 'Replaced by a test';

type Target = ProbeTarget;
type Operation = { op: string; path?: string; value?: unknown };

/** The same at every test, so that what the last one deleted is revived instead of piling up. */
export function userNameOf({ label }: Target): string {
  return `test.${label}@rollcall.invalid`;
}

/** With capitals: whatever folds them on the way is found out. */
export function externalIdOf({ label }: Target): string {
  return `Test-${label}`;
}

export function lookUp(type: 'Users' | 'Groups', attribute: string, value: string): string {
  return `/${type}?filter=${encodeURIComponent(`${attribute} eq "${value}"`)}&startIndex=1&count=2`;
}

export function newUser(target: Target): object {
  return {
    schemas: [CORE_USER],
    userName: userNameOf(target),
    externalId: externalIdOf(target),
    ...nameOf(target.profile),
    emails: [{ value: userNameOf(target), type: 'work', primary: true }],
    active: true,
  };
}

export function replacedUser(target: Target): object {
  const attribute = changeableOf(target);
  return { ...newUser(target), ...(attribute && { [attribute]: REPLACED }) };
}

/** One text that may be changed to see whether changes arrive; null when the profile maps none. */
export function changeableOf({ profile }: Target): string | null {
  const [first = null] = changeables(profile);
  return first;
}

/** Microsoft Entra ID sends several operations with paths, Okta one without. */
export function patchOfUser(target: Target): object {
  const [first, second] = changeables(target.profile);
  switch (dialectOf(target)) {
    case 'ENTRA':
      return patchOf(
        ...(first ? [{ op: 'Replace', path: first, value: CHANGED }] : []),
        ...(second ? [{ op: 'Add', path: second, value: CHANGED }] : []),
        { op: 'Replace', path: 'emails[type eq "work"].value', value: userNameOf(target) },
      );
    case 'OKTA':
      return patchOf({ op: 'replace', value: { ...(first && { [first]: CHANGED }), active: true } });
    default:
      return patchOf(
        first ? { op: 'replace', path: first, value: CHANGED } : { op: 'replace', path: 'active', value: true },
      );
  }
}

export function patchOfActive(target: Target, active: boolean): object {
  switch (dialectOf(target)) {
    case 'ENTRA':
      return patchOf({ op: 'Replace', path: 'active', value: active ? 'True' : 'False' });
    case 'OKTA':
      return patchOf({ op: 'replace', value: { active } });
    default:
      return patchOf({ op: 'replace', path: 'active', value: active });
  }
}

export function patchOfRole(target: Target): object {
  const { profile, roleValue } = target;
  const { path, isList, isPlain } = roleAttributeOf(profile);
  const element = isPlain ? roleValue : { value: roleValue };
  return patchOf({ op: dialectOf(target) === 'ENTRA' ? 'Add' : 'replace', path, value: isList ? [element] : element });
}

/** What the user has in the attribute that carries roles. */
export function roleIn({ profile }: Target, user: Record<string, unknown>): unknown {
  const { path } = roleAttributeOf(profile);
  const colon = path.lastIndexOf(':');
  const holder = colon < 0 ? user : memberOf(user, path.slice(0, colon));
  const [name = '', ...rest] = path.slice(colon + 1).split('.');
  return rest.reduce<unknown>((value, part) => memberOf(value, part), memberOf(holder, name));
}

export function newGroup({ label }: Target): object {
  return { schemas: [CORE_GROUP], displayName: `Test ${label}`, externalId: `Test-group-${label}` };
}

export function addMember(target: Target, userId: string): object {
  return patchOf({ op: dialectOf(target) === 'ENTRA' ? 'Add' : 'add', path: 'members', value: [{ value: userId }] });
}

export function removeMember(target: Target, userId: string): object {
  return dialectOf(target) === 'ENTRA'
    ? patchOf({ op: 'Remove', path: 'members', value: [{ value: userId }] })
    : patchOf({ op: 'remove', path: `members[value eq "${userId}"]` });
}

/** With its flag Entra writes operations as everybody does. */
function dialectOf({ idpKind, profile }: Target): Target['idpKind'] {
  return profile.strict && idpKind === 'ENTRA' ? 'OTHER' : idpKind;
}

function patchOf(...Operations: Operation[]): object {
  return { schemas: [PATCH_OP], Operations };
}

const TEXTS = ['title', 'displayName', 'nickName', 'userType', 'preferredLanguage'];

/** Texts that the profile maps, save the one that carries roles and what is also called otherwise. */
function changeables(profile: DirectoryProfile): string[] {
  const mapped = profile.attributes.map((name) => name.toLowerCase());
  const taken = [roleAttributeOf(profile).path, ...Object.entries(profile.aliases).flat()].map((each) =>
    each.toLowerCase(),
  );
  return TEXTS.filter((name) => {
    const lower = name.toLowerCase();
    return (mapped.includes('*') || mapped.includes(lower)) && !taken.includes(lower);
  });
}

/** A `name` that is an alias is a text. */
function nameOf({ aliases, nameMode, strict }: DirectoryProfile): object {
  if (Object.hasOwn(aliases, 'name') && !strict) return { name: 'Test User' };
  return { name: nameMode === 'FORMATTED' ? { formatted: 'Test User' } : { givenName: 'Test', familyName: 'User' } };
}

/** How the attribute is written. Those of the standard that can carry roles are texts, or lists of elements with a value. */
function roleAttributeOf({ roleAttribute, aliases, extensions }: DirectoryProfile) {
  const named = roleAttribute ?? 'roles';
  const path = aliases[named.toLowerCase()] ?? named;
  for (const { urn, attributes } of extensions) {
    const own = attributes.find(({ name }) => `${urn}:${name}`.toLowerCase() === path.toLowerCase());
    if (own) return { path, isList: own.multiValued, isPlain: own.type !== 'complex' };
  }
  const isList = LISTS.includes(path.toLowerCase());
  return { path, isList, isPlain: !isList };
}

const LISTS = ['roles', 'entitlements', 'emails', 'phonenumbers', 'ims', 'photos'];

/** Names ignore case (RFC 7643 §2.1). */
function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
