import { describe, expect, it } from 'vitest';
import { aProvider, ENTERPRISE, type Resource, USER } from './provider.js';

describe('attributes and excludedAttributes', () => {
  const at = aProvider();
  const whole = () =>
    at.aUser({
      name: { givenName: 'Ana', familyName: 'Ruiz' },
      title: 'Lead',
      emails: [{ value: 'a@x.example', type: 'work' }],
      [ENTERPRISE]: { department: 'Sales', division: 'North' },
    });
  const shown = async ({ id }: Resource, query: string): Promise<Resource> =>
    (await at.scim.get(`/Users/${id}?${query}`)).body;

  it('RFC 7644 §3.9: attributes names what is returned, and nothing else is', async () => {
    expect(Object.keys(await shown(await whole(), 'attributes=title')).sort()).toEqual(['id', 'schemas', 'title']);
  });

  it('RFC 7644 §3.9: attributes takes several, parted by commas', async () => {
    const user = await whole();

    expect(await shown(user, 'attributes=title,%20userName')).toEqual({
      schemas: [USER],
      id: user.id,
      title: 'Lead',
      userName: user.userName,
    });
  });

  it('RFC 7644 §3.9: attributes takes one sub-attribute', async () => {
    expect((await shown(await whole(), 'attributes=name.givenName')).name).toEqual({ givenName: 'Ana' });
  });

  it('RFC 7644 §3.9: attributes takes a sub-attribute of each element', async () => {
    expect((await shown(await whole(), 'attributes=emails.value')).emails).toEqual([{ value: 'a@x.example' }]);
  });

  it('RFC 7644 §3.9: attributes takes a whole extension', async () => {
    const user = await shown(await whole(), `attributes=${ENTERPRISE}`);

    expect(user[ENTERPRISE]).toEqual({ department: 'Sales', division: 'North' });
    expect(user).not.toHaveProperty('title');
  });

  it('RFC 7644 §3.9: attributes takes one attribute of an extension', async () => {
    expect((await shown(await whole(), `attributes=${ENTERPRISE}:division`))[ENTERPRISE]).toEqual({
      division: 'North',
    });
  });

  it('RFC 7644 §3.9: attributes takes names with the core’s URN', async () => {
    expect(await shown(await whole(), `attributes=${USER}:title`)).toMatchObject({ title: 'Lead' });
  });

  it('RFC 7644 §3.9: attributes ignores case', async () => {
    expect(await shown(await whole(), 'attributes=TITLE')).toMatchObject({ title: 'Lead' });
  });

  it('RFC 7644 §3.9: a name that no attribute has adds nothing', async () => {
    expect(Object.keys(await shown(await whole(), 'attributes=shoeSize')).sort()).toEqual(['id', 'schemas']);
  });

  it('RFC 7644 §3.9: schemas names only what is shown', async () => {
    expect((await shown(await whole(), 'attributes=title')).schemas).toEqual([USER]);
    expect((await shown(await whole(), `attributes=${ENTERPRISE}`)).schemas).toEqual([USER, ENTERPRISE]);
  });

  it('RFC 7644 §3.9: excludedAttributes names what is left out, and all else is returned', async () => {
    const user = await whole();
    const { title: _, ...rest } = user;

    expect(await shown(user, 'excludedAttributes=title')).toEqual(rest);
  });

  it('RFC 7644 §3.9: excludedAttributes takes one sub-attribute', async () => {
    expect((await shown(await whole(), 'excludedAttributes=name.givenName')).name).toEqual({ familyName: 'Ruiz' });
  });

  it('RFC 7644 §3.9: excludedAttributes takes a sub-attribute of each element', async () => {
    expect((await shown(await whole(), 'excludedAttributes=emails.type')).emails).toEqual([{ value: 'a@x.example' }]);
  });

  it('RFC 7644 §3.9: excludedAttributes takes a whole extension', async () => {
    const user = await shown(await whole(), `excludedAttributes=${ENTERPRISE}`);

    expect(user).not.toHaveProperty(ENTERPRISE);
    expect(user.schemas).toEqual([USER]);
  });

  it('RFC 7644 §3.9: excludedAttributes cannot leave out what is always returned', async () => {
    const user = await whole();

    expect(await shown(user, 'excludedAttributes=id,schemas')).toMatchObject({ id: user.id, schemas: user.schemas });
  });

  it('RFC 7644 §3.9: attributes holds for lists', async () => {
    const { id } = await whole();
    const filter = encodeURIComponent(`id eq "${id}"`);

    expect((await at.scim.get(`/Users?attributes=title&filter=${filter}`)).body.Resources).toEqual([
      { schemas: [USER], id, title: 'Lead' },
    ]);
  });

  it('RFC 7644 §3.9: excludedAttributes holds for lists', async () => {
    const { id } = await whole();
    const filter = encodeURIComponent(`id eq "${id}"`);
    const { body } = await at.scim.get(`/Users?excludedAttributes=emails,${ENTERPRISE}&filter=${filter}`);

    expect(body.Resources[0]).not.toHaveProperty('emails');
    expect(body.Resources[0]).toHaveProperty('title');
  });

  it('RFC 7644 §3.9: attributes holds for the answer of a PUT', async () => {
    const { id, userName } = await whole();
    const { body } = await at.scim.put(`/Users/${id}?attributes=userName`, { userName, title: 'Chief' });

    expect(body).toEqual({ schemas: [USER], id, userName });
  });

  it('RFC 7644 §3.9: attributes holds for the answer of a PATCH', async () => {
    const { id } = await whole();
    const { body } = await at.scim.patch(`/Users/${id}?attributes=title`, [
      { op: 'replace', path: 'title', value: 'Chief' },
    ]);

    expect(body).toEqual({ schemas: [USER], id, title: 'Chief' });
  });

  it('RFC 7644 §3.9: what an answer leaves out is written all the same', async () => {
    const { body } = await at.scim.post('/Users?excludedAttributes=title', { userName: at.name(), title: 'Lead' });

    expect(body).not.toHaveProperty('title');
    expect(await at.now({ meta: body.meta })).toHaveProperty('title', 'Lead');
  });

  it('RFC 7644 §3.9: attributes can ask for meta alone', async () => {
    const user = await whole();

    expect(await shown(user, 'attributes=meta')).toEqual({ schemas: [USER], id: user.id, meta: user.meta });
    expect((await shown(user, 'attributes=meta.version')).meta).toEqual({ version: user.meta.version });
  });
});
