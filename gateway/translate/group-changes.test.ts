import { describe, expect, it } from 'vitest';
import { parsePatch } from '#gateway/scim/patch.js';
import { GROUP } from '#gateway/scim/schemas.js';
import { toGroupChanges } from '#gateway/translate/group-changes.js';
import { aDialect } from '#gateway/translate/testing/a-dialect.js';

const translate = (operations: object[], dialect = aDialect()) =>
  toGroupChanges(parsePatch({ Operations: operations }, GROUP), dialect);

describe('toGroupChanges', () => {
  it.each([
    [
      'Entra’s add, with null references',
      {
        op: 'Add',
        path: 'members',
        value: [
          { $ref: null, value: 'u-1' },
          { $ref: null, value: 'u-2' },
        ],
      },
      [{ addMembers: ['u-1', 'u-2'] }],
    ],
    [
      'Entra’s remove without a filter',
      { op: 'Remove', path: 'members', value: [{ $ref: null, value: 'u-1' }] },
      [{ removeMembers: ['u-1'] }],
    ],
    ['a remove of an empty list', { op: 'remove', path: 'members', value: [] }, []],
    ['a remove of all', { op: 'remove', path: 'members' }, [{ replaceMembers: [] }]],
    ['Keycloak’s remove of all', { op: 'remove', path: 'members', value: null }, [{ replaceMembers: [] }]],
    ['a filtered remove', { op: 'remove', path: 'members[value eq "u-1"]' }, [{ removeMembers: ['u-1'] }]],
    [
      'a remove of two',
      { op: 'remove', path: 'members[value eq "u-1" or value eq "u-2"]' },
      [{ removeMembers: ['u-1', 'u-2'] }],
    ],
    ['a remove of all groups', { op: 'remove', path: 'members[type eq "Group"]' }, [{ unset: ['memberTeams'] }]],
    ['a remove of all users', { op: 'remove', path: 'members[type eq "user"]' }, [{ unset: ['memberUsers'] }]],
    [
      'groups among members',
      { op: 'add', path: 'members', value: [{ value: 't-2', type: 'Group' }, { $ref: '../Groups/t-3' }] },
      [{ addMembers: ['t-2', 't-3'] }],
    ],
    [
      'a whole list',
      { op: 'replace', path: 'members', value: [{ value: 'u-1', display: 'x' }] },
      [{ replaceMembers: ['u-1'] }],
    ],
    ['an empty list', { op: 'replace', path: 'members', value: [] }, [{ replaceMembers: [] }]],
    ['one member alone', { op: 'add', path: 'members', value: { value: 'u-1' } }, [{ addMembers: ['u-1'] }]],
    ['plain ids', { op: 'add', path: 'members', value: ['u-1'] }, [{ addMembers: ['u-1'] }]],
    [
      'a reference alone',
      { op: 'add', path: 'members', value: [{ $ref: 'https://x.test/scim/v2/Users/u-1' }] },
      [{ addMembers: ['u-1'] }],
    ],
    [
      'null members of a value',
      { op: 'replace', value: { members: null, displayName: 'A' } },
      [{ set: { displayName: 'A' } }],
    ],
    [
      'Okta’s name with its id',
      { op: 'replace', value: { id: 't-1', displayName: 'Ops EU' } },
      [{ set: { displayName: 'Ops EU' } }],
    ],
    [
      'Okta’s "push now"',
      { op: 'replace', value: { members: [], id: 't-1', displayName: 'Ops EU' } },
      [{ replaceMembers: [] }, { set: { displayName: 'Ops EU' } }],
    ],
    ['a new name', { op: 'Replace', path: 'displayName', value: 'Sales' }, [{ set: { displayName: 'Sales' } }]],
    ['an external id', { op: 'add', path: 'externalId', value: 'x' }, [{ set: { externalId: 'x' } }]],
    ['its removal', { op: 'remove', path: 'externalId' }, [{ unset: ['externalId'] }]],
    ['an unknown attribute', { op: 'add', path: 'colour', value: 'red' }, []],
    ['a part of a member', { op: 'replace', path: 'members[value eq "u-1"].display', value: 'x' }, []],
  ])('reads %s', (_, operation, changes) => {
    expect(translate([operation])).toEqual(changes);
  });

  it('keeps the order: who is added and removed is gone', () => {
    const changes = translate([
      { op: 'add', path: 'members', value: [{ value: 'u-1' }] },
      { op: 'remove', path: 'members[value eq "u-1"]' },
    ]);

    expect(changes).toEqual([{ addMembers: ['u-1'] }, { removeMembers: ['u-1'] }]);
  });

  it.each([
    ['the id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    ['removal of the name', { op: 'remove', path: 'displayName' }, 'mutability'],
    ['an empty name', { op: 'replace', path: 'displayName', value: '' }, 'invalidValue'],
    ['a number as a member', { op: 'add', path: 'members', value: [3] }, 'invalidValue'],
    ['a member without an id', { op: 'add', path: 'members', value: [{ display: 'x' }] }, 'invalidValue'],
    ['a filter that needs reading', { op: 'remove', path: 'members[display eq "x"]' }, 'invalidPath'],
    ['an add to all groups', { op: 'add', path: 'members[type eq "Group"]', value: 'x' }, 'invalidPath'],
    ['a kind that there is not', { op: 'remove', path: 'members[type eq "Device"]' }, 'invalidPath'],
    ['a filter with and', { op: 'remove', path: 'members[value eq "u-1" and type eq "User"]' }, 'invalidPath'],
  ])('refuses %s', (_, operation, scimType) => {
    expect(() => translate([operation])).toThrow(expect.objectContaining({ status: 400, scimType }));
  });

  it('refuses an unknown attribute where the profile is strict', () => {
    expect(() => translate([{ op: 'add', path: 'colour', value: 'x' }], aDialect({ strict: true }))).toThrow(
      expect.objectContaining({ scimType: 'invalidPath' }),
    );
  });
});
