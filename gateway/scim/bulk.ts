import { excerpt, invalidSyntax, invalidValue, methodNotAllowed, ScimError } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';

/** Advertised in /ServiceProviderConfig. authentik cuts its group PATCHes by this number although they are not Bulk; 0 would mean "all at once". */
export const MOST_BULK_OPERATIONS = 1000;
export const MOST_BULK_BYTES = 4 * 1024 * 1024;

export type BulkMethod = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One operation that can be read (RFC 7644 §3.7). */
export interface BulkOperation {
  method: BulkMethod;
  resourceType: 'User' | 'Group';
  /** '' for POST; may be a reference, `bulkId:…`. */
  id: string;
  data: unknown;
  /** As If-Match would have it. */
  version: string | null;
}

/** Its place in the answer: what it was called, and what it asks for, or why that cannot be read. */
export interface ReadOperation {
  /** As it was sent; null where it was no text. */
  method: string | null;
  bulkId: string | null;
  asked: BulkOperation | ScimError;
}

export interface BulkRequest {
  operations: ReadOperation[];
  /** Null: it goes on whatever fails. */
  failOnErrors: number | null;
}

/**
 * Reads the body of a Bulk. What is wrong with one operation is that one's failure.
 *
 * @throws invalidSyntax | invalidValue (failOnErrors) | 413 over 1,000 operations
 */
export function parseBulk(body: unknown): BulkRequest {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  const operations = memberOf(body, 'operations');
  if (!Array.isArray(operations) || operations.length === 0)
    throw invalidSyntax('"Operations" must be an array of at least one operation.');
  if (operations.length > MOST_BULK_OPERATIONS)
    throw new ScimError(
      413,
      null,
      `The Bulk holds ${operations.length} operations; at most ${MOST_BULK_OPERATIONS} (maxOperations) can be sent at once.`,
    );
  const failOnErrors = parseFailOnErrors(memberOf(body, 'failOnErrors'));
  const bulkIds = new Set<string>();
  return { operations: operations.map((operation, index) => read(operation, index, bulkIds)), failOnErrors };
}

function parseFailOnErrors(value: unknown): number | null {
  if (value == null) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1)
    return Math.min(value, MOST_BULK_OPERATIONS + 1);
  throw invalidValue('failOnErrors must be an integer of at least 1.');
}

/** @param bulkIds those of the operations before it. */
function read(operation: unknown, index: number, bulkIds: Set<string>): ReadOperation {
  const place = `Operations[${index}]`;
  if (!isObject(operation))
    return { method: null, bulkId: null, asked: invalidSyntax(`${place} must be a JSON object.`) };
  const method = textOf(operation, 'method');
  const bulkId = textOf(operation, 'bulkId');
  return { method, bulkId, asked: attempt(() => readAsked(operation, { place, method, bulkId, bulkIds })) };
}

interface Naming {
  place: string;
  method: string | null;
  bulkId: string | null;
  bulkIds: Set<string>;
}

function readAsked(operation: object, { place, method, bulkId, bulkIds }: Naming): BulkOperation {
  if (method === null) throw invalidSyntax(`${place} has no method.`);
  const verb = method.toUpperCase();
  if (!isMethod(verb)) throw invalidSyntax(`The method of ${place} must be POST, PUT, PATCH or DELETE.`);
  const path = textOf(operation, 'path');
  if (path === null) throw invalidSyntax(`${place} has no path.`);
  const { resourceType, id } = readPath(path, verb);
  if (verb === 'POST' && bulkId === null) throw invalidSyntax(`${place} is a POST and has no bulkId.`);
  if (bulkId !== null && bulkIds.size === bulkIds.add(bulkId).size)
    throw invalidValue(`The bulkId ${excerpt(bulkId)} is that of another operation, too.`);
  const data = memberOf(operation, 'data');
  if (verb !== 'DELETE' && data === undefined) throw invalidSyntax(`${place} has no data.`);
  return { method: verb, resourceType, id, data, version: textOf(operation, 'version') };
}

function isMethod(verb: string): verb is BulkMethod {
  return verb === 'POST' || verb === 'PUT' || verb === 'PATCH' || verb === 'DELETE';
}

/** @throws 404 | 405, as the request by itself would be answered */
function readPath(path: string, method: BulkMethod): Pick<BulkOperation, 'resourceType' | 'id'> {
  const [, type, id = ''] = /^\/?(Users|Groups)(?:\/([^/?#]+))?\/?$/.exec(path) ?? [];
  if (type === undefined) throw new ScimError(404, null, `There is nothing at ${excerpt(path)}.`);
  if ((id === '') !== (method === 'POST'))
    throw methodNotAllowed(method, id === '' ? ['POST'] : ['PUT', 'PATCH', 'DELETE']);
  return { resourceType: type === 'Users' ? 'User' : 'Group', id: decoded(id) };
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    throw new ScimError(404, null, `There is nothing at ${excerpt(id)}.`);
  }
}

function textOf(object: object, name: string): string | null {
  const value = memberOf(object, name);
  return typeof value === 'string' && value !== '' ? value : null;
}

function attempt<T>(work: () => T): T | ScimError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
}
