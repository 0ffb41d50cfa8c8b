import { describe, expect, it } from 'vitest';
import {
  type AttributeDefinition,
  ENTERPRISE_URN,
  GROUP_URN,
  type SchemaDefinition,
  USER_URN,
} from '#gateway/scim/schemas.js';
import { describeSchemas, rolePath, roleValuesOf } from '#gateway/translate/described-schemas.js';
import { ACME_URN, aDialect, aProfile } from '#gateway/translate/testing/a-dialect.js';
import type { DirectoryProfile } from '#schema/profile.js';

function at(schemas: SchemaDefinition[], urn: string, path: string): AttributeDefinition | undefined {
  const [name, sub] = path.split('.');
  const found = schemas.find(({ id }) => id === urn)?.attributes.find((each) => each.name === name);
  return sub ? found?.subAttributes?.find((each) => each.name === sub) : found;
}

const described = (differing: Partial<DirectoryProfile>, roleValues: string[] | null = null) =>
  describeSchemas(aDialect(differing), roleValues);

describe('describeSchemas', () => {
  it.each([
    [['*'], USER_URN, 'title', 'readWrite'],
    [['userName'], USER_URN, 'userName', 'readWrite'],
    [['userName'], USER_URN, 'active', 'readWrite'],
    [['userName'], USER_URN, 'title', 'readOnly'],
    [['userName'], USER_URN, 'emails', 'readOnly'],
    [['userName'], USER_URN, 'emails.value', 'readOnly'],
    [['userName', 'EMAILS'], USER_URN, 'emails.value', 'readWrite'],
    [['userName', 'name'], USER_URN, 'name.givenName', 'readWrite'],
    [['userName', 'name.givenName'], USER_URN, 'name', 'readWrite'],
    [['userName', 'name.givenName'], USER_URN, 'name.givenName', 'readWrite'],
    [['userName', 'name.givenName'], USER_URN, 'name.familyName', 'readOnly'],
    [['userName', 'entitlements'], USER_URN, 'roles.value', 'readWrite'],
    [['userName', 'enterprise.department'], ENTERPRISE_URN, 'department', 'readWrite'],
    [['userName', 'enterprise.department'], ENTERPRISE_URN, 'manager', 'readOnly'],
    [['userName', 'enterprise'], ENTERPRISE_URN, 'manager.value', 'readWrite'],
    [['userName', 'enterprise.manager.ref'], ENTERPRISE_URN, 'manager.$ref', 'readWrite'],
    [['userName'], ACME_URN, 'badge', 'readWrite'],
  ])('for %j has %s:%s as %s', (attributes, urn, path, mutability) => {
    expect(at(described({ attributes }), urn, path)?.mutability).toBe(mutability);
  });

  it.each([
    ['NEST', ['User', 'Group']],
    ['FLATTEN', ['User', 'Group']],
    ['SKIP', ['User']],
  ] as const)('says what can be a member of a group: %s', (nestedGroups, types) => {
    const schemas = described({ nestedGroups });

    expect(at(schemas, GROUP_URN, 'members.type')?.canonicalValues).toEqual(types);
    expect(at(schemas, GROUP_URN, 'members.$ref')?.referenceTypes).toEqual(types);
  });

  it('names the values of the attribute that carries roles, wherever it is', () => {
    expect(at(described({}, ['qa']), USER_URN, 'roles.value')?.canonicalValues).toEqual(['qa']);
    const schemas = described({ roleAttribute: 'role' }, ['qa']);
    expect(at(schemas, USER_URN, 'userType')?.canonicalValues).toEqual(['qa']);
    expect(at(schemas, USER_URN, 'role')?.canonicalValues).toEqual(['qa']);
    expect(at(described({ roleAttribute: `${ACME_URN}:tags` }, ['qa']), ACME_URN, 'tags')?.canonicalValues).toEqual([
      'qa',
    ]);
    expect(at(described({}, null), USER_URN, 'roles.value')?.canonicalValues).toBeUndefined();
  });

  it('lists an alias as what can be written and is answered otherwise', () => {
    expect(at(described({}), USER_URN, 'mail')).toMatchObject({
      type: 'string',
      multiValued: false,
      mutability: 'writeOnly',
      returned: 'never',
      description: 'Stands for emails, under which it is answered.',
    });
  });

  it('lists no name twice', () => {
    const names = described({})[0]!.attributes.map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('name');
  });
});

it('roles are named by the values of the profile that lead to a grantable role, and by the keys', () => {
  const role = (key: string, grantableByDirectory = true) => ({ key, name: `The ${key}`, grantableByDirectory });
  const profile = aProfile({ roleValues: { chief: 'the manager', boss: 'owner', staff: 'QA', old: 'gone' } });
  expect(roleValuesOf(profile, [role('owner', false), role('manager'), role('qa')])).toEqual([
    'chief',
    'staff',
    'manager',
    'qa',
  ]);
});

it.each([
  [{ roleAttribute: null }, null],
  [{ roleSource: 'TEAMS' as const }, null],
  [{ roleAttribute: 'ROLE' }, { urn: null, name: 'userType' }],
  [{ roleAttribute: `${ACME_URN}:tags` }, { urn: ACME_URN, name: 'tags' }],
])('with %j roles come by %j', (differing, path) => {
  const profile = aProfile(differing);
  const found = rolePath(profile, aDialect(differing).aliases);
  if (path === null) expect(found).toBeNull();
  else expect(found).toMatchObject(path);
});
