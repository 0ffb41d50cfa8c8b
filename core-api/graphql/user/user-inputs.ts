import { ID, InputType, Int } from 'type-graphql';
import type {
  AnyValueInput as AnyValue,
  MultiValuedAttribute as AttributeName,
  EnterpriseFields,
  ManagerFields,
  NameFields,
  UserChange,
  UserFields,
} from '#core-api/domain/user/user-types.js';
import { Defaulted, Optional, Required } from '../fields.js';
import { EXPECTED_VERSION, PROFILE_VERSION } from '../mutation/words.js';
import { Json } from '../scalars.js';
import {
  RemoveExtensionValuesInput,
  SetExtensionInput,
  UnsetExtensionInput,
  UpdateExtensionValuesInput,
} from './extension-inputs.js';
import { IfNone } from './if-none.js';
import { MultiValuedAttribute } from './multi-valued-attribute.js';
import { AttributeValueFilter } from './user-filters.js';

const USER_NAME = 'What the user signs in with, as a rule an e-mail address. Unique in the company, ignoring case.';

@InputType('NameInput', {
  description: "The parts of a user's name. Parts that are left out stay as they are, null clears one.",
})
export class NameInput implements NameFields {
  @Optional(() => String, 'The full name as it is shown: `Ms. Barbara J. Jensen`.')
  formatted?: string | null;
  @Optional(() => String, 'Family name: `Jensen`.')
  familyName?: string | null;
  @Optional(() => String, 'Given name: `Barbara`.')
  givenName?: string | null;
  @Optional(() => String, 'Middle names: `Jane`.')
  middleName?: string | null;
  @Optional(() => String, 'Title in front of the name: `Ms.`.')
  honorificPrefix?: string | null;
  @Optional(() => String, 'Suffix behind the name: `III`.')
  honorificSuffix?: string | null;
}

@InputType('AttributeValueInput', {
  description: 'One element of a multi-valued attribute, such as one e-mail address.',
})
export class AttributeValueInput implements AnyValue {
  @Optional(() => String, 'The value itself: an address, a number, a key.')
  value?: string | null;
  @Optional(() => String, 'How the value is shown to people.')
  display?: string | null;
  @Optional(() => String, 'What kind of value it is: `work`, `home`, `mobile`.')
  type?: string | null;
  @Optional(() => Boolean, 'Whether it is the preferred one. At most one element is; the last one said to be wins.')
  primary?: boolean | null;
  @Optional(() => String, 'Where the thing lives that the value stands for, as a URI.')
  ref?: string | null;
}

@InputType('AddressInput', { description: 'One postal address.' })
export class AddressInput implements AnyValue {
  @Optional(() => String, 'The whole address as it is printed on a letter; lines end with a line feed.')
  formatted?: string | null;
  @Optional(() => String, 'Street, house number, floor.')
  streetAddress?: string | null;
  @Optional(() => String, 'City or town.')
  locality?: string | null;
  @Optional(() => String, 'State, province or region.')
  region?: string | null;
  @Optional(() => String, 'Postal code.')
  postalCode?: string | null;
  @Optional(() => String, 'Country, as a rule by its two-letter code: `US`.')
  country?: string | null;
  @Optional(() => String, 'What kind of address it is: `work`, `home`.')
  type?: string | null;
  @Optional(() => Boolean, 'Whether it is the preferred one. At most one element is; the last one said to be wins.')
  primary?: boolean | null;
  @Optional(() => String, 'How the address is shown to people.')
  display?: string | null;
}

@InputType('ManagerInput', {
  description: 'Who a user reports to. Members that are left out stay as they are, null clears one.',
})
export class ManagerInput implements ManagerFields {
  @Optional(() => String, "The manager's id, as whoever writes it knows the manager.")
  value?: string | null;
  @Optional(() => String, "Where the manager's record lives, as a URI.")
  ref?: string | null;
  @Optional(() => String, "The manager's name as it is shown.")
  displayName?: string | null;
}

@InputType('EnterpriseInput', {
  description: "A user's place in the organisation. Members that are left out stay as they are, null clears one.",
})
export class EnterpriseInput implements EnterpriseFields {
  @Optional(() => String, 'The number that the organisation gave the user.')
  employeeNumber?: string | null;
  @Optional(() => String, 'The cost center that pays for the user.')
  costCenter?: string | null;
  @Optional(() => String, 'The organisation that the user belongs to.')
  organization?: string | null;
  @Optional(() => String, 'The division that the user belongs to.')
  division?: string | null;
  @Optional(() => String, 'The department that the user belongs to.')
  department?: string | null;
  @Optional(() => ManagerInput, 'Who the user reports to.')
  manager?: ManagerInput | null;
}

@InputType('ExtensionInput', { description: 'The values of one custom extension schema.' })
export class ExtensionInput {
  @Required(() => String, "The schema's URN, as the directory's profile declares it.")
  urn!: string;
  @Required(
    () => Json,
    'An object of attribute names and values; it replaces what was there. Null removes the extension from the user.',
  )
  values!: unknown;
}

