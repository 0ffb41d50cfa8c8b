import { type Exchange, type Handler, sendJson } from '#gateway/routes/exchange.js';
import {
  resourceTypeById,
  resourceTypes,
  schemaById,
  schemasResponse,
  serviceProviderConfig,
} from '#gateway/scim/discovery.js';
import { resourceNotFound } from '#gateway/translate/core-error.js';

/** GET /ServiceProviderConfig (RFC 7644 §4). */
export const getServiceProviderConfig: Handler = async (exchange) => {
  sendJson(exchange, 200, serviceProviderConfig(exchange.baseUrl));
};

export const listSchemas: Handler = async (exchange) => {
  sendJson(exchange, 200, schemasResponse(exchange.dialect.custom, exchange.baseUrl));
};

export const getSchema: Handler = async (exchange) => {
  sendFound(exchange, 'Schema', schemaById(exchange.id, exchange.dialect.custom, exchange.baseUrl));
};

export const listResourceTypes: Handler = async (exchange) => {
  sendJson(exchange, 200, resourceTypes(exchange.dialect.custom, exchange.baseUrl));
};

export const getResourceType: Handler = async (exchange) => {
  sendFound(exchange, 'ResourceType', resourceTypeById(exchange.id, exchange.dialect.custom, exchange.baseUrl));
};

function sendFound(exchange: Exchange, resourceType: string, found: object | null): void {
  if (!found) throw resourceNotFound(resourceType, exchange.id);
  sendJson(exchange, 200, found);
}
