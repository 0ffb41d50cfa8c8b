import type { HTTPGraphQLResponse } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { ERROR_CODES } from '#schema/error-codes.js';

/*
 * Apollo formats every error itself. Ours are made public before (`toPublicError`) and only carried through it; its own get a documented code.
 */

/** What a 401 says of how to authenticate (RFC 9110 §11.6.1). */
export const BEARER = 'Bearer realm="Rollcall"';

interface Headers {
  set(name: string, value: string): unknown;
}

/** Codes that decide the status of the whole answer, each with the header that goes with it; for others GraphQL over HTTP has the rule. */
const HTTP: Partial<Record<string, { status: number; header: readonly [name: string, value: string] }>> = {
  UNAUTHENTICATED: { status: 401, header: ['www-authenticate', BEARER] },
  DATABASE_UNAVAILABLE: { status: 503, header: ['retry-after', '2'] },
};

/** Takes an error that is already fit for the client past Apollo's own formatting, which hands on what was thrown. */
export function carry(formatted: GraphQLFormattedError, headers: Headers | undefined): GraphQLError {
  const originalError = new PublicError(formatted);
  const http = HTTP[String(formatted.extensions?.code)];
  if (!http) return new GraphQLError(formatted.message, { originalError });
  headers?.set(...http.header);
  return new GraphQLError(formatted.message, { originalError, extensions: { http: { status: http.status } } });
}

class PublicError extends Error {
  constructor(readonly formatted: GraphQLFormattedError) {
    super(formatted.message);
  }
}

/** How Apollo is to show an error: one that was carried as it is, its own with a documented code, anything unforeseen masked. */
export function formatOfApollo(formatted: GraphQLFormattedError, error: unknown, log: Logger): GraphQLFormattedError {
  if (error instanceof GraphQLError && error.originalError instanceof PublicError) return error.originalError.formatted;
  const code = codeOf(formatted, error);
  if (code !== 'INTERNAL_SERVER_ERROR') return { ...formatted, extensions: { code } };
  log.error({ err: error as Error }, 'unforeseen failure');
  return { message: 'Internal error.', extensions: { code } };
}

/**
 * The code of one of Apollo's own refusals: parsing, validation, the HTTP form. A validation rule's own code is behind Apollo's, and codes that
 * are not documented become one that is.
 */
function codeOf({ message, extensions }: GraphQLFormattedError, error: unknown): string {
  const cause = error instanceof GraphQLError ? error.originalError : null;
  if (cause instanceof GraphQLError && typeof cause.extensions.code === 'string') return cause.extensions.code;
  if (extensions?.validationErrorCode === 'MAX_RECURSIVE_SELECTIONS_EXCEEDED' || TOO_MANY_TOKENS.test(message))
    return 'LIMIT_EXCEEDED';
  const code = String(extensions?.code);
  return code in ERROR_CODES ? code : 'BAD_REQUEST';
}

const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** Apollo's own refusals do not know the request's id, which every error carries, and repeat what was sent at any length. */
export function refusalOf(answer: HTTPGraphQLResponse, requestId: string): HTTPGraphQLResponse {
  if (answer.body.kind !== 'complete') return answer;
  const body = JSON.parse(answer.body.string) as { errors?: GraphQLFormattedError[] };
  const errors = body.errors?.map(({ message, ...error }) => ({
    message: message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message,
    ...error,
    extensions: { ...error.extensions, requestId },
  }));
  return { ...answer, body: { kind: 'complete', string: JSON.stringify({ ...body, errors }) } };
}

const LONGEST_MESSAGE = 1_000;
