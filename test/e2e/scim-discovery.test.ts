import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const OWN = 'urn:example:params:scim:harbour:2.0:User';

interface Attribute {
  name: string;
  type: string;
  mutability: string;
  canonicalValues?: string[];
  subAttributes?: Attribute[];
}

const own = (traits: object = {}) => ({
  urn: OWN,
  name: 'Harbour',
  description: '',
  attributes: [
    {
      name: 'berth',
      type: 'string',
      multiValued: false,
      description: '',
      required: false,
      caseExact: false,
      mutability: 'readWrite',
      ...traits,
    },
  ],
});

describe.each(MODES)('discovery, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall?.stop());

  const aDirectory = async (profile: object, preset: 'rollcall' | 'testomat' | 'testmail' = 'rollcall') => {
    const company = await rollcall.newCompany({ preset });
    const graphql = graphqlClient(company);
    const configure = async (changes: object) => {
      const { body } = await graphql(
        'mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }',
        { input: { id: company.directoryId, profile: changes } },
      );
      expect(body.errors).toBeUndefined();
    };
    await configure(profile);
    const scim = scimClient(company);
    const attributeAt = async (urn: string, path: string): Promise<Attribute | undefined> => {
      const [name, sub] = path.split('.');
      const { body } = await scim.get(`/Schemas/${urn}`);
      const found: Attribute | undefined = body.attributes.find((each: Attribute) => each.name === name);
      return sub ? found?.subAttributes?.find((each) => each.name === sub) : found;
    };
    return { graphql, scim, configure, attributeAt };
  };

  it('has each schema alike in the list and by its URN, in the form that Entra and SailPoint read', async () => {
    const { scim } = await aDirectory({
      extensions: [own({ type: 'reference' })],
      attributes: ['userName', 'name.givenName'],
    });
    const list = await scim.get('/Schemas');
    expect(list).toMatchObject({
      status: 200,
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: 4,
        startIndex: 1,
        itemsPerPage: 4,
      },
    });
    expect(JSON.stringify(list.body)).not.toMatch(/null|"description":""/);
    const check = (attribute: Attribute & Record<string, unknown>, depth = 0) => {
      expect(Object.keys(attribute), attribute.name).toEqual(
        expect.arrayContaining([
          'name',
          'type',
          'multiValued',
          'description',
          'required',
          'caseExact',
          'mutability',
          'returned',
          'uniqueness',
        ]),
      );
      expect(attribute.mutability).toMatch(/^(readOnly|readWrite|immutable|writeOnly)$/);
      expect(attribute.returned).toMatch(/^(always|never|default|request)$/);
      expect(attribute.subAttributes !== undefined).toBe(attribute.type === 'complex' && depth === 0);
      expect(attribute.referenceTypes !== undefined, attribute.name).toBe(attribute.type === 'reference');
      for (const sub of attribute.subAttributes ?? []) check(sub as Attribute & Record<string, unknown>, 1);
    };
    for (const schema of list.body.Resources) {
      expect((await scim.get(`/Schemas/${schema.id}`)).body).toEqual(schema);
      for (const attribute of schema.attributes) check(attribute);
    }
    const types = await scim.get('/ResourceTypes');
    const ids = list.body.Resources.map(({ id }: { id: string }) => id);
    for (const type of types.body.Resources) {
      expect((await scim.get(`/ResourceTypes/${type.id}`)).body).toEqual(type);
      expect(ids).toEqual(
        expect.arrayContaining([type.schema, ...type.schemaExtensions.map((each: { schema: string }) => each.schema)]),
      );
      expect((await scim.get(type.endpoint)).status).toBe(200);
    }
  });

  it('tells of an extension at once, and no more when it is dropped', async () => {
    const { scim, configure, attributeAt } = await aDirectory({});
    expect((await scim.get(`/Schemas/${OWN}`)).status).toBe(404);
    await configure({ extensions: [own()] });
    expect(await attributeAt(OWN, 'berth')).toMatchObject({ type: 'string' });
    expect(JSON.stringify((await scim.get('/ResourceTypes')).body)).toContain(OWN);
    await configure({ extensions: [own({ type: 'integer' })] });
    expect(await attributeAt(OWN, 'berth')).toMatchObject({ type: 'integer' });
    await configure({ extensions: [] });
    expect((await scim.get(`/Schemas/${OWN}`)).status).toBe(404);
    expect(JSON.stringify((await scim.get('/ResourceTypes')).body)).not.toContain(OWN);
  });

  it('calls read-only what the profile does not map, and so it is', async () => {
    const { scim, attributeAt } = await aDirectory({
      attributes: ['userName', 'name.givenName', 'emails', 'enterprise.department'],
    });
    const sent = {
      userName: 'mapped',
      title: 'x',
      name: { givenName: 'G', familyName: 'F' },
      emails: [{ value: 'a@x.example' }],
      ims: [{ value: 'i' }],
      [ENTERPRISE]: { department: 'D', division: 'V' },
    };
    const { body: user } = await scim.post('/Users', sent);
    const { title: _, ims: __, ...mapped } = sent;
    expect(user).toMatchObject({ ...mapped, name: { givenName: 'G' }, [ENTERPRISE]: { department: 'D' } });
    for (const [urn, path, shown] of [
      [USER, 'title', user.title],
      [USER, 'name.givenName', user.name.givenName],
      [USER, 'name.familyName', user.name.familyName],
      [USER, 'emails', user.emails],
      [USER, 'ims', user.ims],
      [ENTERPRISE, 'department', user[ENTERPRISE].department],
      [ENTERPRISE, 'division', user[ENTERPRISE].division],
    ] as const)
      expect((await attributeAt(urn, path))?.mutability, path).toBe(shown === undefined ? 'readOnly' : 'readWrite');
    const { status, body } = await scim.patch(`/Users/${user.id}`, [{ op: 'replace', path: 'title', value: 'y' }]);
    expect({ status, body }).toEqual({ status: 200, body: user });
  });

  it('names the roles that the directory may grant, which are those that it takes', async () => {
    const { scim, graphql, attributeAt } = await aDirectory({});
    const make = (key: string, grantableByDirectory: boolean) =>
      graphql('mutation ($input: CreateRoleInput!) { createRole(input: $input) { role { id } } }', {
        input: { key, name: key, permissions: [], rank: 5, grantableByDirectory },
      });
    for (const answer of [await make('pilot', true), await make('captain', false)])
      expect(answer.body.errors).toBeUndefined();
    const values = (await attributeAt(USER, 'roles.value'))?.canonicalValues ?? [];
    expect(values).toContain('pilot');
    expect(values).not.toContain('captain');
    expect(values).not.toContain('owner');
    for (const value of [...values, 'captain', 'owner'])
      expect((await scim.post('/Users', { userName: `role ${value}`, roles: [{ value }] })).status, value).toBe(
        values.includes(value) ? 201 : 400,
      );
  });

  it('names them where the preset has its own attribute or alias for roles', async () => {
    const testmail = await aDirectory({}, 'testmail');
    expect((await testmail.attributeAt(USER, 'userType'))?.canonicalValues).toEqual(['admin', 'member']);
    expect(await testmail.attributeAt(USER, 'role')).toMatchObject({
      canonicalValues: ['admin', 'member'],
      mutability: 'writeOnly',
    });
    const testomat = await aDirectory({}, 'testomat');
    const urn = 'urn:ietf:params:scim:schemas:extension:testomat:2.0:User';
    expect((await testomat.attributeAt(urn, 'testomat_roles'))?.canonicalValues?.sort()).toEqual(
      expect.arrayContaining(['billing', 'manager', 'qa', 'read']),
    );
  });
});
