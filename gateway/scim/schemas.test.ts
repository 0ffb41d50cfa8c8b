import { describe, expect, it } from 'vitest';
import { attribute } from '#gateway/scim/attribute.js';
import {
  ENTERPRISE_URN,
  findAttribute,
  GROUP,
  GROUP_URN,
  USER_URN,
  urnsOf,
  userSchema,
} from '#gateway/scim/schemas.js';

const ACME_URN = 'urn:acme:params:Acme:2.0:User';
const SCHEMA = userSchema([
  { id: ACME_URN, name: 'Acme', description: '', attributes: [attribute('badge', ''), attribute('title', '')] },
]);

describe('findAttribute', () => {
  it.each<[string | null, string, string | null, string | null, string]>([
    [null, 'userName', null, null, 'userName'],
    [null, 'USERNAME', null, null, 'userName'],
    [USER_URN, 'userName', null, null, 'userName'],
    [USER_URN.toUpperCase(), 'id', null, null, 'id'],
    [null, 'externalid', null, null, 'externalId'],
    [null, 'meta', 'LASTMODIFIED', null, 'lastModified'],
    [null, 'name', 'familyname', null, 'familyName'],
    [null, 'groups', '$REF', null, '$ref'],
    [null, 'manager', null, ENTERPRISE_URN, 'manager'],
    [null, 'department', null, ENTERPRISE_URN, 'department'],
    [ENTERPRISE_URN.toLowerCase(), 'manager', 'value', ENTERPRISE_URN, 'value'],
    [ACME_URN.toLowerCase(), 'Badge', null, ACME_URN, 'badge'],
    [null, 'title', null, null, 'title'],
    [ACME_URN, 'title', null, ACME_URN, 'title'],
  ])('finds %s %s %s', (urn, name, sub, extension, found) => {
    const result = findAttribute(SCHEMA, urn, name, sub);
    expect(result?.extension).toBe(extension);
    expect((result?.sub ?? result?.attribute)?.name).toBe(found);
  });

  it.each<[string | null, string, string | null]>([
    [null, 'nobody', null],
    [null, '', null],
    [USER_URN, '', null],
    [null, '__proto__', null],
    [null, 'constructor', null],
    [null, 'name', 'constructor'],
    [null, 'name', ''],
    [null, 'name', 'value'],
    [null, 'userName', 'value'],
    [USER_URN, 'manager', null],
    ['urn:unknown', 'userName', null],
    ['constructor', 'name', null],
    [null, 'members', null],
  ])('finds nothing for %s %s %s', (urn, name, sub) => {
    expect(findAttribute(SCHEMA, urn, name, sub)).toBeNull();
  });

  it('takes a bare name that two extensions have from the first', () => {
    const extension = (id: string) => ({ id, name: '', description: '', attributes: [attribute('department', '')] });
    const schema = userSchema([extension('urn:a:one'), extension('urn:a:two')]);
    expect(findAttribute(schema, null, 'department')?.extension).toBe(ENTERPRISE_URN);
    expect(findAttribute(schema, 'urn:a:two', 'department')?.extension).toBe('urn:a:two');
  });

  it('finds the members of a group, and no manager there', () => {
    expect(findAttribute(GROUP, null, 'members', 'value')?.sub?.mutability).toBe('immutable');
    expect(findAttribute(GROUP, GROUP_URN, 'displayName')?.attribute.required).toBe(true);
    expect(findAttribute(GROUP, null, 'manager')).toBeNull();
  });

  it('knows a password as something that goes in and never comes out', () => {
    expect(findAttribute(SCHEMA, null, 'password')?.attribute).toMatchObject({
      mutability: 'writeOnly',
      returned: 'never',
    });
  });
});

describe('urnsOf', () => {
  it('lists the core schema first', () => {
    expect(urnsOf(SCHEMA)).toEqual([USER_URN, ENTERPRISE_URN, ACME_URN]);
  });
});
