import { type Expression, sql } from 'kysely';
import { effectiveRoles } from '#core-api/persistence/stores/effective-roles.js';
import {
  ALWAYS,
  allOf,
  anyOf,
  type Condition,
  negated,
  type TextTarget,
} from '#core-api/persistence/stores/filter-sql.js';
import { nests } from '#core-api/persistence/stores/team-nesting.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { unsupportedFilter } from '../errors.js';
import { type FieldConditions, FilterTree } from '../filter-tree.js';
import { foldKey } from '../fold-key.js';
import type { StringFilter } from '../paging.js';
import { type ListAttribute, listAttribute, TEXT_ATTRIBUTES } from './attributes.js';
import { toCustomCondition } from './custom-filter.js';
import type {
  MultiValuedAttribute,
  RoleReferenceFilter,
  TeamReferenceFilter,
  UserFilter,
  ValueFilter,
} from './user-types.js';

/**
 * A filter on users as a condition on alias `u` of app_user. Texts ignore case but for ids, `externalId`, a manager's id and address, certificates, and for attributes of an extension
 * where the caller's profile says so; the names of extensions and of their attributes ignore it always.
 *
 * @throws UNSUPPORTED_FILTER
 */
export function toUserCondition(companyId: string, filter: UserFilter, profile: DirectoryProfile | null): Condition {
  return new UserFilterTree(companyId, profile).toUserCondition(filter);
}

/** Whether a filter tells who has which role, so that whoever may not read roles cannot learn it by guessing. */
export function asksForRoles(filter: UserFilter): boolean {
  // Without recursion: how deep a filter may be is judged later.
  const parts = [filter];
  for (const { and, or, not, roles } of parts) {
    if (roles != null) return true;
    for (const part of [and ?? [], or ?? [], not ?? []].flat()) parts.push(part);
  }
  return false;
}

type ElementFields = FieldConditions<ValueFilter>;

/** Each works out everybody's roles. */
const MOST_ROLE_CONDITIONS = 10;

class UserFilterTree {
  readonly #tree = new FilterTree();
  #roleConditions = 0;
  readonly #companyId: string;
  readonly #fields: FieldConditions<UserFilter>;

