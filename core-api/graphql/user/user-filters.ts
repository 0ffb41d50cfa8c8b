import { ArgsType, InputType } from 'type-graphql';
import type {
  CustomElementFilter as CustomElementTerms,
  CustomMemberFilter as CustomMemberTerms,
  CustomAttributeFilter as CustomTerms,
  RoleReferenceFilter as RoleReferenceTerms,
  TeamReferenceFilter as TeamReferenceTerms,
  UserFilter as UserTerms,
  ValueFilter,
} from '#core-api/domain/user/user-types.js';
import { enumType, Optional, Required } from '../fields.js';
import { BooleanFilter, DateTimeFilter, LOGIC, NumberFilter, StringFilter } from '../paging/filters.js';
import { pathOrderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';

const IS_SET = 'True: there is at least one value. False: there is none.';

@InputType('AttributeValueFilter', {
  description: `A condition on one element of a multi-valued attribute; all its terms are about the same element. ${LOGIC.tree}`,
})
export class AttributeValueFilter implements ValueFilter {
  @Optional(() => [AttributeValueFilter], LOGIC.and)
  and?: AttributeValueFilter[] | null;
  @Optional(() => [AttributeValueFilter], LOGIC.or)
  or?: AttributeValueFilter[] | null;
  @Optional(() => AttributeValueFilter, LOGIC.not)
  not?: AttributeValueFilter | null;
  @Optional(() => StringFilter, 'The value itself.')
  value?: StringFilter | null;
  @Optional(() => StringFilter, 'How the value is shown.')
  display?: StringFilter | null;
  @Optional(() => StringFilter, 'The kind of value: `work`, `home`.')
  type?: StringFilter | null;
  @Optional(() => BooleanFilter, 'Whether it is the preferred one; elements that do not say are not.')
  primary?: BooleanFilter | null;
  @Optional(() => StringFilter, 'The URI of the thing that the value stands for.')
  ref?: StringFilter | null;
  @Optional(() => StringFilter, 'Of an address: the whole as it is printed.')
  formatted?: StringFilter | null;
  @Optional(() => StringFilter, 'Of an address: street, house number, floor.')
  streetAddress?: StringFilter | null;
  @Optional(() => StringFilter, 'Of an address: city or town.')
  locality?: StringFilter | null;
  @Optional(() => StringFilter, 'Of an address: state, province or region.')
  region?: StringFilter | null;
  @Optional(() => StringFilter, 'Of an address: postal code.')
  postalCode?: StringFilter | null;
  @Optional(() => StringFilter, 'Of an address: country.')
  country?: StringFilter | null;
}

@InputType('AttributeValuesFilter', { description: 'A condition on a multi-valued attribute.' })
class AttributeValuesFilter {
  @Optional(() => AttributeValueFilter, 'At least one element meets this condition.')
  some?: AttributeValueFilter | null;
  @Optional(() => Boolean, IS_SET)
  isSet?: boolean | null;
}

@InputType('NameFilter', { description: `A condition on the parts of a name. ${LOGIC.tree}` })
class NameFilter {
  @Optional(() => StringFilter, 'The full name.')
  formatted?: StringFilter | null;
  @Optional(() => StringFilter, 'The family name.')
  familyName?: StringFilter | null;
  @Optional(() => StringFilter, 'The given name.')
  givenName?: StringFilter | null;
  @Optional(() => StringFilter, 'The middle names.')
  middleName?: StringFilter | null;
  @Optional(() => StringFilter, 'The title in front of the name.')
  honorificPrefix?: StringFilter | null;
  @Optional(() => StringFilter, 'The suffix behind the name.')
  honorificSuffix?: StringFilter | null;
  @Optional(() => Boolean, 'True: at least one part has a value. False: none has.')
  isSet?: boolean | null;
}

@InputType('EnterpriseFilter', { description: `A condition on the place in the organisation. ${LOGIC.tree}` })
class EnterpriseFilter {
  @Optional(() => StringFilter, 'The employee number.')
  employeeNumber?: StringFilter | null;
  @Optional(() => StringFilter, 'The cost center.')
  costCenter?: StringFilter | null;
  @Optional(() => StringFilter, 'The organisation.')
  organization?: StringFilter | null;
  @Optional(() => StringFilter, 'The division.')
  division?: StringFilter | null;
  @Optional(() => StringFilter, 'The department.')
  department?: StringFilter | null;
  @Optional(() => StringFilter, "The manager's id.")
  managerValue?: StringFilter | null;
  @Optional(() => StringFilter, "The URI of the manager's record.")
  managerRef?: StringFilter | null;
  @Optional(() => StringFilter, "The manager's name as it is shown.")
  managerDisplayName?: StringFilter | null;
  @Optional(() => Boolean, 'True: at least one of them has a value. False: none has.')
  isSet?: boolean | null;
}

@InputType('TeamReferenceFilter', { description: `A condition on one team. ${LOGIC.tree}` })
class TeamReferenceFilter implements TeamReferenceTerms {
  @Optional(() => [TeamReferenceFilter], LOGIC.and)
  and?: TeamReferenceFilter[] | null;
  @Optional(() => [TeamReferenceFilter], LOGIC.or)
  or?: TeamReferenceFilter[] | null;
  @Optional(() => TeamReferenceFilter, LOGIC.not)
  not?: TeamReferenceFilter | null;
  @Optional(() => StringFilter, "The team's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, "The team's name.")
  displayName?: StringFilter | null;
}

@InputType('TeamReferencesFilter', { description: 'A condition on the teams that belong to an object.' })
export class TeamReferencesFilter {
  @Optional(() => TeamReferenceFilter, 'At least one team meets this condition.')
  some?: TeamReferenceFilter | null;
  @Optional(() => Boolean, 'True: there is a team. False: there is none.')
  isSet?: boolean | null;
}

@InputType('RoleReferenceFilter', { description: `A condition on one role that a user has. ${LOGIC.tree}` })
class RoleReferenceFilter implements RoleReferenceTerms {
  @Optional(() => [RoleReferenceFilter], LOGIC.and)
  and?: RoleReferenceFilter[] | null;
  @Optional(() => [RoleReferenceFilter], LOGIC.or)
  or?: RoleReferenceFilter[] | null;
  @Optional(() => RoleReferenceFilter, LOGIC.not)
  not?: RoleReferenceFilter | null;
  @Optional(() => StringFilter, "The role's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, "The role's key.")
  key?: StringFilter | null;
}

@InputType('RoleReferencesFilter', {
  description:
    'A condition on the roles that a user has in effect, whatever gives them; ten of them in a filter at most. Needs `roles:read`.',
})
class RoleReferencesFilter {
  @Optional(() => RoleReferenceFilter, 'At least one role meets this condition.')
  some?: RoleReferenceFilter | null;
  @Optional(() => Boolean, 'True: the user has a role. False: none, because all that the user would have are denied.')
  isSet?: boolean | null;
}

const CUSTOM_TERMS = {
  string: 'For attributes of type string or reference.',
  boolean: 'For attributes of type boolean.',
  number: 'For attributes of type integer or decimal.',
  dateTime: 'For attributes of type dateTime.',
};

@InputType('CustomMemberFilter', {
  description: "A condition on one part of a value. The operator must suit the part's declared type.",
})
class CustomMemberFilter implements CustomMemberTerms {
  @Optional(() => String, 'The part of a complex value, in any case; left out, the value itself or its part `value`.')
  name?: string | null;
  @Optional(() => StringFilter, CUSTOM_TERMS.string)
  string?: StringFilter | null;
  @Optional(() => BooleanFilter, CUSTOM_TERMS.boolean)
  boolean?: BooleanFilter | null;
  @Optional(() => NumberFilter, CUSTOM_TERMS.number)
  number?: NumberFilter | null;
  @Optional(() => DateTimeFilter, CUSTOM_TERMS.dateTime)
  dateTime?: DateTimeFilter | null;
  @Optional(() => Boolean, 'True: there is such a part. False: there is none.')
  isSet?: boolean | null;
}

@InputType('CustomElementFilter', {
  description: `A condition on one value of an attribute of a custom extension schema; all its terms are about the same value. ${LOGIC.tree}`,
})
export class CustomElementFilter implements CustomElementTerms {
  @Optional(() => [CustomElementFilter], LOGIC.and)
  and?: CustomElementFilter[] | null;
  @Optional(() => [CustomElementFilter], LOGIC.or)
  or?: CustomElementFilter[] | null;
  @Optional(() => CustomElementFilter, LOGIC.not)
  not?: CustomElementFilter | null;
  @Optional(() => CustomMemberFilter, 'The value itself, or a part of it.')
  member?: CustomMemberFilter | null;
}

@InputType('CustomAttributeFilter', {
  description:
    "A condition on one attribute of a custom extension schema. The operator must suit the attribute's declared type. A schema or attribute that is not declared has no values; in filters of identity providers the gateway refuses it (invalidFilter).",
})
class CustomAttributeFilter implements CustomTerms {
  @Required(() => String, "The extension schema's URN, in any case.")
  urn!: string;
  @Required(() => String, "The attribute's name, in any case.")
  attribute!: string;
  @Optional(() => String, 'The member of a complex attribute, in any case; left out for a simple one.')
  subAttribute?: string | null;
  @Optional(() => StringFilter, CUSTOM_TERMS.string)
  string?: StringFilter | null;
  @Optional(() => BooleanFilter, CUSTOM_TERMS.boolean)
  boolean?: BooleanFilter | null;
  @Optional(() => NumberFilter, CUSTOM_TERMS.number)
  number?: NumberFilter | null;
  @Optional(() => DateTimeFilter, CUSTOM_TERMS.dateTime)
  dateTime?: DateTimeFilter | null;
  @Optional(() => CustomElementFilter, 'At least one value of the attribute meets this condition.')
  some?: CustomElementFilter | null;
  @Optional(() => Boolean, 'True: the attribute has a value. False: it has none.')
  isSet?: boolean | null;
}

@InputType('UserFilter', { description: `Which users are listed. ${LOGIC.tree}` })
export class UserFilter implements UserTerms {
  @Optional(() => [UserFilter], LOGIC.and)
  and?: UserFilter[] | null;
  @Optional(() => [UserFilter], LOGIC.or)
  or?: UserFilter[] | null;
  @Optional(() => UserFilter, LOGIC.not)
  not?: UserFilter | null;
  @Optional(() => StringFilter, "The user's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, 'What the user signs in with.')
  userName?: StringFilter | null;
  @Optional(() => StringFilter, 'The id at the identity provider.')
  externalId?: StringFilter | null;
  @Optional(() => BooleanFilter, 'Whether the user may sign in.')
  active?: BooleanFilter | null;
  @Optional(() => NameFilter, 'The parts of the name.')
  name?: NameFilter | null;
  @Optional(() => StringFilter, 'The name that is shown to others.')
  displayName?: StringFilter | null;
  @Optional(() => StringFilter, 'The nickname.')
  nickName?: StringFilter | null;
  @Optional(() => StringFilter, 'The URI of the profile page.')
  profileUrl?: StringFilter | null;
  @Optional(() => StringFilter, 'The job title.')
  title?: StringFilter | null;
  @Optional(() => StringFilter, 'How the user is related to the organisation.')
  userType?: StringFilter | null;
  @Optional(() => StringFilter, 'The preferred language.')
  preferredLanguage?: StringFilter | null;
  @Optional(() => StringFilter, 'The locale.')
  locale?: StringFilter | null;
  @Optional(() => StringFilter, 'The time zone.')
  timezone?: StringFilter | null;
  @Optional(() => AttributeValuesFilter, 'The e-mail addresses.')
  emails?: AttributeValuesFilter | null;
  @Optional(() => AttributeValuesFilter, 'The telephone numbers.')
  phoneNumbers?: AttributeValuesFilter | null;
  @Optional(() => AttributeValuesFilter, 'The instant messaging addresses.')
  ims?: AttributeValuesFilter | null;
  @Optional(() => AttributeValuesFilter, 'The pictures.')
  photos?: AttributeValuesFilter | null;
  @Optional(() => AttributeValuesFilter, 'The postal addresses.')
  addresses?: AttributeValuesFilter | null;
  @Optional(() => AttributeValuesFilter, 'The entitlements.')
  entitlements?: AttributeValuesFilter | null;
  @Optional(() => AttributeValuesFilter, 'The attribute `roles` as an identity provider sent it.')
  roleValues?: AttributeValuesFilter | null;
  @Optional(() => AttributeValuesFilter, 'The certificates.')
  x509Certificates?: AttributeValuesFilter | null;
  @Optional(() => EnterpriseFilter, 'The place in the organisation.')
  enterprise?: EnterpriseFilter | null;
  @Optional(() => CustomAttributeFilter, 'One attribute of a custom extension schema; combine several by `and`.')
  custom?: CustomAttributeFilter | null;
  @Optional(() => TeamReferencesFilter, 'The teams that the user is a member of.')
  teams?: TeamReferencesFilter | null;
  @Optional(() => TeamReferencesFilter, 'The teams around those, as in `User.outerTeams`.')
  outerTeams?: TeamReferencesFilter | null;
  @Optional(() => RoleReferencesFilter, 'The roles that the user has in effect. Needs `roles:read`.')
  roles?: RoleReferencesFilter | null;
  @Optional(() => StringFilter, "The managing directory's id; `isSet: false` finds local users.")
  managedBy?: StringFilter | null;
  @Optional(() => DateTimeFilter, 'When the user was created.')
  createdAt?: DateTimeFilter | null;
  @Optional(() => DateTimeFilter, 'When the user was last changed.')
  updatedAt?: DateTimeFilter | null;
  @Optional(() => NumberFilter, "The user's version.")
  version?: NumberFilter | null;
}

const UserOrderField = enumType('UserOrderField', 'What users can be ordered by.', {
  ID: 'The id, which is the order in which users were created.',
  CREATED_AT: 'When the user was created.',
  UPDATED_AT: 'When the user was last changed.',
  USER_NAME: 'What the user signs in with, ignoring case.',
  DISPLAY_NAME: 'The name that is shown to others.',
  FAMILY_NAME: 'The family name.',
  GIVEN_NAME: 'The given name.',
  EXTERNAL_ID: 'The id at the identity provider.',
});
const UserOrder = pathOrderInput(
  'UserOrder',
  UserOrderField,
  '`name.familyName`, `enterprise.manager.value`, `active`, `createdAt`; `emails.value`, `addresses.locality`, `teams.displayName` of the primary element, else the first; `urn:…:attribute` or `urn:…:attribute.member` of an extension that a directory declares, by its declared type.',
);

@ArgsType()
export class UserListArgs extends PageArgs {
  @Optional(() => UserFilter, 'Which users are listed; left out, all of them.')
  filter?: UserFilter | null;
  @Optional(() => UserOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof UserOrder> | null;
}
