import { describe, expect, it } from 'vitest';
import { parseFilter } from '#gateway/scim/filter.js';
import { toGroupFilter } from '#gateway/translate/group-filter.js';
import { aDialect } from '#gateway/translate/testing/a-dialect.js';

const BASE = 'https://rollcall.example/scim/v2';
const translate = (text: string) => toGroupFilter(parseFilter(text), aDialect(), BASE);

describe('toGroupFilter', () => {
  it.each([
    ['displayName eq "Sales EU"', { displayName: { eq: 'Sales EU' } }],
    ['externalId pr', { externalId: { isSet: true } }],
    ['members eq "u-1"', { members: { some: { id: { eq: 'u-1' } } } }],
    ['members.value eq "u-1"', { members: { some: { id: { eq: 'u-1' } } } }],
    [
      'members[display co "a" and type eq "User"]',
      { members: { some: { and: [{ display: { contains: 'a' } }, {}] } } },
    ],
    ['members pr', { members: { isSet: true } }],
    [
      'id eq "t-1" and members eq "u-1"',
      { and: [{ id: { eq: 't-1' } }, { members: { some: { id: { eq: 'u-1' } } } }] },
    ],
    ['meta.lastModified gt "2026-01-31T08:00:00Z"', { updatedAt: { gt: '2026-01-31T08:00:00.000Z' } }],
    ['meta.resourceType eq "User"', { not: {} }],
    ['displayName pr', {}],
  ])('reads %s', (text, filter) => {
    expect(translate(text)).toEqual(filter);
  });

  it.each([
    'userName eq "a"',
    'members.smell eq "a"',
    'members[smell eq "a"]',
    'displayName[value eq "a"]',
    'members.$ref eq "a"',
  ])('refuses %s', (text) => {
    expect(() => translate(text)).toThrow(expect.objectContaining({ status: 400, scimType: 'invalidFilter' }));
  });

  it.each([
    ['members eq "x"', { id: { eq: 'x' } }, { id: { eq: 'x' } }],
    ['members.display co "a"', { display: { contains: 'a' } }, { displayName: { contains: 'a' } }],
    [
      'members[value eq "x" and type eq "group"]',
      { and: [{ id: { eq: 'x' } }, { not: {} }] },
      { and: [{ id: { eq: 'x' } }, {}] },
    ],
  ])('asks for users and groups where groups are nested: %s', (text, user, team) => {
    expect(toGroupFilter(parseFilter(text), aDialect({ nestedGroups: 'NEST' }), BASE)).toEqual({
      or: [{ members: { some: user } }, { memberTeams: { some: team } }],
    });
  });

  it('answers 501 where only eq and and are supported', () => {
    const dialect = aDialect({ unsupportedFilter: 501 });

    expect(() => toGroupFilter(parseFilter('displayName sw "a"'), dialect, BASE)).toThrow(
      expect.objectContaining({ status: 501 }),
    );
  });
});
