import { invalidPath, invalidValue, mutability } from '#gateway/scim/error.js';
import type { FilterNode } from '#gateway/scim/filter.js';
import { isObject } from '#gateway/scim/json-object.js';
import { type PatchOp, parsePatch } from '#gateway/scim/patch.js';
import { findAttribute, GROUP } from '#gateway/scim/schemas.js';
import type { Note } from '#gateway/scim/tolerances.js';
import type { Dialect } from '#gateway/translate/dialect.js';
import { groupAttributeOf, groupEntries, readDisplayName } from '#gateway/translate/group-input.js';
import { readMembers } from '#gateway/translate/group-members.js';
import { readText } from '#gateway/translate/read-value.js';
import type { ChangeTeamInput, TeamChange } from '#schema/generated/gateway.js';

type Op = PatchOp['op'];

/**
 * The operations of a PATCH as the ordered changes of a team. Members are added and removed by id, so that a change
 * costs the same in a group of ten and of 100,000; only a whole list replaces the whole list.
 *
 * @throws invalidPath | invalidValue | mutability
 */
export function toGroupChanges(ops: readonly PatchOp[], dialect: Dialect): TeamChange[] {
  return ops.flatMap(({ op, path, value }): TeamChange[] => {
    if (!path) return fromMembers(op, value as object, dialect); // parsePatch lets only objects through
    const { urn, name, sub } = path.attr;
    if (name === '') {
      if (op === 'remove') throw mutability(`${urn} cannot be removed.`);
      return fromMembers(op, toObject(value), dialect);
    }

    const attribute = findAttribute(GROUP, urn, name, sub)?.attribute.name;
    if (path.filter) {
      if (attribute === 'members') return fromFilter(op, path.filter, path.sub, dialect.note);
      throw invalidPath(`${attribute ?? name} takes no value filter.`);
    }
    if (attribute === 'members' && sub !== null) throw invalidPath('Name members, and list the ids in the value.');
    if (attribute) return fromAttribute(op, attribute, value, true, dialect.note);
    return unknown(name, dialect);
  });
}

/** The body of a PATCH. Throws like `parsePatch` and `toGroupChanges`. */
export function toChangeTeamInput(
  id: string,
  body: unknown,
  dialect: Dialect,
  expectedVersion: number | null,
): ChangeTeamInput {
  const changes = toGroupChanges(parsePatch(body, GROUP, dialect.note), dialect);
  return { id, changes, expectedVersion, profileVersion: dialect.profileVersion };
}

/** Okta sends the name with its id, and "push now" as the whole member list, in one value without a path. */
function fromMembers(op: Op, value: object, dialect: Dialect): TeamChange[] {
  return groupEntries(value, dialect.note).flatMap(([key, member]): TeamChange[] => {
    const attribute = groupAttributeOf(key, dialect.note);
    if (attribute === null) return unknown(key, dialect);
    if (attribute === 'members' && member === null) {
      dialect.note('NULL_PASSED_OVER', key);
      return [];
    }
    return fromAttribute(op, attribute, member, false, dialect.note);
  });
}

/** @param isNamed whether a path named it; read-only members of a value are passed over. */
function fromAttribute(op: Op, attribute: string, value: unknown, isNamed: boolean, note: Note): TeamChange[] {
  switch (attribute) {
    case 'displayName':
      if (op === 'remove') throw mutability('displayName cannot be removed.');
      return [{ set: { displayName: readDisplayName(value, note) } }];
    case 'externalId':
      return op === 'remove'
        ? [{ unset: ['externalId'] }]
        : [{ set: { externalId: readText(value, 'externalId', note) } }];
    case 'members':
      return fromMemberList(op, value, note);
    case 'id':
    case 'meta':
      if (isNamed) throw mutability(`${attribute} is read-only.`);
      note('READ_ONLY_ATTRIBUTE', attribute);
      return [];
    default:
      return [];
  }
}

/** Remove with a list takes just those, as Entra and authentik mean it; without one it empties the group (§3.5.2.2). */
function fromMemberList(op: Op, value: unknown, note: Note): TeamChange[] {
  if (op === 'remove' && value === undefined) return [{ replaceMembers: [] }];
  // One member can be added without a list around it (RFC 7644 §3.5.2.1); what a remove lists is noted already.
  const ids = readMembers(op !== 'replace' && isObject(value) ? [value] : value, note);
  if (op === 'replace') return [{ replaceMembers: ids }];
  if (ids.length === 0) return [];
  return [op === 'add' ? { addMembers: ids } : { removeMembers: ids }];
}

/**
 * `members[value eq "u-1"]`, or to remove all of a kind `members[type eq "Group"]`. What a member is cannot be changed, so a path to its parts does
 * nothing.
 */
function fromFilter(op: Op, filter: FilterNode, sub: string | null, note: Note): TeamChange[] {
  const kind = op === 'remove' && sub === null ? comparedWith(filter, 'type')?.toLowerCase() : undefined;
  if (kind === 'user') return [{ unset: ['memberUsers'] }];
  if (kind === 'group') return [{ unset: ['memberTeams'] }];
  const ids = idsOf(filter);
  if (ids === null)
    throw invalidPath(
      'Between the brackets of members only value eq "…" can stand, or to remove all of a kind, type eq "…".',
    );
  if (sub !== null) {
    note('MEMBER_PART', `members.${sub}`);
    return [];
  }
  if (op === 'remove') return [{ removeMembers: ids }];
  note('MEMBER_BY_FILTER', 'members');
  return [{ addMembers: ids }];
}

/** The ids that a filter of the form `value eq "a" or value eq "b"` names; null for any other. */
function idsOf(filter: FilterNode): string[] | null {
  if (filter.kind === 'or') {
    const all = filter.operands.map(idsOf);
    return all.every((ids) => ids !== null) ? all.flat() : null;
  }
  const id = comparedWith(filter, 'value');
  return id === null ? null : [id];
}

/** What a filter of the form `name eq "…"` compares with; null for any other. */
function comparedWith(filter: FilterNode, name: string): string | null {
  if (filter.kind !== 'compare' || filter.op !== 'eq' || filter.value === null) return null;
  return filter.path.name.toLowerCase() === name && filter.path.sub === null ? String(filter.value) : null;
}

function toObject(value: unknown): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidValue('The value of a schema must be an object.');
}

function unknown(name: string, { note }: Dialect): TeamChange[] {
  note('UNKNOWN_ATTRIBUTE', name);
  return [];
}
