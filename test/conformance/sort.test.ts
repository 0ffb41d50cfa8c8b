import { beforeAll, describe, expect, it } from 'vitest';
import { GARDEN } from '#test/e2e/scim-garden.js';
import { aProvider, ENTERPRISE, type Resource, refused, USER } from './provider.js';

describe('sorting', () => {
  const at = aProvider({ garden: true });
  /** Made in this order; none of them sorts so by anything but the time. */
  const people = [
    {
      userName: 'cy',
      title: 'b',
      name: { familyName: 'Zorn' },
      active: true,
      externalId: 'B',
      emails: [{ value: 'z@x.example' }, { value: 'a@x.example', primary: true }],
      [ENTERPRISE]: { department: 'Sales' },
      [GARDEN]: { beds: 10, yield: 2.5, sown: '2024-06-01T00:00:00+05:00' },
    },
    {
      userName: 'Ana',
      title: 'C',
      name: { familyName: 'ruiz' },
      active: false,
      externalId: 'a',
      emails: [{ value: 'm@x.example' }],
      [ENTERPRISE]: { department: 'Art' },
      [GARDEN]: { beds: 9, yield: 10.25, sown: '2024-05-31T23:00:00Z' },
    },
    { userName: 'bob', title: 'a', active: true, externalId: 'c' },
  ];
  const made: Resource[] = [];
  beforeAll(async () => {
    for (const traits of people) made.push(await at.aUser(traits));
  });
  const sorted = async (query: string, count = 1000): Promise<string[]> => {
    const { status, body } = await at.scim.get(`/Users?count=${count}&${query}`);
    expect(status, JSON.stringify(body)).toBe(200);
    const ids = made.map(({ id }) => id);
    return body.Resources.filter(({ id }: Resource) => ids.includes(id)).map(({ userName }: Resource) => userName);
  };

  it('RFC 7644 §3.4.2.3: sorting is supported, and ServiceProviderConfig says so', async () => {
    expect((await at.scim.get('/ServiceProviderConfig')).body.sort).toEqual({ supported: true });
  });

  it('RFC 7644 §3.4.2.3: sortBy orders by an attribute, ascending unless something else is said', async () => {
    expect(await sorted('sortBy=title')).toEqual(['bob', 'cy', 'Ana']);
  });

  it('RFC 7644 §3.4.2.3: sortOrder descending turns the order round', async () => {
    expect(await sorted('sortBy=title&sortOrder=descending')).toEqual(['Ana', 'cy', 'bob']);
  });

  it('RFC 7644 §3.4.2.3: sortOrder ascending can be said', async () => {
    expect(await sorted('sortBy=title&sortOrder=ascending')).toEqual(['bob', 'cy', 'Ana']);
  });

  it('RFC 7644 §3.4.2.3: sortOrder is nothing else', async () => {
    expect(await at.scim.get('/Users?sortBy=title&sortOrder=upwards')).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7644 §3.4.2.3: texts sort without their case where the attribute has none', async () => {
    expect(await sorted('sortBy=userName')).toEqual(['Ana', 'bob', 'cy']);
  });

  it('RFC 7644 §3.4.2.3: texts sort with their case where the attribute is caseExact', async () => {
    expect(await sorted('sortBy=externalId')).toEqual(['cy', 'Ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.3: resources without a value come last', async () => {
    expect(await sorted('sortBy=name.familyName')).toEqual(['Ana', 'cy', 'bob']);
  });

  it('RFC 7644 §3.4.2.3: resources without a value come first when the order is descending', async () => {
    expect(await sorted('sortBy=name.familyName&sortOrder=descending')).toEqual(['bob', 'cy', 'Ana']);
  });

  it('RFC 7644 §3.4.2.3: of a multi-valued attribute the primary value counts, else the first', async () => {
    expect(await sorted('sortBy=emails.value')).toEqual(['cy', 'Ana', 'bob']);
    expect(await sorted('sortBy=emails')).toEqual(['cy', 'Ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.3: numbers sort as numbers', async () => {
    expect(await sorted(`sortBy=${GARDEN}:beds`)).toEqual(['Ana', 'cy', 'bob']);
    expect(await sorted(`sortBy=${GARDEN}:yield`)).toEqual(['cy', 'Ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.3: dateTimes sort by the instant that they name', async () => {
    expect(await sorted(`sortBy=${GARDEN}:sown`)).toEqual(['cy', 'Ana', 'bob']);
  });

  it('RFC 7644 §3.4.2.3: booleans sort false before true', async () => {
    expect((await sorted('sortBy=active'))[0]).toBe('Ana');
  });

  it('RFC 7644 §3.4.2.3: those that are alike keep one order', async () => {
    const once = await sorted('sortBy=active');

    expect(once).toEqual(['Ana', 'cy', 'bob']);
    expect(await sorted('sortBy=active')).toEqual(once);
  });

  it('RFC 7644 §3.4.2.3: meta.created and meta.lastModified sort by time', async () => {
    expect(await sorted('sortBy=meta.created')).toEqual(['cy', 'Ana', 'bob']);
    expect(await sorted('sortBy=meta.lastModified&sortOrder=descending')).toEqual(['bob', 'Ana', 'cy']);
  });

  it('RFC 7644 §3.4.2.3: sortBy takes the URN of an extension', async () => {
    expect(await sorted(`sortBy=${ENTERPRISE}:department`)).toEqual(['Ana', 'cy', 'bob']);
  });

  it('RFC 7644 §3.4.2.3: sortBy takes the URN of the core', async () => {
    expect(await sorted(`sortBy=${USER}:userName`)).toEqual(['Ana', 'bob', 'cy']);
  });

  it('RFC 7644 §3.4.2.3: sortBy ignores case', async () => {
    expect(await sorted('sortBy=USERNAME')).toEqual(['Ana', 'bob', 'cy']);
  });

  it('RFC 7644 §3.4.2.3: an attribute that no schema has is refused', async () => {
    expect(await at.scim.get('/Users?sortBy=shoeSize')).toMatchObject(refused(400, 'invalidPath'));
  });

  it('RFC 7644 §3.4.2.3: sorting and filtering go together', async () => {
    expect(await sorted(`sortBy=title&filter=${encodeURIComponent('active eq true and title pr')}`)).toEqual([
      'bob',
      'cy',
    ]);
  });

  it('RFC 7644 §3.4.2.3: pages of a sorted list are together the whole', async () => {
    const query = `sortBy=title&filter=${encodeURIComponent('title pr')}`;
    const walked: string[] = [];
    for (const startIndex of [1, 2, 3]) walked.push(...(await sorted(`${query}&startIndex=${startIndex}`, 1)));

    expect(walked).toEqual(['bob', 'cy', 'Ana']);
  });

  it('RFC 7644 §3.4.2.3: groups are sorted, too', async () => {
    const [b, a] = [await at.aGroup({ displayName: 'bees' }), await at.aGroup({ displayName: 'Ants' })];
    const { body } = await at.scim.get('/Groups?sortBy=displayName');

    expect(body.Resources.map(({ id }: Resource) => id)).toEqual([a.id, b.id]);
  });
});
