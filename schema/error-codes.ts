/**
 * Every code that `errors[].extensions.code` can carry, with the sentence that documents it. The list is exported so that a client
 * can switch over it exhaustively; the gateway's translation table is checked against it by the compiler.
 */
export const ERROR_CODES = {
  UNAUTHENTICATED: 'No credential, or one that is unknown, revoked, expired or meant for another door.',
  FORBIDDEN: 'The credential is known, but lacks the permission that the operation needs.',
  STEP_UP_REQUIRED: 'The session is older than 15 minutes, and this wants a fresh sign-in: at /sign-in/step-up.',
  NOT_FOUND: 'No such object in this company. Objects of other companies are never told apart from missing ones.',
  INVALID_VALUE: 'A value breaks a rule of its field: wrong type, too long, not allowed. `field` names it.',
  IMMUTABLE: 'The value was set once and cannot be changed. `field` names it.',
  UNIQUENESS: 'Another object already has this value. `field` names it.',
  VERSION_MISMATCH: 'The object changed since `expectedVersion` was read.',
  NO_TARGET: 'A value filter of the change matched nothing.',
  MANAGED_BY_DIRECTORY: 'The field belongs to a directory; change it at the identity provider.',
  NOT_MANAGED: 'The directory may not remove or deactivate a row that it does not manage.',
  UNSUPPORTED_FILTER: 'The filter cannot be evaluated: unknown attribute, or an operator that does not suit its type.',
  LAST_OWNER: 'At least one active local owner must remain.',
  IN_USE: 'The object is still referred to and cannot be deleted.',
  PLAN_REQUIRED: "The company's plan does not include this.",
  SSO_REQUIRED: 'This needs an active single sign-on connection, and the company has none.',
  DOMAIN_REQUIRED: "By the company's policy provisioning needs a verified domain, and the company has none.",
  PREVIEW_CHANGED:
    'What the preview showed is no longer what would happen, or no preview was made. Look at a new one and send its hash.',
  ADDRESS_NOT_ALLOWED: 'The token may not be used from this address.',
  ROTATION_UNDER_WAY: 'The token is being replaced already; one overlap at a time.',
  ALREADY_DECIDED: 'The run was confirmed or reverted before.',
  TOO_MANY_ATTEMPTS: 'That was tried too often, from this address or for this account. Wait for `retryAfterSeconds`.',
  LOCAL_SIGN_IN_OFF: "By the company's policy this user comes in by single sign-on only.",
  MAIL_OFF: 'The server cannot send mail: whoever runs it has to set ROLLCALL_SMTP_URL.',
  INVITATION_ACCEPTED: 'The user has come in already, so there is nothing to invite or to withdraw.',
  COMPANY_SUSPENDED: 'The company is suspended; nothing can be changed until an operator resumes it.',
  DIRECTORY_DISABLED: 'Provisioning through this directory is switched off.',
  PROFILE_CHANGED:
    "The directory's profile is newer than the one the request was translated with. Read it again and retry.",
  CONFLICT: 'Concurrent changes kept this one from being applied. Retry.',
  LIMIT_EXCEEDED: 'The document is too deep, too large or too expensive.',
  BAD_USER_INPUT: 'A variable or argument does not fit its type.',
  GRAPHQL_PARSE_FAILED: 'The document is not GraphQL.',
  GRAPHQL_VALIDATION_FAILED: 'The document does not fit the schema.',
  BAD_REQUEST: 'The HTTP request is not a GraphQL request.',
  UNKNOWN_OPERATION: "The gateway's door runs only the documents it was built with.",
  DATABASE_UNAVAILABLE: 'The database does not answer. Nothing was changed; try again after `retryAfterSeconds`.',
  INTERNAL_SERVER_ERROR: 'An unforeseen failure. It was logged under `requestId`.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
