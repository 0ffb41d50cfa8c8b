import { type Exchange, type Handler, sendJson } from '#gateway/routes/exchange.js';
import {
  resourceTypeById,
  resourceTypes,
  schemaById,
  schemasResponse,
  serviceProviderConfig,
} from '#gateway/scim/discovery.js';
import { ScimError } from '#gateway/scim/error.js';
import { resourceNotFound } from '#gateway/translate/core-error.js';

/** GET /ServiceProviderConfig (RFC 7644 §4). */
export const getServiceProviderConfig: Handler = async (exchange) => {
  sendWhole(exchange, serviceProviderConfig(exchange.baseUrl));
};

export const listSchemas: Handler = async (exchange) => {
  sendWhole(exchange, schemasResponse(exchange.dialect.custom, exchange.baseUrl));
};

export const getSchema: Handler = async (exchange) => {
  sendFound(exchange, 'Schema', schemaById(exchange.id, exchange.dialect.custom, exchange.baseUrl));
};

export const listResourceTypes: Handler = async (exchange) => {
  sendWhole(exchange, resourceTypes(exchange.dialect.custom, exchange.baseUrl));
};

export const getResourceType: Handler = async (exchange) => {
  sendFound(exchange, 'ResourceType', resourceTypeById(exchange.id, exchange.dialect.custom, exchange.baseUrl));
};

/** Refuses a filter, as §4 asks: whoever sends one would take the whole for what matches. */
function sendWhole(exchange: Exchange, found: object): void {
  if (exchange.query.get('filter')) throw new ScimError(403, null, 'What is discovered here cannot be filtered.');
  sendJson(exchange, 200, found);
}

function sendFound(exchange: Exchange, resourceType: string, found: object | null): void {
  if (!found) throw resourceNotFound(resourceType, exchange.id);
  sendJson(exchange, 200, found);
}
