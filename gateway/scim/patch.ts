import { noteSchemas } from '#gateway/scim/body-schemas.js';
import { excerpt, invalidPath, invalidSyntax, invalidValue, noTarget, tooMany } from '#gateway/scim/error.js';
import { isObject, memberOf } from '#gateway/scim/json-object.js';
import { type PatchPath, parsePath } from '#gateway/scim/path.js';
import type { ResourceSchema } from '#gateway/scim/schemas.js';
import { type Note, unheard } from '#gateway/scim/tolerances.js';
import { PATCH_URN } from '#gateway/scim/urns.js';

export interface PatchOp {
  op: 'add' | 'replace' | 'remove';
  /** Null for add and replace whose `value` is an object of attributes. */
  path: PatchPath | null;
  /** Undefined only on a remove that names no values. Null on a replace means: clear. */
  value: unknown;
}

const MAX_OPERATIONS = 1000;
const BODY_KEYS: readonly string[] = ['schemas', 'operations'];
const OPERATION_KEYS: readonly string[] = ['op', 'path', 'value'];

/**
 * Reads the body of a PATCH (RFC 7644 §3.5.2), in the forms that providers send: `Replace`, keys in any case, no
 * `schemas`, keys nobody knows, an empty list of operations. Values are not looked into.
 *
 * @param schema see `parsePath`.
 * @param note hears of the forms that are not the RFC's.
 * @throws invalidSyntax | invalidPath | invalidValue | noTarget (a remove without path) | tooMany (over 1,000).
 */
export function parsePatch(body: unknown, schema?: ResourceSchema, note: Note = unheard): PatchOp[] {
  if (!isObject(body)) throw invalidSyntax('The body must be a JSON object.');
  const operations = memberOf(body, 'operations');
  if (!Array.isArray(operations)) throw invalidSyntax('"Operations" must be an array.');
  if (operations.length > MAX_OPERATIONS) {
    throw tooMany(`"Operations" holds ${operations.length} operations; ${MAX_OPERATIONS} can be sent at once.`);
  }
  noteSchemas(body, [PATCH_URN], note);
  noteExtraKeys(body, BODY_KEYS, '', note);
  if (operations.length === 0) note('NO_OPERATIONS', 'Operations');
  return operations.map((operation, index) => parseOperation(operation, index, note, schema));
}

function parseOperation(operation: unknown, index: number, note: Note, schema?: ResourceSchema): PatchOp {
  const place = `Operations[${index}]`;
  if (!isObject(operation)) throw invalidSyntax(`${place} must be a JSON object.`);

  noteExtraKeys(operation, OPERATION_KEYS, `${place}.`, note);
  const op = parseOp(memberOf(operation, 'op'), place, note);
  const path = parseOptionalPath(memberOf(operation, 'path'), place, note, schema);
  const value = memberOf(operation, 'value');
  if (op === 'remove') {
    if (!path) throw noTarget(`${place} removes, but has no path that says what.`);
    if (value != null) note('VALUES_TO_REMOVE', `${place}.value`);
    return { op, path, value: value ?? undefined };
  }
  if (value === undefined) throw invalidValue(`${place} has no value.`);
  if (!path && !isObject(value)) throw invalidValue(`${place} has no path, so its value must be a JSON object.`);
  // Okta and OneLogin write "" for an attribute that was emptied; unassigned is null (RFC 7643 §2.5).
  const isEmptied = op === 'replace' && value === '';
  if (isEmptied) note('EMPTY_TEXT', `${place}.value`);
  return { op, path, value: isEmptied ? null : value };
}

function parseOp(value: unknown, place: string, note: Note): PatchOp['op'] {
  const op = typeof value === 'string' ? value.toLowerCase() : value;
  if (op === 'add' || op === 'replace' || op === 'remove') {
    if (op !== value) note('OP_IN_CAPITALS', `${place}.op`, String(value));
    return op;
  }
  const found = typeof value === 'string' ? `, not ${excerpt(value)}` : '';
  throw invalidSyntax(`The op of ${place} must be add, replace or remove${found}.`);
}

function noteExtraKeys(object: object, known: readonly string[], place: string, note: Note): void {
  for (const key of Object.keys(object)) if (!known.includes(key.toLowerCase())) note('EXTRA_KEY', `${place}${key}`);
}

/** An empty path is no path. */
function parseOptionalPath(value: unknown, place: string, note: Note, schema?: ResourceSchema): PatchPath | null {
  if (value === '') note('EMPTY_PATH', `${place}.path`);
  if (value == null || value === '') return null;
  if (typeof value !== 'string') throw invalidPath(`The path of ${place} must be a string.`);
  return parsePath(value, schema, note);
}
