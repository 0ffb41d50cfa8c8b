import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { GARDEN, keepGarden } from './scim-garden.js';

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

describe('users', () => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  let count = 0;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process' });
    const company = await rollcall.newCompany();
    await keepGarden(company);
    scim = scimClient(company);
  });
  afterAll(() => rollcall.stop());

  const whole = () => ({
    schemas: [CORE, ENTERPRISE, GARDEN],
    userName: `whole${++count}`,
    externalId: `e${count}`,
    name: { givenName: 'Ana', familyName: 'Ruiz' },
    displayName: 'Ana Ruiz',
    title: 'Engineer',
    active: true,
    emails: [
      { value: 'ana@work.example', type: 'work', primary: true },
      { value: 'ana@home.example', type: 'home', display: 'h', primary: false },
    ],
    phoneNumbers: [{ value: '+41 (0)31 000', type: 'work' }],
    roles: [{ value: 'manager', primary: false }],
    [ENTERPRISE]: { department: 'Sales', manager: { value: 'm-1' } },
    [GARDEN]: {
      plot: 'North',
      beds: 3,
      yield: 2.5,
      tidy: false,
      plants: ['Leek', 'Kale'],
      shed: { colour: 'red' },
      tools: [{ key: 'a' }],
    },
  });
  const newUser = async () => {
    const sent = whole();
    const { status, body } = await scim.post('/Users', sent);
    expect(status, JSON.stringify(body)).toBe(201);
    return { sent, body };
  };

  it('answers what was sent, attribute by attribute, wherever it is read', async () => {
    const { sent, body } = await newUser();
    const { id, meta, ...rest } = body;
    expect(rest).toEqual(sent);
    const read = await scim.get(`/Users/${id}`);
    expect(read.body).toEqual(body);
    expect(read.headers.get('etag')).toBe(meta.version);
    const listed = await scim.get(`/Users?filter=${encodeURIComponent(`userName eq "${sent.userName}"`)}`);
    expect(listed.body).toEqual({
      schemas: [LIST],
      totalResults: 1,
      startIndex: 1,
      itemsPerPage: 1,
      Resources: [body],
    });
    expect(meta.location).toBe(`${rollcall.scimBaseUrl}/Users/${id}`);
    expect((await scim.put(`/Users/${id}`, body)).body).toEqual(body);
  });

  it('PUT clears what it leaves out, but not what it may not touch', async () => {
    const { body } = await newUser();
    await scim.patch(`/Users/${body.id}`, [{ op: 'replace', path: 'active', value: false }]);
    const put = await scim.put(`/Users/${body.id}`, { userName: body.userName, title: '', displayName: null });
    expect(put.status).toBe(200);
    const { meta, ...rest } = put.body;
    expect(rest).toEqual({
      schemas: [CORE, ENTERPRISE, GARDEN],
      id: body.id,
      userName: body.userName,
      externalId: body.externalId,
      active: false,
      [ENTERPRISE]: body[ENTERPRISE],
      [GARDEN]: body[GARDEN],
    });
    expect(meta.created).toBe(body.meta.created);
    const emptied = await scim.put(`/Users/${body.id}`, {
      userName: body.userName,
      [GARDEN]: { plot: 'South' },
      [ENTERPRISE]: {},
    });
    expect(emptied.body[GARDEN]).toEqual({ plot: 'South' });
    expect(emptied.body[ENTERPRISE]).toBeUndefined();
    expect(await scim.put('/Users/none', { userName: 'x' })).toMatchObject({ status: 404 });
    expect(await scim.put(`/Users/${body.id}`, { displayName: 'x' })).toMatchObject({
      status: 400,
      body: { scimType: 'invalidValue' },
    });
  });

  it('PUT to a userName that is taken is 409, and changes nothing', async () => {
    const [one, two] = [await newUser(), await newUser()];
    const put = await scim.put(`/Users/${two.body.id}`, {
      ...two.sent,
      userName: one.sent.userName.toUpperCase(),
      title: 'Changed',
    });
    expect(put).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    const patch = await scim.patch(`/Users/${two.body.id}`, [
      { op: 'replace', value: { userName: one.sent.userName, title: 'C' } },
    ]);
    expect(patch).toMatchObject({ status: 409, body: { scimType: 'uniqueness' } });
    expect((await scim.get(`/Users/${two.body.id}`)).body).toEqual(two.body);
  });

  it('keeps its own userName in another case', async () => {
    const { body } = await newUser();
    const patch = await scim.patch(`/Users/${body.id}`, [
      { op: 'replace', path: 'userName', value: body.userName.toUpperCase() },
    ]);
    expect(patch).toMatchObject({ status: 200, body: { userName: body.userName.toUpperCase() } });
  });

  it.each<[string, object]>([
    ['attributes=userName', { userName: true }],
    ['attributes=userName,active', { userName: true, active: true }],
    ['attributes=USERNAME', { userName: true }],
    ['attributes=name.givenName', { name: { givenName: 'Ana' } }],
    [`attributes=${CORE}:name.familyName`, { name: { familyName: 'Ruiz' } }],
    ['attributes=emails.value', { emails: [{ value: 'ana@work.example' }, { value: 'ana@home.example' }] }],
    ['attributes=emails.display', { emails: [{ display: 'h' }] }],
    ['attributes=emails,emails.value', { emails: true }],
    ['attributes=emails.value,emails', { emails: true }],
    [`attributes=${ENTERPRISE}`, { [ENTERPRISE]: true }],
    [`attributes=${ENTERPRISE}:department`, { [ENTERPRISE]: { department: 'Sales' } }],
    [`attributes=${ENTERPRISE}:manager.value`, { [ENTERPRISE]: { manager: { value: 'm-1' } } }],
    ['attributes=department', { [ENTERPRISE]: { department: 'Sales' } }],
    [`attributes=${GARDEN}:plants`, { [GARDEN]: { plants: ['Leek', 'Kale'] } }],
    [`attributes=${GARDEN}`, { [GARDEN]: true }],
    ['attributes=password', {}],
    ['attributes=id', {}],
    ['attributes=schemas,,', {}],
    ['attributes=meta.location', { meta: { location: 'any' } }],
    ['attributes=nobody,$ref,__proto__,constructor.name', {}],
  ])('GET ?%s shows that, and always id and schemas', async (query, expected) => {
    const { body } = await newUser();
    const { status, body: shown } = await scim.get(`/Users/${body.id}?${query}`);
    expect(status).toBe(200);
    const wanted = Object.fromEntries(
      Object.entries(expected).map(([key, value]) => [
        key,
        value === true ? body[key] : key === 'meta' ? { location: body.meta.location } : value,
      ]),
    );
    const schemas = body.schemas.filter((urn: string) => urn === CORE || urn in wanted);
    expect(shown).toEqual({ schemas, id: body.id, ...wanted });
    const listed = await scim.get(`/Users?${query}&filter=${encodeURIComponent(`id eq "${body.id}"`)}`);
    expect(listed.body.Resources).toEqual([shown]);
  });

  it.each<[string, string[]]>([
    [
      'excludedAttributes=emails,phoneNumbers,name,title,displayName,meta',
      ['schemas', 'id', 'externalId', 'userName', 'active', 'roles', ENTERPRISE, GARDEN],
    ],
    [
      `excludedAttributes=id,schemas,${ENTERPRISE},${GARDEN},emails,phoneNumbers,name,meta`,
      ['schemas', 'id', 'externalId', 'userName', 'displayName', 'title', 'active', 'roles'],
    ],
    [
      `excludedAttributes=${CORE}:emails,roles`,
      [
        'schemas',
        'id',
        'externalId',
        'userName',
        'name',
        'displayName',
        'title',
        'active',
        'phoneNumbers',
        ENTERPRISE,
        GARDEN,
        'meta',
      ],
    ],
  ])('GET ?%s leaves %j', async (query, left) => {
    const { body } = await newUser();
    const { body: shown } = await scim.get(`/Users/${body.id}?${query}`);
    expect(Object.keys(shown).sort()).toEqual([...left].sort());
    expect(shown.schemas).toEqual(body.schemas.filter((urn: string) => urn === CORE || left.includes(urn)));
  });

  it('shows parts by attributes after writes, too', async () => {
    const sent = whole();
    const made = await scim.post('/Users?attributes=userName', sent);
    expect(made).toMatchObject({ status: 201 });
    expect(Object.keys(made.body).sort()).toEqual(['id', 'schemas', 'userName']);
    expect(made.headers.get('location')).toBe(`${rollcall.scimBaseUrl}/Users/${made.body.id}`);
    const patched = await scim.patch(`/Users/${made.body.id}?excludedAttributes=emails`, [
      { op: 'replace', path: 'title', value: 'T' },
    ]);
    expect(patched.body.emails).toBeUndefined();
    expect(patched.body.title).toBe('T');
  });

  it('comes back under the old id when it was inactive, and as somebody new when it was deleted', async () => {
    const { sent, body } = await newUser();
    await scim.patch(`/Users/${body.id}`, [{ op: 'replace', path: 'active', value: 'False' }]);
    const revived = await scim.post('/Users', { ...sent, title: 'Again' });
    expect(revived).toMatchObject({ status: 201, body: { id: body.id, active: true, title: 'Again' } });
    expect(await scim.post('/Users', sent)).toMatchObject({ status: 409 });
    await scim.delete(`/Users/${body.id}`);
    const { externalId: _, ...stranger } = sent;
    const anew = await scim.post('/Users', stranger);
    expect(anew.status).toBe(201);
    expect(anew.body.id).not.toBe(body.id);
  });

  it('has no bad link in its discovery', async () => {
    for (const path of ['/Schemas', '/ResourceTypes']) {
      const { status, body } = await scim.get(path);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        schemas: [LIST],
        totalResults: body.Resources.length,
        startIndex: 1,
        itemsPerPage: body.Resources.length,
      });
      for (const resource of body.Resources) {
        const one = await scim.get(resource.meta.location.slice(rollcall.scimBaseUrl.length));
        expect(one).toMatchObject({ status: 200, body: resource });
      }
      expect(JSON.stringify(body)).not.toContain('null');
    }
    const types = (await scim.get('/ResourceTypes')).body.Resources;
    const ids = (await scim.get('/Schemas')).body.Resources.map(({ id }: { id: string }) => id);
    for (const { endpoint, schema, schemaExtensions } of types) {
      expect(await scim.get(endpoint)).toMatchObject({ status: 200, body: { schemas: [LIST] } });
      expect(ids).toEqual(
        expect.arrayContaining([schema, ...schemaExtensions.map((each: { schema: string }) => each.schema)]),
      );
    }
    expect(await scim.get('/Schemas/urn:nobody')).toMatchObject({ status: 404 });
    expect(await scim.get('/ResourceTypes/Device')).toMatchObject({ status: 404 });
    expect((await scim.get('/Schemas?filter=id%20eq%20%22x%22')).status).toBe(403);
    const config = await fetch(`${new URL(rollcall.scimBaseUrl).origin}/.well-known/scim-configuration`);
    expect(await config.json()).toEqual((await scim.get('/ServiceProviderConfig')).body);
  });

  it('lists whatever is not about one page in full: 1,000 at most, 100 unless asked', async () => {
    await Promise.all(Array.from({ length: 110 }, (_, index) => scim.post('/Users', { userName: `page${index}` })));
    const { body } = await scim.get('/Users');
    expect(body).toMatchObject({ itemsPerPage: 100, startIndex: 1 });
    expect(body.totalResults).toBeGreaterThan(110);
    const seen = [];
    for (let startIndex = 1; startIndex <= body.totalResults; startIndex += 37)
      seen.push(...(await scim.get(`/Users?startIndex=${startIndex}&count=37`)).body.Resources);
    expect(seen).toEqual((await scim.get('/Users?count=5000')).body.Resources);
    expect(seen).toHaveLength(body.totalResults);
  });
});
