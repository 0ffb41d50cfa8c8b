import { MOST_BULK_BYTES, MOST_BULK_OPERATIONS } from '#gateway/scim/bulk.js';
import {
  CURSOR_TIMEOUT_SECONDS,
  DEFAULT_COUNT,
  type ListResponse,
  listResponse,
  MAX_COUNT,
} from '#gateway/scim/list.js';
import {
  type AttributeDefinition,
  GROUP,
  RESOURCE_TYPE_URN,
  type ResourceSchema,
  SCHEMA_URN,
  type SchemaDefinition,
  SPC_URN,
  USER_CORE,
  userSchema,
} from '#gateway/scim/schemas.js';

/** In use, but not listed: Entra's validator refuses a User schema that names them. */
const UNLISTED = { attribute: 'password', sub: { of: 'emails', name: 'display' } };

/** GET /Schemas. `schemas`: as they are for the caller; `baseUrl` without a slash at its end. */
export function schemasResponse(schemas: SchemaDefinition[], baseUrl: string): ListResponse {
  return wholeList(schemas.map((schema) => schemaBody(schema, baseUrl)));
}

/** GET /Schemas/{urn}; null when there is no such schema. URNs ignore case. */
export function schemaById(id: string, schemas: SchemaDefinition[], baseUrl: string): object | null {
  const schema = schemas.find((each) => each.id.toLowerCase() === id.toLowerCase());
  return schema ? schemaBody(schema, baseUrl) : null;
}

/** GET /ResourceTypes. */
export function resourceTypes(custom: SchemaDefinition[], baseUrl: string): ListResponse {
  return wholeList([resourceTypeBody(userSchema(custom), baseUrl), resourceTypeBody(GROUP, baseUrl)]);
}

/** GET /ResourceTypes/{User|Group}; null for any other. */
export function resourceTypeById(id: string, custom: SchemaDefinition[], baseUrl: string): object | null {
  if (id === 'User') return resourceTypeBody(userSchema(custom), baseUrl);
  if (id === 'Group') return resourceTypeBody(GROUP, baseUrl);
  return null;
}

/** GET /ServiceProviderConfig (RFC 7643 §5). */
export function serviceProviderConfig(baseUrl: string): object {
  return {
    schemas: [SPC_URN],
    patch: { supported: true },
    bulk: { supported: true, maxOperations: MOST_BULK_OPERATIONS, maxPayloadSize: MOST_BULK_BYTES },
    filter: { supported: true, maxResults: MAX_COUNT },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    // RFC 9865 §4.
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: DEFAULT_COUNT,
      maxPageSize: MAX_COUNT,
      cursorTimeout: CURSOR_TIMEOUT_SECONDS,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'The token of the directory, sent in the Authorization header as "Bearer" followed by the token.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
      {
        type: 'oauth2',
        name: 'OAuth 2.0 client credentials',
        description:
          'An access token for an hour, by the grant "client_credentials" from /oauth/token, sent in the same way.',
        specUri: 'https://www.rfc-editor.org/info/rfc6749',
        primary: false,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${baseUrl}/ServiceProviderConfig` },
  };
}

function schemaBody({ id, name, description, attributes }: SchemaDefinition, baseUrl: string): object {
  return {
    schemas: [SCHEMA_URN],
    id,
    name,
    description,
    attributes: id === USER_CORE.id ? attributes.flatMap(listedUserAttribute) : attributes,
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${id}` },
  };
}

function listedUserAttribute(attribute: AttributeDefinition): AttributeDefinition[] {
  if (attribute.name === UNLISTED.attribute) return [];
  if (attribute.name !== UNLISTED.sub.of) return [attribute];
  return [{ ...attribute, subAttributes: attribute.subAttributes?.filter(({ name }) => name !== UNLISTED.sub.name) }];
}

function resourceTypeBody({ resourceType, core, extensions }: ResourceSchema, baseUrl: string): object {
  return {
    schemas: [RESOURCE_TYPE_URN],
    id: resourceType,
    name: resourceType,
    description: core.description,
    endpoint: `/${resourceType}s`,
    schema: core.id,
    schemaExtensions: extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${resourceType}` },
  };
}

function wholeList(resources: object[]): ListResponse {
  return listResponse({ totalResults: resources.length, startIndex: 1, resources });
}
