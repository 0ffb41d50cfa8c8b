import { describe, expect, it } from 'vitest';
import { type DirectoryProfile, PROFILE_PRESETS } from '#schema/profile.js';
import { PROFILES } from './profile-presets.js';
import { validateProfile } from './profile-validation.js';

const profile = PROFILES.rollcall;
const attribute = profile.extensions[0]!.attributes[0]!;
const extension = { ...profile.extensions[0]!, urn: 'urn:example:2.0:User' };

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
});
