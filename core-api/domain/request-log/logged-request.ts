import type { NewRequestLogEntry } from '#core-api/persistence/stores/request-log.js';
import { invalidValue } from '../errors.js';
import { isId } from '../new-id.js';

/** One entry as the gateway tells of it, and whose it is. */
export type LoggedRequest = NewRequestLogEntry & { companyId: string };

const MOST_ENTRIES = 1_000;
const HEXADECIMAL = /^(?:[0-9a-f]{2})*$/;
const MOST = 2 ** 31;
/** The last millisecond that there is a Date for. */
const LATEST = 8.64e15;

const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0');
const isNothing = (value: unknown): value is null | undefined => value === null || value === undefined;
const isInt = (value: unknown) => Number.isInteger(value) && Math.abs(value as number) < MOST;
const isTime = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LATEST;
const isIdOfOurs = (value: unknown) => typeof value === 'string' && isId(value);
const orNothing = (is: (value: unknown) => boolean) => (value: unknown) => isNothing(value) || is(value);
const isTextOrNothing = orNothing(isText);
const isListOf = (members: Members) => (value: unknown) =>
  Array.isArray(value) && value.every((each) => faultIn(each, members) === null);

type Members = readonly (readonly [name: string, isRight: (value: unknown) => boolean])[];

const TOLERANCE: Members = [
  ['name', isText],
  ['count', isInt],
];
const OPERATION: Members = [
  ['id', isText],
  ['code', isTextOrNothing],
  ['durationMs', isInt],
];
const ENTRY: Members = Object.entries({
  requestId: isIdOfOurs,
  companyId: isIdOfOurs,
  credentialId: orNothing(isIdOfOurs),
  tokenHash: orNothing((value) => typeof value === 'string' && HEXADECIMAL.test(value)),
  at: isTime,
  method: isText,
  path: isText,
  status: isInt,
  durationMs: isInt,
  clientAddress: isTextOrNothing,
  userAgent: isTextOrNothing,
  error: isTextOrNothing,
  requestBody: isTextOrNothing,
  responseBody: isTextOrNothing,
  tolerances: isListOf(TOLERANCE),
  operations: isListOf(OPERATION),
} satisfies Record<keyof LoggedRequest, (value: unknown) => boolean>);

/**
 * The entries that came as JSON. They are looked at here and nowhere else: as input of GraphQL each member would be coerced and copied, which costs as much
 * as storing it.
 *
 * @throws INVALID_VALUE, naming the first member that is not what it has to be; for more than 1,000.
 */
export function readLoggedRequests(value: unknown): LoggedRequest[] {
  if (!Array.isArray(value)) throw invalidValue('entriesJson', 'entriesJson is no list of entries.');
  if (value.length > MOST_ENTRIES)
    throw invalidValue('entriesJson', `At most ${MOST_ENTRIES} entries can be appended at once.`);
  for (const [index, entry] of value.entries()) {
    const fault = faultIn(entry, ENTRY);
    if (fault !== null) throw invalidValue(`entriesJson.${index}.${fault}`, `An entry is not right: ${fault}.`);
  }
  return value as LoggedRequest[]; // just looked at
}

/** The first member that is missing or wrong; null when all are right. */
function faultIn(value: unknown, members: Members): string | null {
  if (typeof value !== 'object' || value === null) return 'entry';
  const object = value as Record<string, unknown>; // of which nothing is believed
  for (const [name, isRight] of members) if (!isRight(object[name])) return name;
  return null;
}
