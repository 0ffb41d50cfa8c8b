import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePath } from '#gateway/scim/path.js';
import { ENTERPRISE_URN, USER_URN, userSchema } from '#gateway/scim/schemas.js';

const ACME = 'urn:acme:hr';
const SCHEMA = userSchema([{ id: ACME, name: 'Hr', description: '', attributes: [] }]);

describe('parsePath', () => {
  it.each([
    ['active', { attr: { urn: null, name: 'active', sub: null, at: 1 }, filter: null, sub: null }],
    ['name.familyName', { attr: { name: 'name', sub: 'familyName' }, filter: null, sub: null }],
    ['members[value eq "u-17"]', { attr: { name: 'members' }, filter: { value: 'u-17' }, sub: null }],
    ['emails[type eq "work"].value', { attr: { name: 'emails', sub: null }, filter: { value: 'work' }, sub: 'value' }],
    ['members[value eq "u"].$ref', { attr: { name: 'members' }, sub: '$ref' }],
    ['roles[primary eq "True" and type eq "a.b:c]"].value', { filter: { kind: 'and' }, sub: 'value' }],
    [`${ENTERPRISE_URN}:manager.value`, { attr: { urn: ENTERPRISE_URN, name: 'manager', sub: 'value' } }],
    [`${USER_URN}:emails[type eq "work"].value`, { attr: { urn: USER_URN, name: 'emails' }, sub: 'value' }],
    [ENTERPRISE_URN, { attr: { urn: ENTERPRISE_URN, name: '', sub: null }, filter: null }],
    ['urn:ietf:params:scim:schemas:extension:Unheard:2.0:User', { attr: { name: '' } }],
  ])('reads %s', (text, expected) => {
    expect(parsePath(text)).toMatchObject(expected);
  });

  it('knows the URN of a custom extension in any case, when it is told the schema', () => {
    expect(parsePath('URN:acme:HR', SCHEMA).attr).toMatchObject({ urn: 'URN:acme:HR', name: '' });
    expect(parsePath('urn:acme:hr:badge', SCHEMA).attr).toMatchObject({ urn: ACME, name: 'badge' });
    expect(parsePath('urn:acme:hr').attr).toMatchObject({ urn: 'urn:acme', name: 'hr' });
  });

  it.each<[string, number]>([
    ['', 1],
    ['__proto__', 1],
    ['__proto__[x eq "y"].z', 1],
    ['__proto__.x', 1],
    ['name.__proto__', 1],
    ['a.b.c', 1],
    ['emails[type eq "work"', 22],
    ['emails[type eq "work"]value', 23],
    ['emails[type eq "work"].value.x', 23],
    ['emails[]', 8],
    ['emails[type]', 12],
    ['members[0]', 9],
    [`a${'['.repeat(500)}`, 3],
    ['a b', 3],
    ['a eq "x"', 3],
    [`${ENTERPRISE_URN}[a pr]`, 1],
  ])('refuses %j at character %i', (text, at) => {
    expect(() => parsePath(text)).toThrow(
      expect.objectContaining({
        status: 400,
        scimType: 'invalidPath',
        detail: expect.stringContaining(`(at character ${at})`),
      }),
    );
  });

  it('refuses more than 2,000 characters', () => {
    expect(parsePath('a'.repeat(2000)).attr.name).toHaveLength(2000);
    expect(() => parsePath('a'.repeat(2001))).toThrow(expect.objectContaining({ scimType: 'invalidPath' }));
  });

  it('throws nothing but invalidPath, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a:.$"[\] ]{0,12}$/)), (text) => {
        try {
          parsePath(text, SCHEMA);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ScimError', scimType: 'invalidPath' });
        }
      }),
      { numRuns: 300 },
    );
  });
});
