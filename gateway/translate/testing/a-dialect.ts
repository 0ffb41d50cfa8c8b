import { type Dialect, dialectOf } from '#gateway/translate/dialect.js';
import type { DirectoryProfile, ProfileAttribute } from '#schema/profile.js';

export const ACME_URN = 'urn:ietf:params:scim:schemas:extension:acme:2.0:User';

/** A profile with two aliases and an extension that has an attribute of each kind. */
export function aProfile(differing: Partial<DirectoryProfile> = {}): DirectoryProfile {
  return {
    preset: 'rollcall',
    version: 7,
    attributes: ['*'],
    extensions: [
      {
        urn: ACME_URN,
        name: 'AcmeUser',
        description: 'What Acme adds.',
        attributes: [
          anAttribute('tags', { multiValued: true }),
          anAttribute('badge', {}),
          anAttribute('level', { type: 'integer' }),
          anAttribute('remote', { type: 'boolean' }),
          anAttribute('since', { type: 'dateTime' }),
          anAttribute('seen', { mutability: 'readOnly' }),
          anAttribute('pin', { mutability: 'writeOnly' }),
          anAttribute('tools', {
            type: 'complex',
            multiValued: true,
            subAttributes: [
              anAttribute('key', {}),
              anAttribute('size', { type: 'integer' }),
              anAttribute('sharp', { type: 'boolean' }),
              anAttribute('worn', { type: 'boolean', mutability: 'readOnly' }),
            ],
          }),
          anAttribute('desk', { type: 'complex', subAttributes: [anAttribute('floor', {}), anAttribute('room', {})] }),
        ],
      },
    ],
    aliases: { mail: 'emails', name: 'displayName', role: 'userType' },
    roleAttribute: 'roles',
    roleSource: 'ATTRIBUTE',
    roleValues: {},
    defaultRole: null,
    defaultProjects: [],
    nameMode: 'SPLIT',
    listScope: 'ALL',
    adopt: 'ON_UPDATE',
    reviveBy: 'EXTERNAL_ID',
    unsupportedFilter: 400,
    nestedGroups: 'SKIP',
    unknownMembers: 'SKIP',
    unknownRoles: 'REFUSE',
    strict: false,
    ...differing,
  };
}

export function aDialect(differing: Partial<DirectoryProfile> = {}): Dialect {
  return dialectOf(aProfile(differing));
}

function anAttribute(name: string, differing: Partial<ProfileAttribute>): ProfileAttribute {
  return {
    name,
    type: 'string',
    multiValued: false,
    description: `${name}.`,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    ...differing,
  };
}
