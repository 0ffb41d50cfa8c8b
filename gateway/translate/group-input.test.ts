import { describe, expect, it } from 'vitest';
import { GROUP_URN, MS_GROUP_URN } from '#gateway/scim/schemas.js';
import { toCreateTeamInput, toReplaceTeamInput } from '#gateway/translate/group-input.js';
import { aDialect } from '#gateway/translate/testing/a-dialect.js';

describe('toCreateTeamInput', () => {
  it.each([
    [
      'Entra’s body',
      { schemas: [GROUP_URN, MS_GROUP_URN], externalId: 'x', displayName: 'Sales', meta: { resourceType: 'Group' } },
      { displayName: 'Sales', externalId: 'x' },
    ],
    [
      'Okta’s body',
      { schemas: [GROUP_URN], displayName: 'Ops EU', members: [] },
      { displayName: 'Ops EU', members: [] },
    ],
    ['capitals', { DisplayName: 'A', Members: [{ VALUE: 'u-1' }] }, { displayName: 'A', members: ['u-1'] }],
    ['null members', { displayName: 'A', members: null }, { displayName: 'A' }],
    ['an unknown attribute', { displayName: 'A', colour: 'red' }, { displayName: 'A' }],
  ])('reads %s', (_, body, fields) => {
    expect(toCreateTeamInput(body, aDialect())).toEqual({ ...fields, profileVersion: 7 });
  });

  it.each([{}, { displayName: '' }, { displayName: null }, { displayName: 3 }, { displayName: 'A', members: [3] }])(
    'refuses %o',
    (body) => {
      expect(() => toCreateTeamInput(body, aDialect())).toThrow(expect.objectContaining({ scimType: 'invalidValue' }));
    },
  );
});

describe('toReplaceTeamInput', () => {
  it('takes the id from the address, and the version from the header', () => {
    const input = toReplaceTeamInput(
      't-1',
      { id: 't-2', displayName: 'A', members: [{ value: 'u-1' }] },
      aDialect(),
      4,
    );

    expect(input).toEqual({ id: 't-1', displayName: 'A', members: ['u-1'], expectedVersion: 4, profileVersion: 7 });
  });
});