  constructor(companyId: string, profile: DirectoryProfile | null) {
    this.#companyId = companyId;
    const tree = this.#tree;
    const text = (field: string) => (filter: StringFilter) => tree.text(target(field), filter);
    const list = (field: MultiValuedAttribute) => (filter: NonNullable<UserFilter[MultiValuedAttribute]>) =>
      this.#list(listAttribute(field), filter);
    this.#fields = {
      id: (filter) => tree.id(column('id'), filter),
      userName: text('userName'),
      externalId: text('externalId'),
      active: (filter) => tree.boolean(column('active'), filter),
      name: (filter) => this.#group('name', filter),
      displayName: text('displayName'),
      nickName: text('nickName'),
      profileUrl: text('profileUrl'),
      title: text('title'),
      userType: text('userType'),
      preferredLanguage: text('preferredLanguage'),
      locale: text('locale'),
      timezone: text('timezone'),
      emails: list('emails'),
      phoneNumbers: list('phoneNumbers'),
      ims: list('ims'),
      photos: list('photos'),
      addresses: list('addresses'),
      entitlements: list('entitlements'),
      roleValues: list('roleValues'),
      x509Certificates: list('x509Certificates'),
      enterprise: (filter) => this.#group('enterprise', filter),
      custom: (filter) => toCustomCondition(tree, filter, profile),
      teams: (filter) => this.#teams(filter, isMember),
      outerTeams: (filter) => this.#teams(filter, (team) => isInside(this.#companyId, team)),
      roles: (filter) => this.#roles(filter),
      managedBy: (filter) => tree.id(column('directory_id'), filter),
      createdAt: (filter) => tree.time(column('created_at'), filter),
      updatedAt: (filter) => tree.time(column('updated_at'), filter),
      version: (filter) => tree.number(column('version'), filter),
    };
  }

  toUserCondition(filter: UserFilter): Condition {
    return this.#tree.toCondition(filter, this.#fields);
  }

  /** The members of `name` and `enterprise`, whose filters are flat: `managerValue` is `enterprise.manager.value`. */
  #group(group: string, { isSet, ...members }: Record<string, unknown> & { isSet?: boolean | null }): Condition {
    const conditions: Condition[] = [];
    for (const [name, filter] of Object.entries(members)) {
      if (filter == null) continue;
      const member = name.replace(
        /^manager(.)(.*)$/,
        (_, first: string, rest) => `manager.${first.toLowerCase()}${rest}`,
      );
      conditions.push(this.#tree.text(target(`${group}.${member}`), filter as StringFilter)); // all members are texts
    }
    if (isSet != null) {
      const below = TEXT_ATTRIBUTES.filter(({ field }) => field.startsWith(`${group}.`));
      const any = anyOf(below.map((each) => this.#tree.isSet(column(each.column), true)));
      conditions.push(isSet ? any : negated(any));
    }
    return allOf(conditions);
  }

  #list(list: ListAttribute, { some, isSet }: NonNullable<UserFilter[MultiValuedAttribute]>): Condition {
    const conditions: Condition[] = [];
    if (isSet != null)
      conditions.push(isSet ? sql`${column(list.column)} <> '[]'` : sql`${column(list.column)} = '[]'`);
    if (some != null) {
      const address = list.field === 'emails' ? readAddress(some) : null;
      // The address look-up is served by an index; it says all of the filter when nothing else is asked.
      if (address) conditions.push(hasAddress(address.value, address.type));
      if (!address?.isAll) conditions.push(this.#someElement(list, some));
    }
    return allOf(conditions);
  }

  #someElement(list: ListAttribute, filter: ValueFilter): Condition {
    const member = (name: string, caseExact = false): ((filter: StringFilter) => Condition) => {
      const known = list.members.has(name as never);
      return (terms) => {
        if (!known) throw unsupportedFilter(`${list.field} has no ${name} to filter by.`);
        const text = sql<string | null>`(e.value ->> ${sql.lit(name)})`;
        return this.#tree.text({ text, comparison: caseExact ? 'EXACT' : 'LOWER' }, terms);
      };
    };
    const fields: ElementFields = {
      value: member('value', list.caseExactValue),
      display: member('display'),
      type: member('type'),
      ref: member('ref'),
      formatted: member('formatted'),
      streetAddress: member('streetAddress'),
      locality: member('locality'),
      region: member('region'),
      postalCode: member('postalCode'),
      country: member('country'),
      primary: (terms) => this.#tree.boolean(sql<boolean | null>`(e.value -> 'primary')::boolean`, terms),
    };
    const condition = this.#tree.toCondition(filter, fields);
    return sql`exists (select 1 from jsonb_array_elements(${column(list.column)}) as e(value) where ${condition})`;
  }

  /** @param isIn whether the user is in a team of alias `t` that meets a condition. */
  #teams({ some, isSet }: NonNullable<UserFilter['teams']>, isIn: (team: Condition) => Condition): Condition {
    const fields: FieldConditions<TeamReferenceFilter> = {
      id: (filter) => this.#tree.id(sql<string>`t.id`, filter),
      displayName: (filter) => this.#tree.text({ text: sql<string>`t.display_name_key`, comparison: foldKey }, filter),
    };
    const conditions: Condition[] = [];
    if (some != null) conditions.push(isIn(this.#tree.toCondition(some, fields)));
    if (isSet != null) conditions.push(isSet ? isIn(ALWAYS) : negated(isIn(ALWAYS)));
    return allOf(conditions);
  }

  #roles({ some, isSet }: NonNullable<UserFilter['roles']>): Condition {
    if (++this.#roleConditions > MOST_ROLE_CONDITIONS)
      throw unsupportedFilter(
        `A filter can have ${MOST_ROLE_CONDITIONS} conditions on roles at most; one condition can name many roles by \`in\`.`,
      );
    const of = { company: sql<string>`${this.#companyId}::uuid`, many: true };
    const hasRole = (condition: Condition): Condition =>
      sql`exists (select 1 from (${effectiveRoles(of)}) e where ${condition})`;
    const fields: FieldConditions<RoleReferenceFilter> = {
      id: (filter) => this.#tree.id(sql<string>`e.id`, filter),
      key: (filter) => this.#tree.text({ text: sql<string>`e.key`, comparison: 'EXACT' }, filter),
    };
    const conditions: Condition[] = [];
    if (some != null) conditions.push(hasRole(this.#tree.toCondition(some, fields)));
    if (isSet != null) conditions.push(isSet ? hasRole(sql`true`) : negated(hasRole(sql`true`)));
    return allOf(conditions);
  }
}

function isMember(team: Condition): Condition {
  return sql`exists (select 1 from team_membership m join team t on t.company_id = m.company_id and t.id = m.team_id
    where m.company_id = u.company_id and m.user_id = u.id and t.deleted_at is null and ${team})`;
}

/** Found from the teams, once for all users. */
function isInside(companyId: string, team: Condition): Condition {
  const company = sql<string>`${companyId}::uuid`;
  return sql`(${nests(company)} and u.id in (select m.user_id
    from team t cross join lateral teams_within(${company}, array[t.id]) as within(id)
      join team_membership m on m.company_id = ${company} and m.team_id = within.id
    where t.company_id = ${company} and t.deleted_at is null and ${team} and within.id <> t.id
      and not exists (select from team_membership own where own.company_id = ${company} and own.team_id = t.id and own.user_id = m.user_id)))`;
}

/** @param name of the catalogue, never of a request */
function column<T = never>(name: string): Expression<T> {
  return sql.raw<T>(`u.${name}`);
}

function target(field: string): TextTarget {
  if (field === 'userName') return { text: column('user_name_key'), comparison: foldKey };
  const found = TEXT_ATTRIBUTES.find((each) => each.field === field);
  if (!found) throw unsupportedFilter(`There is no field ${field} to filter by.`);
  return { text: column(found.column), comparison: found.caseExact ? 'EXACT' : 'LOWER' };
}

function hasAddress(value: string, type: string | null): Condition {
  const ofType = type === null ? sql`` : sql` and v.type = ${type.toLowerCase()}::text`;
  return sql`exists (select 1 from user_value v where v.company_id = u.company_id and v.user_id = u.id
    and v.attribute = 'emails' and v.value_key = ${foldKey(value)}::text${ofType})`;
}

const DEEPEST_ADDRESS = 4;

/** What a filter on addresses looks up by equality; `isAll` when it asks for nothing else. */
function readAddress(filter: ValueFilter): { value: string; type: string | null; isAll: boolean } | null {
  const equal = { value: null as string | null, type: null as string | null };
  let isAll = true;
  const read = ({ and, value, type, ...others }: ValueFilter, depth: number): void => {
    if (depth > DEEPEST_ADDRESS) {
      isAll = false;
      return;
    }
    for (const [name, terms] of [
      ['value', value],
      ['type', type],
    ] as const) {
      if (terms == null) continue;
      const { eq, ...rest } = terms;
      if (eq != null && equal[name] === null) equal[name] = eq;
      else isAll = false;
      if (Object.values(rest).some((each) => each != null)) isAll = false;
    }
    if (Object.values(others).some((each) => each != null)) isAll = false;
    for (const each of and ?? []) read(each, depth + 1);
  };
  read(filter, 0);
  const { value, type } = equal;
  if (value === null || value.includes('\0') || type?.includes('\0')) return null;
  return { value, type, isAll };
}

/** The one look-up that a filter stands for; what providers ask before each sync, and so is compiled once. Null for everything else. */
export type LookUp =
  | { by: 'userName' | 'externalId'; value: string }
  | { by: 'email'; value: string; type: string | null };

export function asLookUp(filter: UserFilter): LookUp | null {
  const given = Object.entries(filter).filter(([, terms]) => terms != null);
  if (given.length !== 1) return null;
  const { userName, externalId, emails } = filter;
  const value = userName ? onlyEq(userName) : externalId ? onlyEq(externalId) : null;
  if (value !== null) return { by: userName ? 'userName' : 'externalId', value };
  if (emails?.some == null || emails.isSet != null) return null;
  const address = readAddress(emails.some);
  return address?.isAll && address.value.isWellFormed()
    ? { by: 'email', value: address.value, type: address.type }
    : null;
}

function onlyEq({ eq, ...others }: StringFilter): string | null {
  const isOnly = Object.values(others).every((each) => each == null);
  return isOnly && eq != null && !eq.includes('\0') && eq.isWellFormed() ? eq : null;
}
