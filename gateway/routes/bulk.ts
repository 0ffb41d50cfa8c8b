import { BulkJob, type Outcome } from '#gateway/routes/bulk-job.js';
import { type Handler, sendJson } from '#gateway/routes/exchange.js';
import { parseBulk, type ReadOperation } from '#gateway/scim/bulk.js';
import { ScimError } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import { BULK_RESPONSE_URN } from '#gateway/scim/urns.js';
import { statusOf } from '#gateway/translate/bulk-operation.js';
import { resourceLocation, toETag } from '#gateway/translate/resource-meta.js';

/** So many operations of a Bulk count as one request: what they cost together when they are written in sets. */
const OPERATIONS_OF_A_REQUEST = 10;

/** How many requests more a Bulk counts as, for the directory's rate. */
export function costOfBulk(body: unknown): number {
  const operations = isObject(body) ? memberOf(body, 'operations') : null;
  return Array.isArray(operations) ? Math.floor(operations.length / OPERATIONS_OF_A_REQUEST) : 0;
}

/** POST /Bulk (RFC 7644 §3.7): 200 whatever fails of it; what was not tried is not in the answer. */
export const postBulk: Handler = async (exchange) => {
  const bulk = parseBulk(exchange.body);
  const outcomes = await new BulkJob(bulk, exchange).run();
  const failures = [...outcomes.values()].flatMap(({ error }) => error ?? []);
  if (failures.length > 0)
    exchange.recording.error = `${failures.length} of ${outcomes.size} operations failed, the first because: ${failures[0]!.detail}`;
  const operations = bulk.operations.flatMap((operation, index) => {
    const outcome = outcomes.get(index);
    return outcome ? [answerTo(operation, outcome, exchange.baseUrl)] : [];
  });
  sendJson(exchange, 200, { schemas: [BULK_RESPONSE_URN], Operations: operations });
};

/** §3.7.3: the location of whatever is there, and the body of what failed. */
function answerTo({ method, bulkId, asked }: ReadOperation, { id, version, error }: Outcome, baseUrl: string): object {
  const isRead = !(asked instanceof ScimError);
  return {
    ...(method !== null && { method: isRead ? asked.method : method }),
    ...(bulkId !== null && { bulkId }),
    ...(version !== null && { version: toETag(version) }),
    ...(id !== null && isRead && { location: resourceLocation(asked.resourceType, id, baseUrl) }),
    status: error || !isRead ? String(error?.status) : statusOf(asked),
    ...(error && { response: error.toBody() }),
  };
}
