import { describe, expect, it } from 'vitest';
import { type DirectoryProfile, PROFILE_PRESETS } from '#schema/profile.js';
import { PROFILES } from './profile-presets.js';
import { validateProfile } from './profile-validation.js';

const profile = PROFILES.rollcall;
const attribute = profile.extensions[0]!.attributes[0]!;
const extension = { ...profile.extensions[0]!, urn: 'urn:example:2.0:User' };
const own = (traits: object) => ({ ...extension, attributes: [{ ...attribute, ...traits }] });
const ownNames = (...names: string[]) => ({ ...extension, attributes: names.map((name) => ({ ...attribute, name })) });
const crowd = Array.from({ length: 100 }, (_, i) => ({ ...attribute, name: `a${i}`, description: 'long'.repeat(20) }));

describe('the presets', () => {
  it.each(PROFILE_PRESETS)('%s is a valid profile', (preset) => {
    expect(validateProfile(PROFILES[preset])).toEqual(PROFILES[preset]);
    expect(PROFILES[preset].preset).toBe(preset);
  });
});

describe('validateProfile', () => {
  it.each<[path: string, value: unknown]>([
    ['profile', null],
    ['profile', []],
    ['profile', 'rollcall'],
    ['profile.colour', { ...profile, colour: 'red' }],
    ['profile.strict', { ...profile, strict: 'yes' }],
    ['profile.strict', { ...profile, strict: undefined }],
    ['profile.listScope', { ...profile, listScope: 'SOME' }],
    ['profile.unsupportedFilter', { ...profile, unsupportedFilter: '501' }],
    ['profile.version', { ...profile, version: 0 }],
    ['profile.attributes', { ...profile, attributes: ['displayName'] }],
    ['profile.attributes.1', { ...profile, attributes: ['userName', 'shoeSize'] }],
    ['profile.attributes.1', { ...profile, attributes: ['userName', 'username'] }],
    ['profile.extensions.0.urn', { ...profile, extensions: [{ ...extension, urn: 'example' }] }],
    [
      'profile.extensions.0.urn',
      { ...profile, extensions: [{ ...extension, urn: 'urn:ietf:params:scim:schemas:core:2.0:User' }] },
    ],
    [
      'profile.extensions.0.urn',
      { ...profile, extensions: [{ ...extension, urn: 'URN:ietf:params:scim:schemas:extension:enterprise:2.0:User' }] },
    ],
    [
      'profile.extensions.1',
      { ...profile, extensions: [extension, { ...extension, urn: extension.urn.toUpperCase() }] },
    ],
    ['profile.extensions.0.attributes', { ...profile, extensions: [{ ...extension, attributes: [] }] }],
    [
      'profile.extensions.0.attributes.1',
      { ...profile, extensions: [{ ...extension, attributes: [attribute, { ...attribute, name: 'ROLES' }] }] },
    ],
    [
      'profile.extensions.0.attributes.0.type',
      { ...profile, extensions: [{ ...extension, attributes: [{ ...attribute, type: 'text' }] }] },
    ],
    [
      'profile.extensions.0.attributes.0.subAttributes',
      { ...profile, extensions: [{ ...extension, attributes: [{ ...attribute, type: 'complex' }] }] },
    ],
    ['profile.aliases.title', { ...profile, aliases: { title: 'Title' } }],
    ['profile.aliases.username', { ...profile, aliases: { userName: 'displayName' } }],
    ['profile.aliases.mail', { ...profile, aliases: { mail: 'mailbox' } }],
    ['profile.aliases.MAIL', { ...profile, aliases: { mail: 'emails', MAIL: 'emails' } }],
    ['profile.roleAttribute', { ...profile, roleAttribute: 'urn:example:2.0:User:roles' }],
    ['profile.roleAttribute', { ...profile, roleAttribute: null }],
    ['profile.roleValues.admin', { ...profile, roleValues: { admin: 7 } }],
    ['profile.defaultProjects.1', { ...profile, defaultProjects: ['a', 'a'] }],
    ['profile.attributes', { ...profile, attributes: ['emails', 'name'] }],
    ['profile.attributes.1', { ...profile, attributes: ['userName', 'name.colour'] }],
    ['profile.attributes.1', { ...profile, attributes: ['userName', 'emails.value'] }],
    ['profile.attributes.1', { ...profile, attributes: ['userName', 'extensions'] }],
    ['profile.aliases.id', { ...profile, aliases: { id: 'externalId' } }],
    ['profile.aliases.active', { ...profile, aliases: { Active: 'title' } }],
    ['profile.aliases.displayname', { ...profile, aliases: { displayName: 'name.formatted' } }],
    ['profile.aliases.department', { ...profile, aliases: { department: 'title' } }],
    ['profile.aliases.roles_of', { ...profile, extensions: [ownNames('roles_of')], aliases: { roles_of: 'title' } }],
    ['profile.aliases.mail', { ...profile, aliases: { mail: 'emails.colour' } }],
    ['profile.aliases.mail', { ...profile, aliases: { mail: 'urn:example:2.0:User:nothing' } }],
    ['profile.aliases.mail', { ...profile, aliases: { mail: 'id' } }],
    ['profile.aliases.mail', { ...profile, aliases: { mail: 'post', post: 'emails' } }],
    ['profile.aliases.role', { ...profile, aliases: { role: 'name', name: 'displayName' } }],
    ['profile.aliases.role', { ...profile, aliases: { Role: 'NAME.givenName', Name: 'displayName' } }],
    ['profile.aliases.__proto__', { ...profile, aliases: JSON.parse('{ "__proto__": "title" }') }],
    [
      'profile.extensions.0.urn',
      {
        ...profile,
        extensions: [{ ...extension, urn: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:Person' }],
      },
    ],
    [
      'profile.extensions.1.urn',
      { ...profile, extensions: [ownNames('more'), { ...extension, urn: 'urn:example:2.0:user:MORE' }] },
    ],
    ...['id', 'Schemas', 'meta', 'externalId', 'constructor', '__proto__', 'a.b', '7up', ''].map(
      (name): [string, unknown] => [
        'profile.extensions.0.attributes.0.name',
        { ...profile, extensions: [ownNames(name)] },
      ],
    ),
    [
      'profile.extensions.0.attributes.0.canonicalValues',
      { ...profile, extensions: [own({ type: 'integer', canonicalValues: ['1'] })] },
    ],
    ['profile.extensions.0.attributes.0.canonicalValues', { ...profile, extensions: [own({ canonicalValues: [] })] }],
    [
      'profile.extensions.0.attributes.0.canonicalValues.1',
      { ...profile, extensions: [own({ canonicalValues: ['a', 'a'] })] },
    ],
    [
      'profile.extensions.0.attributes.0.canonicalValues.0',
      { ...profile, extensions: [own({ canonicalValues: [7] })] },
    ],
    [
      'profile.extensions.0.attributes.0.subAttributes',
      { ...profile, extensions: [own({ subAttributes: [attribute] })] },
    ],
    [
      'profile.extensions.0.attributes.0.subAttributes.0.type',
      { ...profile, extensions: [own({ type: 'complex', subAttributes: [{ ...attribute, type: 'complex' }] })] },
    ],
    ['profile.roleAttribute', { ...profile, roleAttribute: 'active' }],
    ['profile.roleAttribute', { ...profile, roleAttribute: 'addresses' }],
    ['profile.roleAttribute', { ...profile, roleAttribute: 'emails.value' }],
    [
      'profile.roleAttribute',
      { ...profile, extensions: [own({ type: 'boolean' })], roleAttribute: `urn:example:2.0:User:${attribute.name}` },
    ],
    [
      'profile',
      {
        ...profile,
        extensions: Array.from({ length: 9 }, (_, i) => ({ ...extension, urn: `urn:example:${i}`, attributes: crowd })),
      },
    ],
  ])('names %s as what is wrong', (field, value) => {
    expect(() => validateProfile(value)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', details: expect.objectContaining({ field }) }),
    );
  });

  it('compares names of aliases and values of roles in lower case, and so stores them', () => {
    const changed: DirectoryProfile = { ...profile, aliases: { Mail: 'emails' }, roleValues: { Admin: 'manager' } };

    expect(validateProfile(changed)).toMatchObject({ aliases: { mail: 'emails' }, roleValues: { admin: 'manager' } });
  });

  it('lets an alias share the name of a complex attribute, and the role attribute be an alias', () => {
    expect(() =>
      validateProfile({ ...profile, aliases: { name: 'displayName', role: 'userType' }, roleAttribute: 'role' }),
    ).not.toThrow();
  });

  it('takes aliases of parts, of extensions and of the enterprise extension', () => {
    const aliases = {
      fullName: 'name.formatted',
      mobile: 'phoneNumbers.value',
      dept: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department',
      boss: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
      team_role: 'urn:example:2.0:User:crew_roles',
    };

    expect(() =>
      validateProfile({ ...profile, extensions: [ownNames('crew_roles')], roleAttribute: 'team_role', aliases }),
    ).not.toThrow();
  });

  it('says what to change', () => {
    expect(() => validateProfile({ ...profile, aliases: { title: 'nickName' } })).toThrow(/choose another name/);
    expect(() => validateProfile({ ...profile, attributes: ['emails'] })).toThrow(/add it/);
  });
});
