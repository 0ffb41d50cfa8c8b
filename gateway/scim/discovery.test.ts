import { describe, expect, it } from 'vitest';
import { attribute } from '#gateway/scim/attribute.js';
import {
  resourceTypeById,
  resourceTypes,
  schemaById,
  schemasResponse,
  serviceProviderConfig,
} from '#gateway/scim/discovery.js';
import {
  ENTERPRISE,
  ENTERPRISE_URN,
  GROUP_URN,
  groupCore,
  LIST_URN,
  RESOURCE_TYPE_URN,
  SCHEMA_URN,
  SPC_URN,
  USER_CORE,
  USER_URN,
} from '#gateway/scim/schemas.js';

const BASE = 'https://rollcall.example/scim/v2';
const ACME_URN = 'urn:acme:2.0:User';
const CUSTOM = [{ id: ACME_URN, name: 'Acme', description: 'Of Acme.', attributes: [attribute('badge', 'A badge.')] }];
const SCHEMAS = [USER_CORE, groupCore('NEST'), ENTERPRISE, ...CUSTOM];

const namesIn = (attributes: { name: string; subAttributes?: { name: string }[] }[]) =>
  attributes.flatMap(({ name, subAttributes = [] }) => [name, ...subAttributes.map((sub) => `${name}.${sub.name}`)]);

describe('schemasResponse', () => {
  it('lists the three standard schemas and the custom ones', () => {
    expect(schemasResponse(SCHEMAS, BASE)).toMatchObject({
      schemas: [LIST_URN],
      totalResults: 4,
      startIndex: 1,
      itemsPerPage: 4,
      Resources: [{ id: USER_URN }, { id: GROUP_URN }, { id: ENTERPRISE_URN }, { id: ACME_URN }],
    });
  });

  it('describes each attribute in full, with no null anywhere (Entra stops at one)', () => {
    const text = JSON.stringify(schemasResponse(SCHEMAS, BASE));
    expect(text).not.toContain('null');
    expect(text).not.toContain('"description":""');
  });

  it('does not list what the validator of Entra refuses', () => {
    const { attributes } = schemaById(USER_URN, SCHEMAS, BASE) as { attributes: { name: string }[] };
    const names = namesIn(attributes);
    expect(names).not.toContain('password');
    expect(names).not.toContain('emails.display');
    expect(names).toEqual(expect.arrayContaining(['emails.value', 'phoneNumbers.display', 'groups.$ref', 'timezone']));
  });
});

describe('schemaById', () => {
  it('finds a schema in any case', () => {
    expect(schemaById(ACME_URN.toUpperCase(), SCHEMAS, BASE)).toEqual({
      schemas: [SCHEMA_URN],
      ...CUSTOM[0],
      meta: { resourceType: 'Schema', location: `${BASE}/Schemas/${ACME_URN}` },
    });
  });

  it('finds nothing for another company’s extension', () => {
    expect(schemaById(ACME_URN, [USER_CORE], BASE)).toBeNull();
  });
});

describe('resourceTypes', () => {
  it('lists users with their extensions, and groups', () => {
    expect(resourceTypes(CUSTOM, BASE).Resources).toEqual([
      {
        schemas: [RESOURCE_TYPE_URN],
        id: 'User',
        name: 'User',
        description: expect.any(String),
        endpoint: '/Users',
        schema: USER_URN,
        schemaExtensions: [
          { schema: ENTERPRISE_URN, required: false },
          { schema: ACME_URN, required: false },
        ],
        meta: { resourceType: 'ResourceType', location: `${BASE}/ResourceTypes/User` },
      },
      expect.objectContaining({ id: 'Group', endpoint: '/Groups', schema: GROUP_URN, schemaExtensions: [] }),
    ]);
  });

  it.each([
    ['User', { id: 'User' }],
    ['Group', { id: 'Group' }],
  ])('finds %s by id', (id, expected) => {
    expect(resourceTypeById(id, [], BASE)).toMatchObject(expected);
  });

  it('finds no other', () => {
    expect(resourceTypeById('Device', [], BASE)).toBeNull();
  });
});

describe('serviceProviderConfig', () => {
  it('promises what is there', () => {
    const config = serviceProviderConfig(BASE);
    expect(config).toMatchObject({
      schemas: [SPC_URN],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 4194304 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: false },
      sort: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: 1000,
        cursorTimeout: 3600,
      },
      etag: { supported: true },
      authenticationSchemes: [
        { type: 'oauthbearertoken', primary: true },
        { type: 'oauth2', primary: false },
      ],
      meta: { resourceType: 'ServiceProviderConfig', location: `${BASE}/ServiceProviderConfig` },
    });
    expect(JSON.stringify(config)).not.toContain('null');
  });
});
