import { ID, Int, ObjectType } from 'type-graphql';
import { DirectoryType } from '../directory/directory-type.js';
import { enumType, Optional, Required } from '../fields.js';
import { WarningType } from '../mutation/payloads.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { ProjectType } from '../project/project-type.js';
import { RoleType } from '../role/role-type.js';
import { DateTime, Json } from '../scalars.js';
import { TeamType } from '../team/team-type.js';

@ObjectType('Name', { simpleResolvers: true, description: "The parts of a user's name." })
class NameType {
  @Optional(() => String, 'The full name as it is shown: `Ms. Barbara J. Jensen`.')
  formatted!: string | null;
  @Optional(() => String, 'Family name: `Jensen`.')
  familyName!: string | null;
  @Optional(() => String, 'Given name: `Barbara`.')
  givenName!: string | null;
  @Optional(() => String, 'Middle names: `Jane`.')
  middleName!: string | null;
  @Optional(() => String, 'Title in front of the name: `Ms.`.')
  honorificPrefix!: string | null;
  @Optional(() => String, 'Suffix behind the name: `III`.')
  honorificSuffix!: string | null;
}

@ObjectType('AttributeValue', {
  simpleResolvers: true,
  description:
    'One element of a multi-valued attribute, such as one e-mail address; members that were not sent are null.',
})
class AttributeValueType {
  @Optional(() => String, 'The value itself: an address, a number, a key.')
  value!: string | null;
  @Optional(() => String, 'How the value is shown to people.')
  display!: string | null;
  @Optional(() => String, 'What kind of value it is: `work`, `home`, `mobile`.')
  type!: string | null;
  @Optional(() => Boolean, 'Whether it is the preferred one; at most one element is.')
  primary!: boolean | null;
  @Optional(() => String, 'Where the thing lives that the value stands for, as a URI.')
  ref!: string | null;
}

@ObjectType('Address', {
  simpleResolvers: true,
  description: 'One postal address; members that were not sent are null.',
})
class AddressType {
  @Optional(() => String, 'The whole address as it is printed on a letter.')
  formatted!: string | null;
  @Optional(() => String, 'Street, house number, floor.')
  streetAddress!: string | null;
  @Optional(() => String, 'City or town.')
  locality!: string | null;
  @Optional(() => String, 'State, province or region.')
  region!: string | null;
  @Optional(() => String, 'Postal code.')
  postalCode!: string | null;
  @Optional(() => String, 'Country, as a rule by its two-letter code: `US`.')
  country!: string | null;
  @Optional(() => String, 'What kind of address it is: `work`, `home`.')
  type!: string | null;
  @Optional(() => Boolean, 'Whether it is the preferred one; at most one element is.')
  primary!: boolean | null;
  @Optional(() => String, 'How the address is shown to people.')
  display!: string | null;
}

@ObjectType('Manager', {
  simpleResolvers: true,
  description: 'Who a user reports to, as the identity provider sent it.',
})
class ManagerType {
  @Optional(() => String, "The manager's id, as whoever wrote it knows the manager.")
  value!: string | null;
  @Optional(() => String, "Where the manager's record lives, as a URI.")
  ref!: string | null;
  @Optional(() => String, "The manager's name as it is shown.")
  displayName!: string | null;
}

@ObjectType('Enterprise', { simpleResolvers: true, description: "A user's place in the organisation." })
class EnterpriseType {
  @Optional(() => String, 'The number that the organisation gave the user.')
  employeeNumber!: string | null;
  @Optional(() => String, 'The cost center that pays for the user.')
  costCenter!: string | null;
  @Optional(() => String, 'The organisation that the user belongs to.')
  organization!: string | null;
  @Optional(() => String, 'The division that the user belongs to.')
  division!: string | null;
  @Optional(() => String, 'The department that the user belongs to.')
  department!: string | null;
  @Optional(() => ManagerType, 'Who the user reports to.')
  manager!: ManagerType | null;
}

@ObjectType('Extension', { simpleResolvers: true, description: 'The values of one custom extension schema.' })
class ExtensionType {
  @Required(() => String, "The schema's URN, as the directory's profile declares it.")
  urn!: string;
  @Required(() => Json, 'An object of attribute names and values.')
  values!: unknown;
}

