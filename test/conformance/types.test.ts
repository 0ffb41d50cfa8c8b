import { describe, expect, it } from 'vitest';
import { GARDEN } from '#test/e2e/scim-garden.js';
import { aProvider, ENTERPRISE, NOBODY, refused } from './provider.js';

describe('types of attributes', () => {
  const at = aProvider({ garden: true });
  const sown = async (garden: object) => (await at.aUser({ [GARDEN]: garden }))[GARDEN];
  const planting = (garden: object) => at.scim.post('/Users', { userName: at.name(), [GARDEN]: garden });

  it('RFC 7643 §2.3.1: a string keeps every character', async () => {
    const title = ' "Zoë" \\ 東京 \u{1F333}\n\t%_ ';

    expect((await at.aUser({ title })).title).toBe(title);
  });

  it('RFC 7643 §2.3.1: an object is no string', async () => {
    expect(await at.scim.post('/Users', { userName: at.name(), title: { a: 1 } })).toMatchObject(
      refused(400, 'invalidValue'),
    );
  });

  it('RFC 7643 §2.3.2: a boolean is true or false', async () => {
    expect((await at.aUser({ active: false })).active).toBe(false);
    expect((await at.aUser({ active: true })).active).toBe(true);
  });

  it('RFC 7643 §2.3.2: a number is no boolean', async () => {
    expect(await at.scim.post('/Users', { userName: at.name(), active: 2 })).toMatchObject(
      refused(400, 'invalidValue'),
    );
  });

  it('RFC 7643 §2.3.2: a boolean of an extension is a boolean too', async () => {
    expect(await sown({ tidy: false })).toEqual({ tidy: false });
    expect(await planting({ tidy: 'perhaps' })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.3.3: a decimal keeps its fraction', async () => {
    expect(await sown({ yield: 2.75 })).toEqual({ yield: 2.75 });
  });

  it('RFC 7643 §2.3.3: a text is no decimal', async () => {
    expect(await planting({ yield: 'plenty' })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.3.4: an integer is kept', async () => {
    expect(await sown({ beds: -3 })).toEqual({ beds: -3 });
  });

  it('RFC 7643 §2.3.4: an integer has no fraction', async () => {
    expect(await planting({ beds: 2.5 })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.3.5: a dateTime has a date and a time', async () => {
    expect(await planting({ sown: '2024-02-29' })).toMatchObject(refused(400, 'invalidValue'));
    expect(await planting({ sown: '10:00:00Z' })).toMatchObject(refused(400, 'invalidValue'));
    expect(Date.parse((await sown({ sown: '2024-02-29T10:00:00Z' })).sown)).toBe(Date.parse('2024-02-29T10:00:00Z'));
  });

  it('RFC 7643 §2.3.5: dateTimes compare by the instant that they name', async () => {
    const { id } = await at.aUser({ [GARDEN]: { sown: '2024-02-29T10:00:00+02:00' } });

    expect(await at.find('/Users', `id eq "${id}" and ${GARDEN}:sown eq "2024-02-29T08:00:00Z"`)).toEqual([id]);
  });

  it('RFC 7643 §2.3.5: a day that no calendar has is no dateTime', async () => {
    expect(await planting({ sown: '2024-02-30T10:00:00Z' })).toMatchObject(refused(400, 'invalidValue'));
    const filter = encodeURIComponent(`${GARDEN}:sown gt "2023-02-29T10:00:00Z"`);
    expect(await at.scim.get(`/Users?filter=${filter}`)).toMatchObject(refused(400, 'invalidFilter'));
  });

  it('RFC 7643 §2.3.5: the times of meta are dateTimes with their zone', async () => {
    const { meta } = await at.aUser();

    for (const time of [meta.created, meta.lastModified])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
  });

  it('RFC 7643 §2.3.6: a binary is answered as the Base64 that was sent', async () => {
    const value = 'MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAwTg==';

    expect((await at.aUser({ x509Certificates: [{ value }] })).x509Certificates).toEqual([{ value }]);
  });

  it('RFC 7643 §2.3.7: a reference to the outside is kept as it is', async () => {
    const profileUrl = 'https://example.com/ana?a=b#c';

    expect((await at.aUser({ profileUrl })).profileUrl).toBe(profileUrl);
  });

  it('RFC 7643 §2.3.7: a reference to a resource of this provider can be followed', async () => {
    const user = await at.aUser();
    const group = await at.aGroup({ members: [{ value: user.id }] });

    const [{ $ref }] = group.members;

    expect(await (await fetch($ref, { headers: { authorization: `Bearer ${at.company.scimToken}` } })).json()).toEqual(
      await at.now(user),
    );
  });

  it('RFC 7643 §2.3.8: a complex attribute is an object of sub-attributes', async () => {
    expect(await sown({ shed: { colour: 'red', key: 'k' } })).toEqual({ shed: { colour: 'red', key: 'k' } });
    expect((await at.aUser({ name: { givenName: 'Ana' } })).name).toEqual({ givenName: 'Ana' });
  });

  it('RFC 7643 §2.3.8: a plain value is no complex one', async () => {
    expect(await at.scim.post('/Users', { userName: at.name(), name: 'Ana' })).toMatchObject(
      refused(400, 'invalidValue'),
    );
  });

  it('RFC 7643 §2.4: multi-valued attributes may hold plain values', async () => {
    expect(await sown({ plants: ['Leek', 'Kale'] })).toEqual({ plants: ['Leek', 'Kale'] });
  });

  it('RFC 7643 §2.4: multi-valued attributes may hold complex values', async () => {
    const tools = [{ colour: 'red', key: 'a' }, { key: 'b' }];

    expect(await sown({ tools })).toEqual({ tools });
  });

  it('RFC 7643 §2.4: each value of a multi-valued attribute is of its type', async () => {
    expect(await planting({ plants: ['Leek', 5] })).toMatchObject(refused(400, 'invalidValue'));
    expect(await planting({ plants: ['Leek', { name: 'Kale' }] })).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §2.4: display, type and primary are kept beside a value', async () => {
    const emails = [{ value: 'a@x.example', display: 'Ana at work', type: 'work', primary: true }];

    expect((await at.aUser({ emails })).emails).toEqual(emails);
  });

  it('RFC 7643 §2.4: primary is a boolean', async () => {
    expect(
      await at.scim.post('/Users', { userName: at.name(), emails: [{ value: 'a@x.example', primary: 'perhaps' }] }),
    ).toMatchObject(refused(400, 'invalidValue'));
  });

  it('RFC 7643 §3: schemas names every extension that has values, and no other', async () => {
    const [plain, extended] = [await at.aUser(), await at.aUser({ [GARDEN]: { beds: 1 } })];

    expect(plain.schemas).toEqual([expect.stringMatching(/core:2.0:User$/)]);
    expect(extended.schemas).toEqual([expect.stringMatching(/core:2.0:User$/), GARDEN]);
  });

  it('RFC 7643 §3: schemas of the core alone do not hide the extension that is sent', async () => {
    expect(await at.aUser({ [GARDEN]: { beds: 1 } })).toMatchObject({ [GARDEN]: { beds: 1 } });
  });

  it('RFC 7643 §3: a schema that is emptied leaves schemas', async () => {
    const user = await at.aUser({ [GARDEN]: { beds: 1 } });

    const { body } = await at.scim.patch(`/Users/${user.id}`, [{ op: 'remove', path: GARDEN }]);

    expect(body.schemas).not.toContain(GARDEN);
  });

  it('RFC 7643 §3.1: the id is the server’s, whatever a client sends', async () => {
    expect((await at.aUser({ id: NOBODY })).id).not.toBe(NOBODY);
  });

  it('RFC 7643 §3.1: two resources never share an id', async () => {
    const made = await Promise.all([at.aUser(), at.aUser(), at.aGroup(), at.aGroup()]);

    expect(new Set(made.map(({ id }) => id)).size).toBe(4);
  });

  it('RFC 7643 §3.1: the id stays when everything else is replaced', async () => {
    const { id } = await at.aUser();

    expect((await at.scim.put(`/Users/${id}`, { userName: at.name() })).body.id).toBe(id);
  });

  it('RFC 7643 §3.1: an id does not come back for another resource', async () => {
    const { id, userName } = await at.aUser();
    await at.scim.delete(`/Users/${id}`);

    expect((await at.aUser({ userName })).id).not.toBe(id);
  });

  it('RFC 7643 §3.1: externalId is the client’s, and kept as sent', async () => {
    const externalId = ` ${at.name()} /ü`;

    expect((await at.aUser({ externalId })).externalId).toBe(externalId);
  });

  it('RFC 7643 §3.1: groups have an externalId too', async () => {
    const externalId = at.name();
    const { id } = await at.aGroup({ externalId });

    expect(await at.find('/Groups', `externalId eq "${externalId}"`)).toEqual([id]);
  });

  it('RFC 7643 §3.1: an externalId never resolves as an id', async () => {
    const { externalId } = await at.aUser({ externalId: '11111111-1111-7111-8111-111111111111' });

    expect(await at.scim.get(`/Users/${externalId}`)).toMatchObject(refused(404));
  });

  it('RFC 7643 §3.1: meta.resourceType names the type', async () => {
    expect((await at.aUser()).meta.resourceType).toBe('User');
    expect((await at.aGroup()).meta.resourceType).toBe('Group');
  });

  it('RFC 7643 §3.1: meta.created is when it was made, and stays', async () => {
    const before = Date.now();
    const user = await at.aUser();
    const { body } = await at.scim.patch(`/Users/${user.id}`, [{ op: 'replace', path: 'title', value: 'x' }]);

    expect(Math.abs(Date.parse(user.meta.created) - before)).toBeLessThan(60_000);
    expect(body.meta.created).toBe(user.meta.created);
  });

  it('RFC 7643 §3.1: meta.lastModified of a new resource equals meta.created', async () => {
    const { meta } = await at.aUser();

    expect(meta.lastModified).toBe(meta.created);
  });

  it('RFC 7643 §3.1: meta.lastModified rises with a change', async () => {
    const user = await at.aUser();
    const { body } = await at.scim.patch(`/Users/${user.id}`, [{ op: 'replace', path: 'title', value: 'x' }]);

    expect(Date.parse(body.meta.lastModified)).toBeGreaterThan(Date.parse(user.meta.lastModified));
  });

  it('RFC 7643 §3.1: meta.location is the address of the resource', async () => {
    const { id, meta } = await at.aUser();

    expect(meta.location).toBe(`${at.rollcall.scimBaseUrl}/Users/${id}`);
  });

  it('RFC 7643 §3.1: meta.version is a weak or strong entity tag', async () => {
    expect((await at.aUser()).meta.version).toMatch(/^(W\/)?"[^"]+"$/);
  });

  it('RFC 7643 §3.3: attributes of an extension stand below its URN', async () => {
    const user = await at.aUser({ [ENTERPRISE]: { department: 'Sales' } });

    expect(user[ENTERPRISE]).toEqual({ department: 'Sales' });
    expect(user).not.toHaveProperty('department');
  });

  it('RFC 7643 §3.3: attributes of an extension need not be sent', async () => {
    expect((await at.aUser()).schemas).not.toContain(GARDEN);
  });
});
