import { describe, expect, it } from 'vitest';
import { ENTERPRISE_URN, USER_URN } from '#gateway/scim/schemas.js';
import { ACME_URN, aDialect } from '#gateway/translate/testing/a-dialect.js';
import { type CoreUser, toUserResource } from '#gateway/translate/user-resource.js';
import type { UserAttributes } from '#schema/user-attributes.js';

const BASE = 'https://id.x.test/scim/v2';
const META = {
  resourceType: 'User',
  created: '2026-11-22T08:00:00.000Z',
  lastModified: '2026-11-22T09:00:00.000Z',
  location: `${BASE}/Users/u-1`,
  version: 'W/"3"',
};

type Differing = Partial<UserAttributes> & Pick<CoreUser, 'teams' | 'outerTeams'>;

function aCoreUser({ teams, outerTeams, ...attributes }: Differing = {}): CoreUser {
  return {
    id: 'u-1',
    attributes: { userName: 'lea', active: true, ...attributes },
    version: 3,
    createdAt: META.created,
    updatedAt: META.lastModified,
    ...(teams && { teams }),
    ...(outerTeams && { outerTeams }),
  };
}

const resource = (differing: Differing) => toUserResource(aCoreUser(differing), BASE, aDialect());

describe('toUserResource', () => {
  it('leaves out all that is unassigned', () => {
    expect(
      resource({
        enterprise: { manager: { displayName: 'Nobody' } },
        teams: [],
        extensions: { [ACME_URN]: { tags: [] } },
      }),
    ).toEqual({
      schemas: [USER_URN],
      id: 'u-1',
      userName: 'lea',
      active: true,
      meta: META,
    });
  });

  it.each([
    ['a name', { name: { givenName: 'Lea' } }, { name: { givenName: 'Lea' } }],
    [
      'elements as sent',
      { emails: [{ value: 'a@b.test', primary: false }] },
      { emails: [{ value: 'a@b.test', primary: false }] },
    ],
    ['roles as the provider sent them', { roleValues: [{ value: 'qa' }] }, { roles: [{ value: 'qa' }] }],
    ['a reference', { photos: [{ value: 'x', ref: 'y' }] }, { photos: [{ value: 'x', $ref: 'y' }] }],
    [
      'groups',
      { teams: [{ id: 't-1', displayName: 'Sales' }] },
      { groups: [{ value: 't-1', display: 'Sales', $ref: `${BASE}/Groups/t-1`, type: 'direct' }] },
    ],
    [
      'the enterprise extension',
      { enterprise: { manager: { value: 'u-9' } } },
      { schemas: [USER_URN, ENTERPRISE_URN], [ENTERPRISE_URN]: { manager: { value: 'u-9' } } },
    ],
    [
      'a custom extension, with what the profile declares',
      { extensions: { [ACME_URN]: { tags: ['a'], level: 0, forgotten: 'x' } } },
      { schemas: [USER_URN, ACME_URN], [ACME_URN]: { tags: ['a'], level: 0 } },
    ],
  ])('shows %s', (_, differing, shown) => {
    expect(resource(differing)).toMatchObject(shown);
  });

  it('shows a custom extension as the profile spells it, whoever wrote it', () => {
    expect(resource({ extensions: { [ACME_URN.toUpperCase()]: { TAGS: ['a'] } } })).toMatchObject({
      [ACME_URN]: { tags: ['a'] },
    });
  });

  it('hides an extension that the profile no longer has', () => {
    expect(resource({ extensions: { 'urn:x:2.0:User': { a: 1 } } })).not.toHaveProperty('urn:x:2.0:User');
  });
});

it.each([
  ['NEST', 'indirect'],
  ['SKIP', 'indirect'],
  ['FLATTEN', 'direct'],
] as const)('shows groups around the groups of a user as the profile has it: %s', (nestedGroups, type) => {
  const user = aCoreUser({
    teams: [{ id: 't-1', displayName: 'Inner' }],
    outerTeams: [{ id: 't-2', displayName: 'Outer' }],
  });

  expect(toUserResource(user, BASE, aDialect({ nestedGroups })).groups).toEqual([
    { value: 't-1', display: 'Inner', $ref: `${BASE}/Groups/t-1`, type: 'direct' },
    { value: 't-2', display: 'Outer', $ref: `${BASE}/Groups/t-2`, type },
  ]);
});
