import { CHALLENGE, ScimError, type ScimType, unauthorized } from '#gateway/scim/error.js';
import type { ErrorCode } from '#schema/error-codes.js';
import type { DoorError } from '#schema/gateway-door.js';

/** What the request was about, for the words of the answer. */
export interface ErrorContext {
  resourceType: 'User' | 'Group' | null;
  /** The id in the address; null when the request named none. */
  id: string | null;
  requestId: string;
}

interface Answer {
  status: number;
  scimType?: ScimType;
  /** What the sender reads; left out, it is the core's own message. */
  detail?: (error: DoorError, context: ErrorContext) => string;
  headers?: (error: DoorError) => Record<string, string>;
}

const NO_ACCESS = 'The token is missing, malformed, unknown, revoked or expired.';

/** The same answer for every credential that does not do: it tells nothing about which tokens there are. */
export function unauthenticated(): ScimError {
  return unauthorized(NO_ACCESS);
}

export function resourceNotFound(resourceType: string, id: string): ScimError {
  return new ScimError(404, null, missing(resourceType, id));
}

function missing(resourceType: string, id: string): string {
  return `${resourceType} ${id.slice(0, 100)} not found.`;
}

const retryAfter =
  (seconds: number) =>
  ({ extensions }: DoorError): Record<string, string> => ({
    'Retry-After': String(extensions?.retryAfterSeconds ?? seconds),
  });

/** The core does not answer. Whether what it was asked was done is not known. */
export function coreUnreachable(): ScimError {
  return new ScimError(503, null, 'The directory cannot be reached at the moment. Try again.', { 'Retry-After': '2' });
}

/** An error that is ours, not the caller's: nothing of it may reach the wire but the id under which it is logged. */
const UNFORESEEN: Answer = {
  status: 500,
  detail: (_, context) => unforeseen(context).detail,
};

/** The answer to what nobody foresaw: nothing but the id under which it was logged. */
export function unforeseen({ requestId }: ErrorContext): ScimError {
  return new ScimError(500, null, `Something unforeseen happened. The request id is ${requestId}.`);
}

const ANSWERS = {
  UNAUTHENTICATED: {
    status: 401,
    detail: () => NO_ACCESS,
    headers: () => CHALLENGE,
  },
  FORBIDDEN: { status: 403 },
  NOT_FOUND: {
    status: 404,
    detail: (_, { resourceType, id }) => missing(resourceType ?? 'Resource', id ?? ''),
  },
  INVALID_VALUE: { status: 400, scimType: 'invalidValue' },
  IMMUTABLE: { status: 400, scimType: 'mutability' },
  UNIQUENESS: {
    status: 409,
    scimType: 'uniqueness',
    detail: ({ extensions }) => `${extensions?.field ?? 'A value'} is already in use.`,
  },
  VERSION_MISMATCH: { status: 412, detail: () => 'The resource has changed since that version.' },
  NO_TARGET: { status: 400, scimType: 'noTarget' },
  MANAGED_BY_DIRECTORY: { status: 409 },
  NOT_MANAGED: { status: 403 },
  UNSUPPORTED_FILTER: { status: 400, scimType: 'invalidFilter' },
  LAST_OWNER: { status: 409 },
  IN_USE: { status: 409 },
  PLAN_REQUIRED: { status: 403 },
  SSO_REQUIRED: { status: 403 },
  DOMAIN_REQUIRED: { status: 403 },
  ADDRESS_NOT_ALLOWED: { status: 403 },
  // Asked of people's sessions, which the gateway's door does not take.
  STEP_UP_REQUIRED: { status: 403 },
  COMPANY_SUSPENDED: { status: 403 },
  // These are an admin's; no request of a directory leads there.
  PREVIEW_CHANGED: UNFORESEEN,
  ROTATION_UNDER_WAY: UNFORESEEN,
  ALREADY_DECIDED: UNFORESEEN,
  LOCAL_SIGN_IN_OFF: UNFORESEEN,
  MAIL_OFF: UNFORESEEN,
  INVITATION_ACCEPTED: UNFORESEEN,
  TOO_MANY_ATTEMPTS: { status: 429, headers: retryAfter(10) },
  DIRECTORY_DISABLED: { status: 403 },
  PROFILE_CHANGED: {
    status: 503,
    detail: () => 'The settings of the directory are being changed. Try again.',
    headers: retryAfter(1),
  },
  CONFLICT: { status: 503, detail: () => 'Too many changes to it at once. Try again.', headers: retryAfter(1) },
  LIMIT_EXCEEDED: { status: 400, scimType: 'tooMany', detail: () => 'The request asks for too much at once.' },
  // What did not fit a variable came from the body or the query: the documents themselves are constant.
  BAD_USER_INPUT: {
    status: 400,
    scimType: 'invalidValue',
    detail: () => 'A value is of the wrong type or out of range.',
  },
  GRAPHQL_PARSE_FAILED: UNFORESEEN,
  GRAPHQL_VALIDATION_FAILED: UNFORESEEN,
  BAD_REQUEST: UNFORESEEN,
  UNKNOWN_OPERATION: UNFORESEEN,
  DATABASE_UNAVAILABLE: {
    status: 503,
    detail: () => 'The database does not answer. Nothing was changed; try again.',
    headers: retryAfter(2),
  },
  INTERNAL_SERVER_ERROR: UNFORESEEN,
} as const satisfies Record<ErrorCode, Answer>;

/** Says in SCIM what a failure of the core means. A code that nobody knows is a 500, never a 404: a provider would delete on it. */
export function toScimError(error: DoorError, context: ErrorContext): ScimError {
  const { code, id } = error.extensions ?? {};
  const answer: Answer = code && Object.hasOwn(ANSWERS, code) ? ANSWERS[code as ErrorCode] : UNFORESEEN; // own, just checked
  // Something else than the address names is missing: a value of the body, not the resource.
  if (answer === ANSWERS.NOT_FOUND && (context.id === null || (id !== undefined && id !== context.id))) {
    return new ScimError(400, 'invalidValue', onTheWire(error.message));
  }
  const detail = answer.detail?.(error, context) ?? onTheWire(error.message);
  return new ScimError(answer.status, answer.scimType ?? null, detail, answer.headers?.(error));
}

/** Whether a failure of the core is one that we did not foresee, and so has to be looked at. */
export function isUnforeseen({ status }: ScimError): boolean {
  return status === 500;
}

/** The core says `roleValues` where the wire says `roles`. */
function onTheWire(message: string): string {
  return message.replaceAll('roleValues', 'roles');
}
