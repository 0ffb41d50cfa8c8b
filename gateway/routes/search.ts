import type { Handler } from '#gateway/routes/exchange.js';
import { parseSearchRequest } from '#gateway/scim/search-request.js';

/** POST to `/.search` (RFC 7644 §3.4.3): the list of a GET, whose parameters are in the body. Those of the address are not looked at. */
export function searchIn(list: Handler): Handler {
  return (exchange) => list({ ...exchange, query: parseSearchRequest(exchange.body, exchange.dialect.note) });
}
