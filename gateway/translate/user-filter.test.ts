import { describe, expect, it } from 'vitest';
import { parseFilter } from '#gateway/scim/filter.js';
import { ACME_URN, aDialect } from '#gateway/translate/testing/a-dialect.js';
import { toUserFilter } from '#gateway/translate/user-filter.js';

const BASE = 'https://rollcall.example/scim/v2';
const translate = (text: string, dialect = aDialect()) => toUserFilter(parseFilter(text), dialect, BASE);
const NONE = { not: {} };
/** A condition on groups: those that the user is a member of, and those around them. */
const inGroups = (direct: object, around = direct) => ({
  or: [{ teams: { some: direct } }, { outerTeams: { some: around } }],
});

describe('toUserFilter', () => {
  it.each([
    ['userName eq "lea@x.test"', { userName: { eq: 'lea@x.test' } }],
    ['USERNAME EQ "Lea"', { userName: { eq: 'Lea' } }],
    ['externalId eq jyoung', { externalId: { eq: 'jyoung' } }],
    ['externalId eq 118', { externalId: { eq: '118' } }],
    ['id eq "u-1"', { id: { eq: 'u-1' } }],
    ['title co "a"', { title: { contains: 'a' } }],
    ['title sw "a"', { title: { startsWith: 'a' } }],
    ['title ew "a"', { title: { endsWith: 'a' } }],
    ['nickName gt "a"', { nickName: { gt: 'a' } }],
    ['title pr', { title: { isSet: true } }],
    ['title eq null', { not: { title: { isSet: true } } }],
    ['title ne null', { not: { not: { title: { isSet: true } } } }],
    ['title ne "a"', { not: { title: { eq: 'a' } } }],
    ['not (title eq "a")', { not: { title: { eq: 'a' } } }],
    ['active eq true', { active: { eq: true } }],
    ['active eq "False"', { active: { eq: false } }],
    ['active ne true', { not: { active: { eq: true } } }],
    ['name.familyName sw "O\'"', { name: { familyName: { startsWith: "O'" } } }],
    ['name[familyName eq "a"]', { and: [{ name: { isSet: true } }, { name: { familyName: { eq: 'a' } } }] }],
    ['name pr', { or: [{ name: { isSet: true } }, { displayName: { isSet: true } }] }],
    ['name.givenName pr', { name: { givenName: { isSet: true } } }],
    ['mail pr', { emails: { isSet: true } }],
    ['emails eq "x@y.test"', { emails: { some: { value: { eq: 'x@y.test' } } } }],
    ['emails.type eq "work"', { emails: { some: { type: { eq: 'work' } } } }],
    ['emails pr', { emails: { isSet: true } }],
    ['emails.display pr', { emails: { some: { display: { isSet: true } } } }],
    ['emails ne "x"', { not: { emails: { some: { value: { eq: 'x' } } } } }],
    [
      'emails[type eq "work" and value co "@x"]',
      { emails: { some: { and: [{ type: { eq: 'work' } }, { value: { contains: '@x' } }] } } },
    ],
    [
      'emails[type eq "work"].value eq "x"',
      { emails: { some: { and: [{ type: { eq: 'work' } }, { value: { eq: 'x' } }] } } },
    ],
    ['emails[not (type eq "work")]', { emails: { some: { not: { type: { eq: 'work' } } } } }],
    ['emails[type ne "work"]', { emails: { some: { not: { type: { eq: 'work' } } } } }],
    [
      'roles[primary eq "True"].value eq "a"',
      { roleValues: { some: { and: [{ primary: { eq: true } }, { value: { eq: 'a' } }] } } },
    ],
    ['addresses.locality eq "Bern"', { addresses: { some: { locality: { eq: 'Bern' } } } }],
    ['groups eq "t-1"', inGroups({ id: { eq: 't-1' } })],
    ['groups.display sw "S"', inGroups({ displayName: { startsWith: 'S' } })],
    [
      'groups[value eq "t-1" and type eq "direct"]',
      inGroups({ and: [{ id: { eq: 't-1' } }, {}] }, { and: [{ id: { eq: 't-1' } }, NONE] }),
    ],
    ['groups[type eq "indirect"]', inGroups(NONE, {})],
    ['groups pr', { or: [{ teams: { isSet: true } }, { outerTeams: { isSet: true } }] }],
    ['manager eq "u-9"', { enterprise: { managerValue: { eq: 'u-9' } } }],
    ['manager.displayName co "a"', { enterprise: { managerDisplayName: { contains: 'a' } } }],
    [
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "u-9"',
      { enterprise: { managerValue: { eq: 'u-9' } } },
    ],
    [
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Sales"',
      { enterprise: { department: { eq: 'Sales' } } },
    ],
    ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "a"', { userName: { eq: 'a' } }],
    ['meta.resourceType eq "User"', {}],
    ['meta.resourceType eq "Group"', NONE],
    ['meta.lastModified gt "2026-01-31T08:00:00+01:00"', { updatedAt: { gt: '2026-01-31T07:00:00.000Z' } }],
    ['meta.created le "2026-01-31T08:00:00"', { createdAt: { le: '2026-01-31T08:00:00.000Z' } }],
    ['meta.version eq "W/\\"3\\""', { version: { eq: 3 } }],
    ['meta.version eq "other"', NONE],
    ['meta pr', {}],
    [`meta.location eq "${BASE}/Users/u-1"`, { id: { eq: 'u-1' } }],
    [`meta.location eq "${BASE}/Groups/u-1"`, NONE],
    [`meta.location sw "${BASE}"`, {}],
    [`meta.location sw "${BASE}/Users/u"`, { id: { startsWith: 'u' } }],
    ['meta.location sw "http://"', NONE],
    ['meta.location ew "Users/u-1"', { or: [{ id: { endsWith: 'Users/u-1' } }, { id: { eq: 'u-1' } }] }],
    ['meta.location co "v2/Users"', {}],
    ['meta.location co "/u"', { or: [{ id: { contains: '/u' } }, { id: { startsWith: 'u' } }] }],
    ['meta.location gt "a"', {}],
    [`meta.location le "${BASE}/Users/u"`, { id: { le: 'u' } }],
    ['meta.resourceType sw "U"', {}],
    ['schemas co "CORE"', {}],
    ['schemas co "enterprise"', { or: [{ enterprise: { isSet: true } }] }],
    ['schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"', {}],
    [`${ACME_URN}:tags eq "a"`, { custom: { urn: ACME_URN, attribute: 'tags', string: { eq: 'a' } } }],
    [
      `${ACME_URN}:TAGS[value eq "a"]`,
      { custom: { urn: ACME_URN, attribute: 'tags', some: { member: { string: { eq: 'a' } } } } },
    ],
    [`${ACME_URN}:tags pr`, { custom: { urn: ACME_URN, attribute: 'tags', isSet: true } }],
    [`${ACME_URN}:level ge 3`, { custom: { urn: ACME_URN, attribute: 'level', number: { ge: 3 } } }],
    [`${ACME_URN}:remote eq "true"`, { custom: { urn: ACME_URN, attribute: 'remote', boolean: { eq: true } } }],
    [
      `${ACME_URN}:since lt "2026-01-01T00:00:00Z"`,
      { custom: { urn: ACME_URN, attribute: 'since', dateTime: { lt: '2026-01-01T00:00:00.000Z' } } },
    ],
    [
      `${ACME_URN}:desk.floor eq "2"`,
      { custom: { urn: ACME_URN, attribute: 'desk', subAttribute: 'floor', string: { eq: '2' } } },
    ],
    [
      `${ACME_URN}:tools[key eq "rake" and not (sharp eq false)]`,
      {
        custom: {
          urn: ACME_URN,
          attribute: 'tools',
          some: {
            and: [
              { member: { name: 'key', string: { eq: 'rake' } } },
              { not: { member: { name: 'sharp', boolean: { eq: false } } } },
            ],
          },
        },
      },
    ],
    ['mail eq "x@y.test"', { emails: { some: { value: { eq: 'x@y.test' } } } }],
    ['name eq "Lea Moser"', { displayName: { eq: 'Lea Moser' } }],
    ['role eq "Admin"', { userType: { eq: 'Admin' } }],
    [
      'userName eq "a" and active eq true or title pr',
      { or: [{ and: [{ userName: { eq: 'a' } }, { active: { eq: true } }] }, { title: { isSet: true } }] },
    ],
  ])('reads %s', (text, filter) => {
    expect(translate(text)).toEqual(filter);
  });

  it.each([
    ['favoriteColor eq "red"', 'favoriteColor', 1],
    ['userName eq "a" and shoeSize gt 3', 'shoeSize', 21],
    ['emails[smell eq "a"]', 'smell', 8],
    ['password eq "a"', 'password', 1],
    ['emails.smell pr', 'emails.smell', 1],
    ['meta.version sw "W"', 'meta.version', 17],
    ['urn:x:y:z:tags eq "a"', 'urn:x:y:z:tags', 1],
    [`${ACME_URN}:shoes eq "a"`, `${ACME_URN}:shoes`, 1],
    ['constructor eq "a"', 'constructor', 1],
    ['active gt true', 'active', 11],
    ['active co "t"', 'active', 11],
    ['active eq "maybe"', 'true or false', 11],
    ['x509Certificates.value sw "a"', 'x509Certificates', 27],
    ['meta.created co "2026"', 'meta.created', 17],
    ['meta.created eq "yesterday"', 'date and time', 17],
    ['addresses eq "a"', 'addresses', 14],
    ['title gt null', 'null', 10],
    [`${ACME_URN}:tools[key eq "a" and hue eq "b"]`, 'hue', 75],
    [`${ACME_URN}:tools[key[value eq "a"]]`, 'inside another', 63],
    [`${ACME_URN}:tools eq "a"`, 'tools', 63],
    [`${ACME_URN}:pin eq "a"`, `${ACME_URN}:pin`, 1],
    [`${ACME_URN}:pin pr`, `${ACME_URN}:pin`, 1],
  ])('refuses %s, naming what and where', (text, named, at) => {
    const refusal = expect.objectContaining({ status: 400, scimType: 'invalidFilter' });

    expect(() => translate(text)).toThrow(refusal);
    expect(() => translate(text)).toThrow(named);
    expect(() => translate(text)).toThrow(`(at character ${at})`);
  });

  it('never lets a strange attribute pass in an or, whatever stands beside it', () => {
    expect(() => translate('userName eq "a" or favoriteColor eq "red"')).toThrow('favoriteColor');
  });

  describe('where only eq and and are supported', () => {
    const dialect = aDialect({ unsupportedFilter: 501 });

    it.each(['userName eq "a"', 'userName eq "a" and active eq true', 'emails[type eq "work"].value eq "x"'])(
      'reads %s',
      (text) => {
        expect(translate(text, dialect)).toBeTypeOf('object');
      },
    );

    it.each([
      'userName co "a"',
      'userName pr',
      'not (userName eq "a")',
      'userName eq "a" or title eq "b"',
      'emails[type ne "a"]',
    ])('answers %s with 501', (text) => {
      expect(() => translate(text, dialect)).toThrow(expect.objectContaining({ status: 501, scimType: null }));
    });
  });
});

it('takes groups around the groups of a user for their own where they are flattened', () => {
  const flattening = aDialect({ nestedGroups: 'FLATTEN' });

  expect(translate('groups[type eq "direct"]', flattening)).toEqual(inGroups({}, {}));
  expect(translate('groups[type eq "indirect"]', flattening)).toEqual(inGroups(NONE, NONE));
});
