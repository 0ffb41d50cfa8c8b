import { beforeAll, describe, expect, it } from 'vitest';
import { GARDEN } from '#test/e2e/scim-garden.js';
import { aProvider, ENTERPRISE, type Resource, refused } from './provider.js';

describe('operators of filters', () => {
  const at = aProvider({ garden: true });
  const people: Record<string, Resource> = {};
  beforeAll(async () => {
    people.ana = await at.aUser({
      userName: 'ana@acme.example',
      title: 'Engineer',
      active: true,
      name: { familyName: 'Ruiz' },
      emails: [{ value: 'ana@acme.example', type: 'work', primary: true }],
      [ENTERPRISE]: { department: 'Sales' },
      [GARDEN]: { beds: 3, yield: 2.5, tidy: true, sown: '2024-03-01T00:00:00Z', plants: ['Leek', 'Kale'] },
    });
    people.bob = await at.aUser({
      userName: 'Bob@Acme.example',
      title: 'engine driver',
      active: false,
      name: { familyName: "O'Hara" },
      emails: [
        { value: 'bob@home.example', type: 'home' },
        { value: 'bob@acme.example', type: 'work' },
      ],
      [GARDEN]: { beds: 12, yield: 10, tidy: false, sown: '2025-03-01T00:00:00Z', plants: ['Rye'] },
    });
    people.eve = await at.aUser({ userName: 'eve_100%@other.example', externalId: 'E-7' });
  });
  const found = async (filter: string) => {
    const ids = await at.find('/Users', filter);
    return Object.keys(people).filter((name) => ids.includes(people[name].id));
  };

  it('RFC 7644 §3.4.2.2: eq finds equal values', async () => {
    expect(await found('userName eq "ana@acme.example"')).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: eq takes the whole value', async () => {
    expect(await found('title eq "Eng"')).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: eq ignores case where the attribute does', async () => {
    expect(await found('userName eq "ANA@acme.EXAMPLE"')).toEqual(['ana']);
    expect(await found('title eq "ENGINEER"')).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: eq minds case where the attribute is caseExact', async () => {
    expect(await found('externalId eq "E-7"')).toEqual(['eve']);
    expect(await found('externalId eq "e-7"')).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: eq of a boolean takes true and false', async () => {
    expect(await found('active eq false')).toEqual(['bob']);
    expect(await found('active eq true')).toEqual(['ana', 'eve']);
  });

  it('RFC 7644 §3.4.2.2: eq of an integer takes a number', async () => {
    expect(await found(`${GARDEN}:beds eq 12`)).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: eq of a decimal compares the number, not its text', async () => {
    expect(await found(`${GARDEN}:yield eq 10.0`)).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: ne finds all others, those without a value too', async () => {
    expect(await found('title ne "Engineer"')).toEqual(['bob', 'eve']);
  });

  it('RFC 7644 §3.4.2.2: co finds a part of the value, in any case', async () => {
    expect(await found('title co "NGINE"')).toEqual(['ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.2: sw finds what begins so', async () => {
    expect(await found('title sw "engine"')).toEqual(['ana', 'bob']);
    expect(await found('title sw "driver"')).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: ew finds what ends so', async () => {
    expect(await found('userName ew "@acme.example"')).toEqual(['ana', 'bob']);
    expect(await found('title ew "engine"')).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: pr finds what has a value', async () => {
    expect(await found('title pr')).toEqual(['ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.2: pr of a complex attribute finds what has any part', async () => {
    expect(await found('name pr')).toEqual(['ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.2: pr of a multi-valued attribute finds what has an element', async () => {
    expect(await found('emails pr')).toEqual(['ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.2: pr of an extension’s attribute', async () => {
    expect(await found(`${ENTERPRISE}:department pr`)).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: gt of numbers orders by number', async () => {
    expect(await found(`${GARDEN}:beds gt 3`)).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: ge includes the value itself', async () => {
    expect(await found(`${GARDEN}:beds ge 3`)).toEqual(['ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.2: lt of decimals', async () => {
    expect(await found(`${GARDEN}:yield lt 9.5`)).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: le includes the value itself', async () => {
    expect(await found(`${GARDEN}:yield le 2.5`)).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: gt of dateTimes orders by time', async () => {
    expect(await found(`${GARDEN}:sown gt "2024-06-01T00:00:00Z"`)).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: lt of dateTimes minds their zones', async () => {
    expect(await found(`${GARDEN}:sown lt "2024-03-01T01:00:00+02:00"`)).toEqual([]);
    expect(await found(`${GARDEN}:sown lt "2024-03-01T01:00:00-02:00"`)).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: gt of texts orders them by their letters', async () => {
    expect(await found('userName gt "bob@acme.example"')).toEqual(['eve']);
    expect(await found('userName ge "bob@acme.example"')).toEqual(['bob', 'eve']);
  });

  it('RFC 7644 §3.4.2.2: an order of booleans is 400 invalidFilter', async () => {
    for (const operator of ['gt', 'ge', 'lt', 'le'])
      expect(await at.scim.get(`/Users?filter=active+${operator}+true`)).toMatchObject(refused(400, 'invalidFilter'));
  });

  it('RFC 7644 §3.4.2.2: an order of binaries is 400 invalidFilter', async () => {
    expect(await at.scim.get('/Users?filter=x509Certificates.value+gt+%22a%22')).toMatchObject(
      refused(400, 'invalidFilter'),
    );
  });

  it('RFC 7644 §3.4.2.2: operators ignore case', async () => {
    expect(await found('title EQ "engineer"')).toEqual(['ana']);
    expect(await found('title Pr')).toEqual(['ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.2: and wants both', async () => {
    expect(await found('title pr and active eq true')).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: or wants one of both', async () => {
    expect(await found('externalId eq "E-7" or title eq "engineer"')).toEqual(['ana', 'eve']);
  });

  it('RFC 7644 §3.4.2.2: not wants the opposite', async () => {
    expect(await found('not (title co "engine")')).toEqual(['eve']);
  });

  it('RFC 7644 §3.4.2.2: and binds before or', async () => {
    expect(await found('externalId eq "E-7" or title pr and active eq false')).toEqual(['bob', 'eve']);
  });

  it('RFC 7644 §3.4.2.2: not binds before and', async () => {
    expect(await found('not (active eq false) and title pr')).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: parentheses group', async () => {
    expect(await found('(externalId eq "E-7" or title pr) and active eq false')).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: logical operators ignore case', async () => {
    expect(await found('title pr AND NOT (active eq true)')).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: eq null finds what has no value', async () => {
    expect(await found('title eq null')).toEqual(['eve']);
  });

  it('RFC 7644 §3.4.2.2: ne null finds what has a value', async () => {
    expect(await found('title ne null')).toEqual(['ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.2: one element of a multi-valued attribute that matches is enough', async () => {
    expect(await found('emails.value eq "bob@acme.example"')).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: a multi-valued attribute stands for its values', async () => {
    expect(await found('emails co "home"')).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: a value path wants one element that matches all of it', async () => {
    expect(await found('emails[type eq "work" and value co "acme"]')).toEqual(['ana', 'bob']);
    expect(await found('emails[type eq "home" and value co "acme"]')).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: without a value path each term may match another element', async () => {
    expect(await found('emails.type eq "home" and emails.value co "acme"')).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: value paths take or and not', async () => {
    expect(await found('emails[type eq "home" or primary eq true]')).toEqual(['ana', 'bob']);
    expect(await found('emails[not (type eq "work")]')).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: lists of plain values are searched by eq and co', async () => {
    expect(await found(`${GARDEN}:plants eq "kale"`)).toEqual(['ana']);
    expect(await found(`${GARDEN}:plants co "ee"`)).toEqual(['ana']);
  });

  it('RFC 7644 §3.4.2.2: wildcards of SQL are letters', async () => {
    expect(await found('userName co "_100%"')).toEqual(['eve']);
    expect(await found('title co "%"')).toEqual([]);
    expect(await found('userName co "a_a"')).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: quotes within a value are letters', async () => {
    expect(await found('name.familyName eq "o\'hara"')).toEqual(['bob']);
  });

  it('RFC 7644 §3.4.2.2: values may be written with the escapes of JSON', async () => {
    expect(await found('title eq "\\u0045ngineer"')).toEqual(['ana']);
    expect(await found('title eq "a\\"b"')).toEqual([]);
  });
});
