import { sql } from 'kysely';
import { allOf, type Condition, negated } from '#core-api/persistence/stores/filter-sql.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { unsupportedFilter } from '../errors.js';
import type { FieldConditions, FilterTree } from '../filter-tree.js';
import { isCaseExact } from './case-exact.js';
import { asBoolean, asNumber, asText, asTime, leafOf } from './extension-leaf.js';
import type { CustomAttributeFilter, CustomElementFilter, CustomMemberFilter } from './user-types.js';

/**
 * A filter on an attribute of an extension as a condition on alias `u` of app_user. The attribute holds one value, a list of values, or a list of
 * objects; its own terms hold when one value fits each, those of `some` when one value fits them all.
 *
 * @throws UNSUPPORTED_FILTER
 */
export function toCustomCondition(
  tree: FilterTree,
  filter: CustomAttributeFilter,
  profile: DirectoryProfile | null,
): Condition {
  const { urn, attribute, subAttribute, some, ...terms } = filter;
  for (const name of [urn, attribute]) requirePlain(name);
  const hasValue = (condition: Condition): Condition => sql`exists (
    select 1
    from jsonb_each(u.extensions) x, jsonb_each(x.value) s,
      jsonb_array_elements(case jsonb_typeof(s.value) when 'array' then s.value else jsonb_build_array(s.value) end) as c(value)
    where lower(x.key) = lower(${urn}::text) and lower(s.key) = lower(${attribute}::text) and ${condition})`;
  const fields: FieldConditions<CustomElementFilter> = {
    member: (member) =>
      memberCondition(tree, member, isCaseExact(profile, { urn, attribute, subAttribute: member.name })),
  };
  const ofOne = (element: CustomElementFilter) => hasValue(tree.toCondition(element, fields));

  const conditions: Condition[] = some == null ? [] : [ofOne(some)];
  const ofMember = (member: CustomMemberFilter) => ofOne({ member: { ...member, name: subAttribute } });
  const { isSet, ...ofType } = terms;
  for (const [type, each] of Object.entries(ofType) as [MemberType, CustomMemberFilter[MemberType]][]) {
    if (each == null) continue;
    const { ne, isSet: set, ...others } = each;
    if (Object.values(others).some((term) => term != null)) conditions.push(ofMember({ [type]: others }));
    // `ne` is the opposite of `eq`, so it is about all values.
    if (ne != null) conditions.push(negated(ofMember({ [type]: { eq: ne } })));
    if (set != null) conditions.push(isSetCondition(ofMember, set));
  }
  if (isSet != null) conditions.push(isSetCondition(ofMember, isSet));
  return allOf(conditions);
}

type MemberType = Exclude<keyof CustomMemberFilter, 'name' | 'isSet'>;

function isSetCondition(ofMember: (member: CustomMemberFilter) => Condition, isSet: boolean): Condition {
  const present = ofMember({ isSet: true });
  return isSet ? present : negated(present);
}

/** On one member of the value `c`; without a name on the value itself, or the `value` of an object. */
function memberCondition(tree: FilterTree, member: CustomMemberFilter, caseExact: boolean): Condition {
  const name = member.name ?? 'value';
  requirePlain(name);
  const found = leafOf(sql`c.value`, name);
  const leaf = sql`p.leaf`;
  const terms: Condition[] = [];
  if (member.string != null)
    terms.push(tree.text({ text: asText(leaf), comparison: caseExact ? 'EXACT' : 'LOWER' }, member.string));
  if (member.boolean != null) terms.push(tree.boolean(asBoolean(leaf), member.boolean));
  if (member.number != null) terms.push(tree.number(asNumber(leaf), member.number));
  if (member.dateTime != null)
    terms.push(tree.text({ text: asTime(leaf), comparison: canonicalTime }, member.dateTime));

  const conditions: Condition[] = [];
  // A part can have many values, too: one of them has to fit.
  if (terms.length > 0)
    conditions.push(sql`exists (select 1 from jsonb_array_elements(
      case jsonb_typeof(${found}) when 'array' then ${found} else jsonb_build_array(${found}) end) as p(leaf) where ${allOf(terms)})`);
  // An object is there whatever its parts are called.
  if (member.isSet != null) conditions.push(tree.isSet(member.name == null ? sql`c.value` : found, member.isSet));
  return allOf(conditions);
}

function requirePlain(name: string): void {
  if (name.includes('\0') || !name.isWellFormed()) throw unsupportedFilter('An attribute is named by plain text.');
}

/** @throws UNSUPPORTED_FILTER */
export function canonicalTime(value: string): string {
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw unsupportedFilter('A time of the filter is no date and time.');
  return new Date(time).toISOString();
}
