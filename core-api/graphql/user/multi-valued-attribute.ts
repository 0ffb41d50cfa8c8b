import { registerEnumType } from 'type-graphql';
import type { MultiValuedAttribute as AttributeName } from '#core-api/domain/user/user-types.js';

/** Outside by the convention of enums, inside by the field's own name. */
export const MultiValuedAttribute = {
  EMAILS: 'emails',
  PHONE_NUMBERS: 'phoneNumbers',
  IMS: 'ims',
  PHOTOS: 'photos',
  ADDRESSES: 'addresses',
  ENTITLEMENTS: 'entitlements',
  ROLE_VALUES: 'roleValues',
  X509_CERTIFICATES: 'x509Certificates',
} as const satisfies Record<string, AttributeName>;

registerEnumType(MultiValuedAttribute, {
  name: 'MultiValuedAttribute',
  description: 'An attribute of a user that has a list of values.',
  valuesConfig: {
    EMAILS: { description: 'E-mail addresses: `User.emails`.' },
    PHONE_NUMBERS: { description: 'Telephone numbers: `User.phoneNumbers`.' },
    IMS: { description: 'Instant messaging addresses: `User.ims`.' },
    PHOTOS: { description: 'Pictures: `User.photos`.' },
    ADDRESSES: { description: 'Postal addresses: `User.addresses`.' },
    ENTITLEMENTS: { description: 'Things that the user is entitled to: `User.entitlements`.' },
    ROLE_VALUES: { description: 'The attribute `roles` as an identity provider sends it: `User.roleValues`.' },
    X509_CERTIFICATES: { description: 'Certificates: `User.x509Certificates`.' },
  },
});