@InputType('UserFieldsInput', {
  description:
    'Writable fields of a user, each optional; what is left out stays, null clears. `name` and `enterprise` merge member by member.',
})
export class UserFieldsInput implements UserFields {
  @Optional(() => String, USER_NAME)
  userName?: string | null;
  @Optional(() => String, "The user's id at the identity provider. Unique among the users of one directory.")
  externalId?: string | null;
  @Optional(() => Boolean, 'Whether the user may sign in.')
  active?: boolean | null;
  @Optional(() => NameInput, "The parts of the user's name.")
  name?: NameInput | null;
  @Optional(() => String, 'The name that is shown to others.')
  displayName?: string | null;
  @Optional(() => String, 'What the user is called in everyday life: `Bob` for Robert.')
  nickName?: string | null;
  @Optional(() => String, "The URI of the user's profile page.")
  profileUrl?: string | null;
  @Optional(() => String, 'Job title: `Vice President`.')
  title?: string | null;
  @Optional(() => String, 'How the user is related to the organisation: `Employee`, `Contractor`.')
  userType?: string | null;
  @Optional(() => String, 'The preferred language for texts, as in the HTTP header Accept-Language: `en-US`.')
  preferredLanguage?: string | null;
  @Optional(() => String, 'The locale for dates, numbers and currencies: `en-US`.')
  locale?: string | null;
  @Optional(() => String, 'The time zone by its IANA name: `Europe/Paris`.')
  timezone?: string | null;
  @Optional(() => [AttributeValueInput], 'E-mail addresses; replaces all that were there.')
  emails?: AttributeValueInput[] | null;
  @Optional(() => [AttributeValueInput], 'Telephone numbers; replaces all that were there.')
  phoneNumbers?: AttributeValueInput[] | null;
  @Optional(() => [AttributeValueInput], 'Instant messaging addresses; replaces all that were there.')
  ims?: AttributeValueInput[] | null;
  @Optional(() => [AttributeValueInput], 'URIs of pictures; replaces all that were there.')
  photos?: AttributeValueInput[] | null;
  @Optional(() => [AddressInput], 'Postal addresses; replaces all that were there.')
  addresses?: AddressInput[] | null;
  @Optional(() => [AttributeValueInput], 'Things that the user is entitled to; replaces all that were there.')
  entitlements?: AttributeValueInput[] | null;
  @Optional(
    () => [AttributeValueInput],
    "The attribute `roles` as an identity provider sends it; replaces all that was there. What it grants depends on the directory's profile.",
  )
  roleValues?: AttributeValueInput[] | null;
  @Optional(() => [AttributeValueInput], 'Certificates, DER in base64; replaces all that were there.')
  x509Certificates?: AttributeValueInput[] | null;
  @Optional(() => EnterpriseInput, "The user's place in the organisation.")
  enterprise?: EnterpriseInput | null;
  @Optional(
    () => [ExtensionInput],
    'Values of custom extension schemas; extensions that are not listed stay as they are.',
  )
  extensions?: ExtensionInput[] | null;
}

@InputType('CreateUserInput', {
  description: 'A new user. Fields that are left out have no value; `active` is then true.',
})
export class CreateUserInput extends UserFieldsInput {
  @Required(() => String, USER_NAME)
  override userName!: string;
  @Optional(() => Int, PROFILE_VERSION)
  profileVersion?: number | null;
}

@InputType('ReplaceUserInput', {
  description:
    "The whole of a user, for programs. Fields that are left out are cleared where the directory's profile maps them; `active`, `externalId`, fields of the company and extensions that are not listed stay.",
})
export class ReplaceUserInput extends UserFieldsInput {
  @Required(() => ID, "The user's id.")
  id!: string;
  @Required(() => String, USER_NAME)
  override userName!: string;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
  @Optional(() => Int, PROFILE_VERSION)
  profileVersion?: number | null;
}

