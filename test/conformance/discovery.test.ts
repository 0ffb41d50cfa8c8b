import { describe, expect, it } from 'vitest';
import { GARDEN } from '#test/e2e/scim-garden.js';
import { aProvider, ENTERPRISE, GROUP, LIST, type Resource, refused, USER } from './provider.js';

const CONFIG = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';
const TYPE = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

describe('discovery', () => {
  const at = aProvider({ garden: true });
  const config = async () => (await at.scim.get('/ServiceProviderConfig')).body as Resource;
  const schema = async (urn: string) => (await at.scim.get(`/Schemas/${urn}`)).body as Resource;
  const attribute = async (urn: string, name: string) =>
    (await schema(urn)).attributes.find((each: Resource) => each.name === name);
  const every = function* (attributes: Resource[]): Generator<Resource> {
    for (const each of attributes) {
      yield each;
      yield* every(each.subAttributes ?? []);
    }
  };

  it('RFC 7643 §5: ServiceProviderConfig is a resource of its own schema', async () => {
    expect((await config()).schemas).toEqual([CONFIG]);
  });

  it('RFC 7643 §5: ServiceProviderConfig says that PATCH is supported', async () => {
    expect((await config()).patch).toEqual({ supported: true });
  });

  it('RFC 7643 §5: ServiceProviderConfig says that filters are, and how many results there are at most', async () => {
    expect((await config()).filter).toEqual({ supported: true, maxResults: 1000 });
  });

  it('RFC 7643 §5: ServiceProviderConfig names the limits of Bulk as integers', async () => {
    const { bulk } = await config();

    expect(bulk).toMatchObject({ maxOperations: expect.any(Number), maxPayloadSize: expect.any(Number) });
    expect(typeof bulk.supported).toBe('boolean');
  });

  it('RFC 7643 §5: ServiceProviderConfig says that passwords cannot be changed', async () => {
    expect((await config()).changePassword).toEqual({ supported: false });
  });

  it('RFC 7643 §5: ServiceProviderConfig says that versions are supported', async () => {
    expect((await config()).etag).toEqual({ supported: true });
  });

  it('RFC 7643 §5: ServiceProviderConfig names how clients authenticate, and one way is the primary', async () => {
    const { authenticationSchemes } = await config();

    for (const scheme of authenticationSchemes)
      expect(scheme).toMatchObject({
        type: expect.stringMatching(/^oauth/),
        name: expect.any(String),
        description: expect.any(String),
      });
    expect(authenticationSchemes.filter(({ primary }: Resource) => primary)).toHaveLength(1);
  });

  it('RFC 7643 §5: ServiceProviderConfig has a location', async () => {
    expect((await config()).meta).toMatchObject({
      resourceType: 'ServiceProviderConfig',
      location: `${at.rollcall.scimBaseUrl}/ServiceProviderConfig`,
    });
  });

  it('RFC 7644 §4: ServiceProviderConfig cannot be changed', async () => {
    expect(await at.scim.put('/ServiceProviderConfig', {})).toMatchObject(refused(405));
  });

  it('RFC 7643 §6: ResourceTypes lists User and Group', async () => {
    const { body } = await at.scim.get('/ResourceTypes');

    expect(body).toMatchObject({ schemas: [LIST], totalResults: 2 });
    expect(body.Resources.map(({ name }: Resource) => name)).toEqual(['User', 'Group']);
  });

  it('RFC 7643 §6: a resource type says its endpoint, which answers', async () => {
    const { body } = await at.scim.get('/ResourceTypes');

    for (const { endpoint } of body.Resources) expect((await at.scim.get(endpoint)).status).toBe(200);
  });

  it('RFC 7643 §6: a resource type is of its own schema', async () => {
    expect((await at.scim.get('/ResourceTypes/User')).body.schemas).toEqual([TYPE]);
  });

  it('RFC 7643 §6: a resource type names its core schema', async () => {
    expect((await at.scim.get('/ResourceTypes/User')).body.schema).toBe(USER);
    expect((await at.scim.get('/ResourceTypes/Group')).body.schema).toBe(GROUP);
  });

  it('RFC 7643 §6: a resource type names its extensions, the directory’s own too, and that none is required', async () => {
    expect((await at.scim.get('/ResourceTypes/User')).body.schemaExtensions).toEqual(
      expect.arrayContaining([
        { schema: ENTERPRISE, required: false },
        { schema: GARDEN, required: false },
      ]),
    );
  });

  it('RFC 7643 §6: a resource type that is not there is 404', async () => {
    expect(await at.scim.get('/ResourceTypes/Device')).toMatchObject(refused(404));
  });

  it('RFC 7644 §4: ResourceTypes can be read one by one, as in their list', async () => {
    const { body } = await at.scim.get('/ResourceTypes');

    for (const type of body.Resources) expect((await at.scim.get(`/ResourceTypes/${type.id}`)).body).toEqual(type);
  });

  it('RFC 7643 §7: Schemas lists every schema that a resource may have', async () => {
    const { body } = await at.scim.get('/Schemas');

    expect(body.Resources.map(({ id }: Resource) => id)).toEqual(
      expect.arrayContaining([USER, GROUP, ENTERPRISE, GARDEN]),
    );
  });

  it('RFC 7643 §7: a schema’s id is its URN', async () => {
    expect(await schema(USER)).toMatchObject({ id: USER, name: 'User', description: expect.stringMatching(/\w/) });
  });

  it('RFC 7643 §7: a schema says where it is', async () => {
    expect((await schema(USER)).meta).toMatchObject({
      resourceType: 'Schema',
      location: `${at.rollcall.scimBaseUrl}/Schemas/${USER}`,
    });
  });

  it('RFC 7644 §4: Schemas can be read one by one, as in their list', async () => {
    const { body } = await at.scim.get('/Schemas');

    for (const each of body.Resources) expect(await schema(each.id)).toEqual(each);
  });

  it('RFC 7644 §4: a schema that is not there is 404', async () => {
    expect(await at.scim.get('/Schemas/urn:example:nothing')).toMatchObject(refused(404));
  });

  it('RFC 7644 §4: what is discovered cannot be filtered: 403', async () => {
    for (const path of ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig'])
      expect(await at.scim.get(`${path}?filter=id+pr`)).toMatchObject(refused(403));
  });

  it('RFC 7644 §4: what is discovered is not paged', async () => {
    expect((await at.scim.get('/Schemas?startIndex=2&count=1')).body).toEqual((await at.scim.get('/Schemas')).body);
  });

  it('RFC 7644 §4: schemas cannot be made by SCIM', async () => {
    expect(await at.scim.post('/Schemas', { schemas: [SCHEMA], id: 'urn:x', name: 'X' })).toMatchObject(refused(405));
  });

  it('RFC 7643 §7: each attribute says all that it is', async () => {
    const { body } = await at.scim.get('/Schemas');

    for (const { attributes } of body.Resources)
      for (const each of every(attributes))
        expect(each, each.name).toMatchObject({
          name: expect.stringMatching(/^[$a-z][\w$-]*$/i),
          type: expect.stringMatching(/^(string|boolean|decimal|integer|dateTime|reference|binary|complex)$/),
          multiValued: expect.any(Boolean),
          description: expect.stringMatching(/\w/),
          required: expect.any(Boolean),
          mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
          returned: expect.stringMatching(/^(always|never|default|request)$/),
        });
  });

  it('RFC 7643 §7: complex attributes, and no others, have sub-attributes', async () => {
    const { body } = await at.scim.get('/Schemas');

    for (const { attributes } of body.Resources)
      for (const each of every(attributes)) expect('subAttributes' in each, each.name).toBe(each.type === 'complex');
  });

  it('RFC 7643 §7: references, and no others, say what they refer to', async () => {
    const { body } = await at.scim.get('/Schemas');

    for (const { attributes } of body.Resources)
      for (const each of every(attributes)) expect('referenceTypes' in each, each.name).toBe(each.type === 'reference');
  });

  it('RFC 7643 §8.7.1: userName is required, unique and not caseExact', async () => {
    expect(await attribute(USER, 'userName')).toMatchObject({ required: true, uniqueness: 'server', caseExact: false });
  });

  it('RFC 7643 §8.7.1: groups is readOnly, and so are its parts', async () => {
    const groups = await attribute(USER, 'groups');

    for (const each of every([groups])) expect(each.mutability, each.name).toBe('readOnly');
  });

  it('RFC 7643 §8.7.1: canonical types of emails and phoneNumbers are named', async () => {
    const typesOf = async (name: string) =>
      (await attribute(USER, name)).subAttributes.find((each: Resource) => each.name === 'type').canonicalValues;

    expect(await typesOf('emails')).toEqual(['work', 'home', 'other']);
    expect(await typesOf('phoneNumbers')).toEqual(['work', 'home', 'mobile', 'fax', 'pager', 'other']);
  });

  it('RFC 7643 §8.7.1: the members of groups are users and groups, and immutable', async () => {
    const parts = (await attribute(GROUP, 'members')).subAttributes;

    expect(parts.find((each: Resource) => each.name === 'value').mutability).toBe('immutable');
    expect(parts.find((each: Resource) => each.name === '$ref').referenceTypes).toEqual(['User', 'Group']);
  });

  it('RFC 7643 §8.7.1: the enterprise extension has six attributes', async () => {
    expect((await schema(ENTERPRISE)).attributes.map(({ name }: Resource) => name)).toEqual([
      'employeeNumber',
      'costCenter',
      'organization',
      'division',
      'department',
      'manager',
    ]);
  });

  it('RFC 7643 §7: the directory’s own extension is described with its types', async () => {
    expect((await schema(GARDEN)).attributes.map(({ name, type }: Resource) => [name, type])).toEqual([
      ['plot', 'string'],
      ['beds', 'integer'],
      ['yield', 'decimal'],
      ['tidy', 'boolean'],
      ['sown', 'dateTime'],
      ['plants', 'string'],
      ['shed', 'complex'],
      ['tools', 'complex'],
    ]);
  });

  it('RFC 7643 §7: every attribute that a user shows is in a schema that it names', async () => {
    const user = await at.aUser({
      title: 'Lead',
      emails: [{ value: 'a@x.example' }],
      [ENTERPRISE]: { division: 'N' },
      [GARDEN]: { beds: 1 },
    });

    for (const urn of user.schemas) {
      const known = (await schema(urn)).attributes.map(({ name }: Resource) => name);
      const shown = Object.keys(urn === USER ? user : user[urn]).filter((name) => !name.includes(':'));
      expect([...known, 'schemas', 'id', 'externalId', 'meta']).toEqual(expect.arrayContaining(shown));
    }
  });
});
