import type { Address, AttributeValue, Extensions } from '#core-api/persistence/entities/user.js';
import type { UserRole, UserRow, UserTeam } from '#core-api/persistence/rows.js';
import type { BooleanFilter, DateTimeFilter, Logic, NumberFilter, StringFilter } from '../paging.js';

export type { Address, AttributeValue, Extensions, UserRole, UserRow, UserTeam };

/** A user as services return it; `teams` and `roles` are there when `UserParts` asked for them (same statement, no further round trip). */
export interface UserView extends UserRow {
  /** By display name. */
  teams?: UserTeam[];
  /** The teams around those, at any depth, of which the user is no member itself; by display name. */
  outerTeams?: UserTeam[];
  /** Effective roles, highest rank first; the default role when nothing else is granted. */
  roles?: UserRole[];
}

export interface UserParts {
  teams?: boolean;
  outerTeams?: boolean;
  roles?: boolean;
}

export interface NameFields {
  formatted?: string | null;
  familyName?: string | null;
  givenName?: string | null;
  middleName?: string | null;
  honorificPrefix?: string | null;
  honorificSuffix?: string | null;
}
export interface ManagerFields {
  value?: string | null;
  ref?: string | null;
  displayName?: string | null;
}
export interface EnterpriseFields {
  employeeNumber?: string | null;
  costCenter?: string | null;
  organization?: string | null;
  division?: string | null;
  department?: string | null;
  manager?: ManagerFields | null;
}
export interface ExtensionFields {
  urn: string;
  values: unknown;
}
/** One element as it is sent: any member may be null or left out; which ones fit depends on the attribute. */
export type AnyValueInput = { [K in keyof (AttributeValue & Address)]?: (AttributeValue & Address)[K] | null };

/** The writable fields. Left out (undefined) stays, null clears; `name` and `enterprise` merge member by member. */
export interface UserFields {
  userName?: string | null;
  externalId?: string | null;
  active?: boolean | null;
  name?: NameFields | null;
  displayName?: string | null;
  nickName?: string | null;
  profileUrl?: string | null;
  title?: string | null;
  userType?: string | null;
  preferredLanguage?: string | null;
  locale?: string | null;
  timezone?: string | null;
  emails?: AnyValueInput[] | null;
  phoneNumbers?: AnyValueInput[] | null;
  ims?: AnyValueInput[] | null;
  photos?: AnyValueInput[] | null;
  addresses?: AnyValueInput[] | null;
  entitlements?: AnyValueInput[] | null;
  roleValues?: AnyValueInput[] | null;
  x509Certificates?: AnyValueInput[] | null;
  enterprise?: EnterpriseFields | null;
  extensions?: ExtensionFields[] | null;
}

export type MultiValuedAttribute =
  | 'emails'
  | 'phoneNumbers'
  | 'ims'
  | 'photos'
  | 'addresses'
  | 'entitlements'
  | 'roleValues'
  | 'x509Certificates';

export interface ValueFilter extends Logic<ValueFilter> {
  value?: StringFilter | null;
  display?: StringFilter | null;
  type?: StringFilter | null;
  primary?: BooleanFilter | null;
  ref?: StringFilter | null;
  formatted?: StringFilter | null;
  streetAddress?: StringFilter | null;
  locality?: StringFilter | null;
  region?: StringFilter | null;
  postalCode?: StringFilter | null;
  country?: StringFilter | null;
}

