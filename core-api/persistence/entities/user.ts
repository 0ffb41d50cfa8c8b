import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey, time } from './columns.js';

/** One element of a multi-valued attribute (RFC 7643 §2.4), with only the members that were sent. */
export interface AttributeValue {
  value?: string;
  display?: string;
  type?: string;
  primary?: boolean;
  ref?: string;
}

export interface Address {
  formatted?: string;
  streetAddress?: string;
  locality?: string;
  region?: string;
  postalCode?: string;
  country?: string;
  type?: string;
  primary?: boolean;
  display?: string;
}

/** Custom extension values: URN as declared by the profile, then attribute name, then the value as JSON. */
export type Extensions = Record<string, Record<string, unknown>>;

const values = () => p.json<AttributeValue[]>().defaultRaw("'[]'");

export const UserSchema = defineEntity({
  name: 'User',
  tableName: 'app_user',
  properties: {
    ...tenantKey(),
    /** The directory that manages the row; null for a local one. */
    directoryId: p.uuid().nullable(),
    /** An admin of last resort: invisible to directories, exempt from their changes. */
    breakGlass: p.boolean().default(false),
    userName: p.text(),
    userNameKey: p.text(),
    externalId: p.text().nullable(),
    active: p.boolean().default(true),
    formattedName: p.text().nullable(),
    familyName: p.text().nullable(),
    givenName: p.text().nullable(),
    middleName: p.text().nullable(),
    honorificPrefix: p.text().nullable(),
    honorificSuffix: p.text().nullable(),
    displayName: p.text().nullable(),
    nickName: p.text().nullable(),
    profileUrl: p.text().nullable(),
    title: p.text().nullable(),
    userType: p.text().nullable(),
    preferredLanguage: p.text().nullable(),
    locale: p.text().nullable(),
    timezone: p.text().nullable(),
    emails: values(),
    phoneNumbers: values(),
    ims: values(),
    photos: values(),
    addresses: p.json<Address[]>().defaultRaw("'[]'"),
    entitlements: values(),
    /** The attribute `roles` as sent; what it grants stands in role_assignment. */
    roleValues: values(),
    x509Certificates: values().fieldName('x509_certificates'),
    employeeNumber: p.text().nullable(),
    costCenter: p.text().nullable(),
    organization: p.text().nullable(),
    division: p.text().nullable(),
    department: p.text().nullable(),
    managerValue: p.text().nullable(),
    managerRef: p.text().nullable(),
    managerDisplayName: p.text().nullable(),
    extensions: p.json<Extensions>().defaultRaw("'{}'"),
    ...stamps(),
    deletedAt: time().nullable(),
  },
});

/** One person in one company. A deactivated or deleted user keeps the row, so that history stays and a re-hire can get the old id back. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);

export const UserValueSchema = defineEntity({
  name: 'UserValue',
  tableName: 'user_value',
  properties: {
    companyId: p.uuid().primary(),
    userId: p.uuid().primary(),
    attribute: p.text().primary(),
    /** The element's `type`, or '' without one: part of the key, so that one address of two types is found under both. */
    type: p.text().primary(),
    valueKey: p.text().primary(),
  },
});

/** What is searched in multi-valued attributes, folded; written in the statement that writes the user. */
export class UserValue extends UserValueSchema.class {}
UserValueSchema.setClass(UserValue);

export const LocalCredentialSchema = defineEntity({
  name: 'LocalCredential',
  tableName: 'local_credential',
  properties: {
    companyId: p.uuid().primary(),
    userId: p.uuid().primary(),
    /** argon2id, PHC string. */
    passwordHash: p.text(),
    createdAt: time().defaultRaw('now()'),
    updatedAt: time().defaultRaw('now()'),
  },
});

/** The password of a local account (break-glass owners, demo logins). Never read by anything but the sign-in. */
export class LocalCredential extends LocalCredentialSchema.class {}
LocalCredentialSchema.setClass(LocalCredential);
