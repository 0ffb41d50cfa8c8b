import { DomainError } from '../errors.js';
import { clean, findName, findUrn, isPlain, setMember, unite, withPrimary } from './extensions.js';
import type { CustomElementFilter, Extensions } from './user-types.js';
import { DEEPEST, matchesCustom } from './value-filter.js';

interface ElementsOf {
  urn: string;
  attribute: string;
  where: CustomElementFilter;
}

/**
 * The extensions with each element changed that meets the filter: an object merges into it, null takes a member or the whole element away, any other
 * value takes its place. One value alone counts as a list of one.
 *
 * @param onMiss hears of it when an element is made.
 * @throws NO_TARGET (nothing meets it, and `ifNone` is not CREATE or the filter is not made of `eq` terms) | INVALID_VALUE | UNSUPPORTED_FILTER
 */
export function updateElements(
  extensions: Extensions,
  { urn, attribute, where, set, ifNone }: ElementsOf & { set: unknown; ifNone?: 'FAIL' | 'CREATE' | null },
  isCaseExact: (member: string | null) => boolean,
  onMiss: () => void,
): Extensions {
  const { key, name, elements, isList } = elementsOf(extensions, urn, attribute);
  const brought = clean(set, `${key}:${name}`, 0);
  const touched = new Set<unknown>();
  let found = false;
  const after = elements.map((each) => {
    if (!matchesCustom(where, each, isCaseExact)) return each;
    found = true;
    const updated = unite(isPlain(brought) && isPlain(each) ? each : null, brought);
    touched.add(updated);
    return updated;
  });
  if (!found) {
    const stamp = ifNone === 'CREATE' && isPlain(brought) ? eqMembers(where) : null;
    if (stamp === null)
      throw new DomainError('NO_TARGET', `No value of ${key}:${name} matches the filter.`, {
        field: `extensions.${key}:${name}`,
      });
    const created = unite(stamp, brought);
    touched.add(created);
    after.push(created);
    onMiss();
  }
  const kept = withPrimary(
    after.filter((each) => each !== null),
    touched,
  );
  return setMember(extensions, key, name, isList || kept.length > 1 ? kept : (kept[0] ?? null));
}

/** The extensions without the elements that meet the filter. What is not there need not be removed. */
export function removeElements(
  extensions: Extensions,
  { urn, attribute, where }: ElementsOf,
  isCaseExact: (member: string | null) => boolean,
): Extensions {
  const { key, name, elements } = elementsOf(extensions, urn, attribute);
  const kept = elements.filter((each) => !matchesCustom(where, each, isCaseExact));
  return kept.length === elements.length ? extensions : setMember(extensions, key, name, kept);
}

function elementsOf(extensions: Extensions, urn: string, attribute: string) {
  const key = findUrn(extensions, urn);
  const members = extensions[key] ?? {};
  const name = findName(members, attribute);
  const stored: unknown = Object.hasOwn(members, name) ? members[name] : [];
  const isList = Array.isArray(stored);
  return { key, name, elements: isList ? (stored as unknown[]) : [stored], isList };
}

/** The members that a filter of `eq` terms asks for; null for any other filter, of which no element can be made. */
function eqMembers(where: CustomElementFilter, depth = 0): Record<string, unknown> | null {
  const { and, or, not, member } = where;
  if (or != null || not != null || depth > DEEPEST) return null;
  const made: Record<string, unknown> = {};
  if (member != null) {
    const { name, isSet, ...types } = member;
    const terms = Object.values(types).filter((each) => each != null);
    const given = terms.flatMap((each) => Object.entries(each).filter(([, value]) => value != null));
    if (isSet != null || given.length !== 1 || given[0]![0] !== 'eq') return null;
    made[name ?? 'value'] = given[0]![1];
  }
  for (const each of and ?? []) {
    const nested = eqMembers(each, depth + 1);
    if (nested === null) return null;
    Object.assign(made, nested);
  }
  return made;
}
