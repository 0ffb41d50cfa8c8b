import { attribute, complex, plural } from '#gateway/scim/attribute.js';
import type { AttributeDefinition } from '#gateway/scim/schemas.js';

/** RFC 7643 §4.1. */
export const USER_ATTRIBUTES: AttributeDefinition[] = [
  attribute('userName', 'The name a user signs in with; upper and lower case count as the same.', {
    required: true,
    uniqueness: 'server',
  }),
  complex('name', "The parts of the user's name.", [
    attribute('formatted', 'The whole name as it is shown, titles included.'),
    attribute('familyName', 'The family or last name.'),
    attribute('givenName', 'The given or first name.'),
    attribute('middleName', 'Any names between the given and the family name.'),
    attribute('honorificPrefix', 'What stands before the name, such as "Dr.".'),
    attribute('honorificSuffix', 'What stands after the name, such as "III".'),
  ]),
  attribute('displayName', 'The name shown to other people.'),
  attribute('nickName', 'What the user is called in everyday life.'),
  attribute('profileUrl', "The address of a page about the user, at the user's organisation or elsewhere.", {
    type: 'reference',
    referenceTypes: ['external'],
  }),
  attribute('title', 'The position held, such as "Head of Sales".'),
  attribute('userType', 'How the user relates to the organisation, such as "Employee" or "Contractor".'),
  attribute('preferredLanguage', 'The languages the user reads, in the form of an Accept-Language header.'),
  attribute('locale', 'The region whose formats of dates and numbers the user expects, such as "de-CH".'),
  attribute('timezone', 'The time zone by its IANA name, such as "Europe/Zurich".'),
  attribute('active', 'Whether the user may sign in.', { type: 'boolean' }),
  attribute('password', 'A password in clear text; it can be sent, and is never shown.', {
    caseExact: true,
    mutability: 'writeOnly',
    returned: 'never',
  }),
  plural('emails', 'E-mail addresses.', { of: 'e-mail address', kinds: ['work', 'home', 'other'] }),
  plural('phoneNumbers', 'Telephone numbers, kept as they were sent.', {
    of: 'telephone number',
    kinds: ['work', 'home', 'mobile', 'fax', 'pager', 'other'],
  }),
  plural('ims', 'Addresses for instant messages.', {
    of: 'messaging address',
    kinds: ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo'],
  }),
  plural('photos', 'Addresses of pictures of the user.', {
    of: 'picture address',
    kinds: ['photo', 'thumbnail'],
    value: { type: 'reference', referenceTypes: ['external'] },
  }),
  complex(
    'addresses',
    'Postal addresses.',
    [
      attribute('formatted', 'The whole address as it is printed on a letter; lines are parted by line feeds.'),
      attribute('streetAddress', 'Street, house number and everything else below the town.'),
      attribute('locality', 'The city, town or village.'),
      attribute('region', 'The state, canton or province.'),
      attribute('postalCode', 'The postal code.'),
      attribute('country', 'The country by its two-letter ISO 3166-1 code.'),
      attribute('type', 'What the address is for.', { canonicalValues: ['work', 'home', 'other'] }),
      attribute('primary', 'Whether this address is the preferred one; at most one element is.', { type: 'boolean' }),
    ],
    { multiValued: true },
  ),
  complex(
    'groups',
    'The groups the user is a member of. To change them, change the members of the group.',
    [
      attribute('value', 'The id of the group.', { mutability: 'readOnly', caseExact: true }),
      attribute('$ref', 'The address of the group.', {
        type: 'reference',
        referenceTypes: ['Group'],
        caseExact: true,
        mutability: 'readOnly',
      }),
      attribute('display', 'The name of the group.', { mutability: 'readOnly' }),
      attribute('type', 'Whether the user is a member itself or through another group.', {
        canonicalValues: ['direct', 'indirect'],
        mutability: 'readOnly',
      }),
    ],
    { multiValued: true, mutability: 'readOnly' },
  ),
  plural('entitlements', 'Single things the user is entitled to.', { of: 'entitlement' }),
  plural('roles', 'The roles the user holds.', { of: 'role' }),
  plural('x509Certificates', 'Certificates issued to the user.', {
    of: 'DER certificate in Base64',
    value: { type: 'binary', caseExact: true },
  }),
];