@ObjectType('User', {
  implements: NodeType,
  simpleResolvers: true,
  description:
    'One person in one company. Local, or managed by a directory, to which then belong the fields that its profile maps. A user that was deactivated keeps everything but the right to sign in.',
})
export class UserType {
  @Required(() => ID, 'Opaque; stays when the user is renamed, deactivated or comes back.')
  id!: string;
  @Required(() => String, 'What the user signs in with, as it was sent. Unique in the company, ignoring case.')
  userName!: string;
  @Optional(() => String, "The user's id at the identity provider.")
  externalId!: string | null;
  @Required(() => Boolean, 'Whether the user may sign in.')
  active!: boolean;
  @Optional(() => NameType, "The parts of the user's name; null when none has a value.")
  name!: NameType | null;
  @Optional(() => String, 'The name that is shown to others.')
  displayName!: string | null;
  @Optional(() => String, 'What the user is called in everyday life: `Bob` for Robert.')
  nickName!: string | null;
  @Optional(() => String, "The URI of the user's profile page.")
  profileUrl!: string | null;
  @Optional(() => String, 'Job title: `Vice President`.')
  title!: string | null;
  @Optional(() => String, 'How the user is related to the organisation: `Employee`, `Contractor`.')
  userType!: string | null;
  @Optional(() => String, 'The preferred language for texts, as in the HTTP header Accept-Language: `en-US`.')
  preferredLanguage!: string | null;
  @Optional(() => String, 'The locale for dates, numbers and currencies: `en-US`.')
  locale!: string | null;
  @Optional(() => String, 'The time zone by its IANA name: `Europe/Paris`.')
  timezone!: string | null;
  @Required(() => [AttributeValueType], 'E-mail addresses, in the order in which they were sent.')
  emails!: AttributeValueType[];
  @Required(() => [AttributeValueType], 'Telephone numbers.')
  phoneNumbers!: AttributeValueType[];
  @Required(() => [AttributeValueType], 'Instant messaging addresses.')
  ims!: AttributeValueType[];
  @Required(() => [AttributeValueType], 'URIs of pictures.')
  photos!: AttributeValueType[];
  @Required(() => [AddressType], 'Postal addresses.')
  addresses!: AddressType[];
  @Required(() => [AttributeValueType], 'Things that the user is entitled to.')
  entitlements!: AttributeValueType[];
  @Required(
    () => [AttributeValueType],
    'The attribute `roles` as the identity provider sent it; what it grants shows in `roles`.',
  )
  roleValues!: AttributeValueType[];
  @Required(() => [AttributeValueType], 'Certificates, DER in base64.')
  x509Certificates!: AttributeValueType[];
  @Optional(() => EnterpriseType, "The user's place in the organisation; null when nothing is known of it.")
  enterprise!: EnterpriseType | null;
  @Required(() => [ExtensionType], 'Values of custom extension schemas, one entry a URN.')
  extensions!: ExtensionType[];
  @Required(
    () => Json,
    "The user's own attributes in one object, for programs that take all of them: under the names of their fields here, without those that are null or empty; `extensions` is an object of values by URN.",
  )
  attributes!: unknown;
  @Required(() => [TeamType], 'Teams that the user is a member of, by display name.')
  teams!: TeamType[];
  @Required(
    () => [TeamType],
    'Teams that the user belongs to because one of `teams` is inside of them, at any depth; by display name. They give roles and projects as `teams` do. Teams whose directory skips nested teams are not among them.',
  )
  outerTeams!: TeamType[];
  @Required(
    () => [RoleType],
    "Effective roles: what is granted less what is denied; the company's default role if that is nothing. Highest rank first.",
  )
  roles!: RoleType[];
  @Required(
    () => [ProjectType],
    'Projects that the user has access to, directly or through a team, by key. Needs `projects:read`.',
  )
  projects!: ProjectType[];
  @Optional(
    () => DirectoryType,
    'The directory that manages this user; null for a local one. Needs `directories:read`.',
  )
  managedBy!: DirectoryType | null;
  @Required(() => [String], 'Fields that only that directory may change, by dotted name; empty for a local user.')
  lockedFields!: string[];
  @Required(() => Int, "Rises by one with each change of the user's own fields; memberships and roles leave it alone.")
  version!: number;
  @Required(() => DateTime, 'When the user was created.')
  createdAt!: string;
  @Required(() => DateTime, "When the user's own fields were last changed.")
  updatedAt!: string;
}

export const UserConnection = connectionType('User', () => UserType, 'One page of users.');

const CreateOutcome = enumType('CreateOutcome', 'What became of a request to create a user.', {
  CREATED: 'There was no such user; there is one now.',
  REVIVED: 'The user had left and came back, with the id and history that it had.',
  ADOPTED: 'There was a local user of that name, which the directory manages from now on.',
});

const THE_USER = 'The user as it is stored now.';
const WARNINGS = 'What was skipped rather than refused.';

@ObjectType('CreateUserPayload', { simpleResolvers: true, description: 'The answer to `createUser`.' })
export class CreateUserPayload {
  @Required(() => UserType, THE_USER)
  user!: UserType;
  @Required(() => CreateOutcome, 'Whether the user is new.')
  outcome!: keyof typeof CreateOutcome;
  @Required(() => [WarningType], WARNINGS)
  warnings!: WarningType[];
}

@ObjectType('ChangeUserPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that changes a user.',
})
export class ChangeUserPayload {
  @Required(() => UserType, THE_USER)
  user!: UserType;
  @Required(() => [WarningType], WARNINGS)
  warnings!: WarningType[];
}