@InputType('UpdateUserInput', {
  description: 'Changes to a user, for people: a field that is left out stays, null clears it.',
})
export class UpdateUserInput extends UserFieldsInput {
  @Required(() => ID, "The user's id.")
  id!: string;
  @Optional(() => [AttributeValueInput], 'E-mail addresses that are added to those that are there.')
  addEmails?: AttributeValueInput[] | null;
  @Optional(() => [String], 'E-mail addresses that are removed, by their values, ignoring case.')
  removeEmails?: string[] | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('UserIdInput', { description: 'Names one user.' })
export class UserIdInput {
  @Required(() => ID, "The user's id.")
  id!: string;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('AnyValueInput', {
  description:
    'One element of any multi-valued attribute. `value` and `ref` do not fit addresses, the parts of an address fit nothing else.',
})
export class AnyValueInput implements AnyValue {
  @Optional(() => String, 'The value itself: an address, a number, a key.')
  value?: string | null;
  @Optional(() => String, 'How the value is shown to people.')
  display?: string | null;
  @Optional(() => String, 'What kind of value it is: `work`, `home`, `mobile`.')
  type?: string | null;
  @Optional(() => Boolean, 'Whether it is the preferred one. Setting it takes it from the element that had it.')
  primary?: boolean | null;
  @Optional(() => String, 'Where the thing lives that the value stands for, as a URI.')
  ref?: string | null;
  @Optional(() => String, 'Of an address: the whole as it is printed on a letter.')
  formatted?: string | null;
  @Optional(() => String, 'Of an address: street, house number, floor.')
  streetAddress?: string | null;
  @Optional(() => String, 'Of an address: city or town.')
  locality?: string | null;
  @Optional(() => String, 'Of an address: state, province or region.')
  region?: string | null;
  @Optional(() => String, 'Of an address: postal code.')
  postalCode?: string | null;
  @Optional(() => String, 'Of an address: country, as a rule by its two-letter code.')
  country?: string | null;
}

@InputType('AddValuesInput', {
  description: 'Adds elements to a multi-valued attribute. Elements that are there already are not added twice.',
})
export class AddValuesInput {
  @Required(() => MultiValuedAttribute, 'The attribute to add to.')
  attribute!: AttributeName;
  @Required(() => [AnyValueInput], 'The elements to add.')
  values!: AnyValueInput[];
}

@InputType('UpdateValuesInput', {
  description: 'Changes every element of a multi-valued attribute that a condition matches.',
})
export class UpdateValuesInput {
  @Required(() => MultiValuedAttribute, 'The attribute whose elements are changed.')
  attribute!: AttributeName;
  @Required(() => AttributeValueFilter, 'Which elements to change.')
  where!: AttributeValueFilter;
  @Required(() => AnyValueInput, 'The members to set on each match; null clears one, what is left out stays.')
  set!: AnyValueInput;
  @Defaulted(() => IfNone, 'FAIL', 'What happens when nothing matches.')
  ifNone?: 'FAIL' | 'CREATE' | null;
}

@InputType('RemoveValuesInput', { description: 'Removes elements from a multi-valued attribute.' })
export class RemoveValuesInput {
  @Required(() => MultiValuedAttribute, 'The attribute to remove from.')
  attribute!: AttributeName;
  @Optional(() => AttributeValueFilter, 'Which elements to remove; left out, all of them.')
  where?: AttributeValueFilter | null;
}

@InputType('ReplaceValuesInput', { description: 'Replaces all elements of a multi-valued attribute.' })
export class ReplaceValuesInput {
  @Required(() => MultiValuedAttribute, 'The attribute whose elements are replaced.')
  attribute!: AttributeName;
  @Required(() => [AnyValueInput], 'The elements that it has from now on.')
  values!: AnyValueInput[];
}

@InputType('UserChange', { description: 'One change to a user: exactly one member is given.' })
export class UserChangeInput implements UserChange {
  @Optional(() => UserFieldsInput, 'Sets fields; those that are left out stay, null clears one.')
  set?: UserFieldsInput | null;
  @Optional(
    () => [String],
    'Clears fields, by dotted names: `title`, `name.familyName`, `enterprise.manager`, `emails`.',
  )
  unset?: string[] | null;
  @Optional(() => AddValuesInput, 'Adds elements to a multi-valued attribute.')
  addValues?: AddValuesInput | null;
  @Optional(() => UpdateValuesInput, 'Changes elements of a multi-valued attribute.')
  updateValues?: UpdateValuesInput | null;
  @Optional(() => RemoveValuesInput, 'Removes elements of a multi-valued attribute.')
  removeValues?: RemoveValuesInput | null;
  @Optional(() => ReplaceValuesInput, 'Replaces all elements of a multi-valued attribute.')
  replaceValues?: ReplaceValuesInput | null;
  @Optional(() => SetExtensionInput, 'Sets members of a custom extension.')
  setExtension?: SetExtensionInput | null;
  @Optional(() => UnsetExtensionInput, 'Removes members of a custom extension, or all of it.')
  unsetExtension?: UnsetExtensionInput | null;
  @Optional(() => UpdateExtensionValuesInput, 'Changes values of a multi-valued attribute of a custom extension.')
  updateExtensionValues?: UpdateExtensionValuesInput | null;
  @Optional(() => RemoveExtensionValuesInput, 'Removes values of a multi-valued attribute of a custom extension.')
  removeExtensionValues?: RemoveExtensionValuesInput | null;
}

@InputType('ChangeUserInput', { description: 'Changes to a user, for programs: an ordered list, all applied or none.' })
export class ChangeUserInput {
  @Required(() => ID, "The user's id.")
  id!: string;
  @Required(() => [UserChangeInput], 'The changes, in the order in which they are applied.')
  changes!: UserChangeInput[];
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
  @Optional(() => Int, PROFILE_VERSION)
  profileVersion?: number | null;
}
