import { type Exchange, type Handler, sendJson } from '#gateway/routes/exchange.js';
import {
  resourceTypeById,
  resourceTypes,
  schemaById,
  schemasResponse,
  serviceProviderConfig,
} from '#gateway/scim/discovery.js';
import { ScimError } from '#gateway/scim/error.js';
import type { SchemaDefinition } from '#gateway/scim/schemas.js';
import { resourceNotFound } from '#gateway/translate/core-error.js';
import { describeSchemas, rolePath, roleValuesOf } from '#gateway/translate/described-schemas.js';
import { GrantableRoles } from '#schema/generated/gateway.js';

/** A page of the core is no longer. */
const MOST_ROLES = 100;

/** GET /ServiceProviderConfig (RFC 7644 §4). */
export const getServiceProviderConfig: Handler = async (exchange) => {
  sendWhole(exchange, serviceProviderConfig(exchange.baseUrl));
};

export const listSchemas: Handler = async (exchange) => {
  sendWhole(exchange, schemasResponse(await schemasOf(exchange), exchange.baseUrl));
};

export const getSchema: Handler = async (exchange) => {
  sendFound(exchange, 'Schema', schemaById(exchange.id, await schemasOf(exchange), exchange.baseUrl));
};

export const listResourceTypes: Handler = async (exchange) => {
  sendWhole(exchange, resourceTypes(exchange.dialect.custom, exchange.baseUrl));
};

export const getResourceType: Handler = async (exchange) => {
  sendFound(exchange, 'ResourceType', resourceTypeById(exchange.id, exchange.dialect.custom, exchange.baseUrl));
};

/** The names of roles are read for it, which no other request needs; where there are more than one page of them, none is named rather than some. */
async function schemasOf({ core, dialect }: Exchange): Promise<SchemaDefinition[]> {
  if (rolePath(dialect.profile, dialect.aliases) === null) return describeSchemas(dialect, null);
  const { roles } = await core.request(GrantableRoles, { first: MOST_ROLES });
  return describeSchemas(dialect, roles.pageInfo.hasNextPage ? null : roleValuesOf(dialect.profile, roles.nodes));
}

/** Refuses a filter, as §4 asks: whoever sends one would take the whole for what matches. */
function sendWhole(exchange: Exchange, found: object): void {
  if (exchange.query.get('filter')) throw new ScimError(403, null, 'What is discovered here cannot be filtered.');
  sendJson(exchange, 200, found);
}

function sendFound(exchange: Exchange, resourceType: string, found: object | null): void {
  if (!found) throw resourceNotFound(resourceType, exchange.id);
  sendJson(exchange, 200, found);
}