/** One neutral change; exactly one member is set (`@oneOf`). */
export interface UserChange {
  set?: UserFields | null;
  /** Dotted names: `title`, `name.familyName`, `enterprise.manager`, `emails`. */
  unset?: string[] | null;
  addValues?: { attribute: MultiValuedAttribute; values: AnyValueInput[] } | null;
  updateValues?: {
    attribute: MultiValuedAttribute;
    where: ValueFilter;
    set: AnyValueInput;
    ifNone?: 'FAIL' | 'CREATE' | null;
  } | null;
  removeValues?: { attribute: MultiValuedAttribute; where?: ValueFilter | null } | null;
  replaceValues?: { attribute: MultiValuedAttribute; values: AnyValueInput[] } | null;
  /** `add` unites the values of multi-valued members with what is there, `remove` takes them out of it; at most one of the two. */
  setExtension?: { urn: string; values: unknown; add?: boolean | null; remove?: boolean | null } | null;
  unsetExtension?: { urn: string; names?: string[] | null } | null;
  /** Every element of a list of an extension that meets `where`: an object merges into it, any other value takes its place. */
  updateExtensionValues?: {
    urn: string;
    attribute: string;
    where: CustomElementFilter;
    set: unknown;
    ifNone?: 'FAIL' | 'CREATE' | null;
  } | null;
  removeExtensionValues?: { urn: string; attribute: string; where: CustomElementFilter } | null;
}

interface ValuesFilter {
  some?: ValueFilter | null;
  isSet?: boolean | null;
}
interface Members<K extends string> {
  fields: { [P in K]?: StringFilter | null } & { isSet?: boolean | null };
}
export interface TeamReferenceFilter extends Logic<TeamReferenceFilter> {
  id?: StringFilter | null;
  displayName?: StringFilter | null;
}
export interface RoleReferenceFilter extends Logic<RoleReferenceFilter> {
  id?: StringFilter | null;
  key?: StringFilter | null;
}
interface CustomTerms {
  string?: StringFilter | null;
  boolean?: BooleanFilter | null;
  number?: NumberFilter | null;
  dateTime?: DateTimeFilter | null;
  isSet?: boolean | null;
}
/** Terms on one member of an element; without a name on the element itself, or its `value` when it is an object. */
export interface CustomMemberFilter extends CustomTerms {
  name?: string | null;
}
export interface CustomElementFilter extends Logic<CustomElementFilter> {
  member?: CustomMemberFilter | null;
}
export interface CustomAttributeFilter extends CustomTerms {
  urn: string;
  attribute: string;
  subAttribute?: string | null;
  some?: CustomElementFilter | null;
}
export interface UserFilter extends Logic<UserFilter> {
  id?: StringFilter | null;
  userName?: StringFilter | null;
  externalId?: StringFilter | null;
  active?: BooleanFilter | null;
  name?:
    | Members<'formatted' | 'familyName' | 'givenName' | 'middleName' | 'honorificPrefix' | 'honorificSuffix'>['fields']
    | null;
  displayName?: StringFilter | null;
  nickName?: StringFilter | null;
  profileUrl?: StringFilter | null;
  title?: StringFilter | null;
  userType?: StringFilter | null;
  preferredLanguage?: StringFilter | null;
  locale?: StringFilter | null;
  timezone?: StringFilter | null;
  emails?: ValuesFilter | null;
  phoneNumbers?: ValuesFilter | null;
  ims?: ValuesFilter | null;
  photos?: ValuesFilter | null;
  addresses?: ValuesFilter | null;
  entitlements?: ValuesFilter | null;
  roleValues?: ValuesFilter | null;
  x509Certificates?: ValuesFilter | null;
  enterprise?:
    | Members<
        | 'employeeNumber'
        | 'costCenter'
        | 'organization'
        | 'division'
        | 'department'
        | 'managerValue'
        | 'managerRef'
        | 'managerDisplayName'
      >['fields']
    | null;
  custom?: CustomAttributeFilter | null;
  teams?: { some?: TeamReferenceFilter | null; isSet?: boolean | null } | null;
  outerTeams?: { some?: TeamReferenceFilter | null; isSet?: boolean | null } | null;
  roles?: { some?: RoleReferenceFilter | null; isSet?: boolean | null } | null;
  managedBy?: StringFilter | null;
  createdAt?: DateTimeFilter | null;
  updatedAt?: DateTimeFilter | null;
  version?: NumberFilter | null;
}
export type UserOrderField =
  | 'ID'
  | 'CREATED_AT'
  | 'UPDATED_AT'
  | 'USER_NAME'
  | 'DISPLAY_NAME'
  | 'FAMILY_NAME'
  | 'GIVEN_NAME'
  | 'EXTERNAL_ID';
