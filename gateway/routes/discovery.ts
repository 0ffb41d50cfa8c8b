import { createHash } from 'node:crypto';
import { type Exchange, type Handler, sendJson, sendNothing } from '#gateway/routes/exchange.js';
import { isNotModified } from '#gateway/routes/preconditions.js';
import {
  resourceTypeById,
  resourceTypes,
  schemaById,
  schemasResponse,
  serviceProviderConfig,
} from '#gateway/scim/discovery.js';
import { ScimError } from '#gateway/scim/error.js';
import type { ListResponse } from '#gateway/scim/list.js';
import type { SchemaDefinition } from '#gateway/scim/schemas.js';
import { resourceNotFound } from '#gateway/translate/core-error.js';
import { describeSchemas, rolePath, roleValuesOf } from '#gateway/translate/described-schemas.js';
import { GrantableRoles } from '#schema/generated/gateway.js';

/** A page of the core is no longer. */
const MOST_ROLES = 100;

/** GET /ServiceProviderConfig (RFC 7644 §4). */
export const getServiceProviderConfig: Handler = async (exchange) => {
  refuseFilter(exchange);
  sendVersioned(exchange, serviceProviderConfig(exchange.baseUrl));
};

export const listSchemas: Handler = async (exchange) => {
  sendList(exchange, schemasResponse(await schemasOf(exchange), exchange.baseUrl));
};

export const getSchema: Handler = async (exchange) => {
  sendFound(exchange, 'Schema', schemaById(exchange.id, await schemasOf(exchange), exchange.baseUrl));
};

export const listResourceTypes: Handler = async (exchange) => {
  sendList(exchange, resourceTypes(exchange.dialect.custom, exchange.baseUrl));
};

export const getResourceType: Handler = async (exchange) => {
  sendFound(exchange, 'ResourceType', resourceTypeById(exchange.id, exchange.dialect.custom, exchange.baseUrl));
};

/** The names of roles are read for it, which no other request needs; where there are more than one page of them, none is named rather than some. */
async function schemasOf({ core, dialect, userId }: Exchange): Promise<SchemaDefinition[]> {
  // A token of one user may not read them.
  if (userId !== null || rolePath(dialect.profile, dialect.aliases) === null) return describeSchemas(dialect, null);
  const { roles } = await core.request(GrantableRoles, { first: MOST_ROLES });
  return describeSchemas(dialect, roles.pageInfo.hasNextPage ? null : roleValuesOf(dialect.profile, roles.nodes));
}

/** As §4 asks: whoever sends one would take the whole for what matches. */
function refuseFilter({ query }: Exchange): void {
  if (query.get('filter')) throw new ScimError(403, null, 'What is discovered here cannot be filtered.');
}

function sendList(exchange: Exchange, list: ListResponse): void {
  refuseFilter(exchange);
  sendJson(exchange, 200, { ...list, Resources: list.Resources.map(versioned) });
}

function sendFound(exchange: Exchange, resourceType: string, found: object | null): void {
  if (!found) throw resourceNotFound(resourceType, exchange.id);
  sendVersioned(exchange, found);
}

/** Answers a read of one resource, or that it is still the version that the caller has. */
export function sendVersioned(
  exchange: Pick<Exchange, 'req' | 'res' | 'mediaType' | 'recording'>,
  resource: object,
): void {
  const found = versioned(resource);
  const headers = { ETag: found.meta.version };
  if (isNotModified(exchange.req, headers.ETag)) sendNothing(exchange, { status: 304, headers });
  else sendJson(exchange, 200, found, headers);
}

/** What is discovered is stored nowhere and counts no changes: its version is made of what it says. */
function versioned(resource: object): { meta: { version: string } } {
  const digest = createHash('sha256').update(JSON.stringify(resource)).digest('base64url').slice(0, 22);
  const { meta } = resource as { meta?: object };
  return { ...resource, meta: { ...meta, version: `W/"${digest}"` } };
}
