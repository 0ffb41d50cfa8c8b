import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { toDomainError } from '#core-api/domain/database-error.js';
import { DomainError } from '#core-api/domain/errors.js';
import { ERROR_CODES } from '#schema/error-codes.js';

/**
 * The one border between what the core throws and what a client reads: a DomainError shows its code, sentence and details; GraphQL's own refusals
 * keep theirs; everything else is logged once under the request's id and masked.
 */
export function toPublicError(error: unknown, requestId: string, log: Logger): GraphQLFormattedError {
  const located = error instanceof GraphQLError ? error : null;
  const cause = toDomainError(located?.originalError ?? error);
  const place = {
    ...(located?.path && { path: located.path }),
    ...(located?.locations && { locations: located.locations }),
  };
  if (cause instanceof DomainError)
    return { message: cause.message, ...place, extensions: { code: cause.code, ...cause.details, requestId } };
  if (located && !located.originalError) {
    const code = located.extensions.code;
    if (typeof code !== 'string' || code in ERROR_CODES)
      return { message: located.message, ...place, extensions: { code: code ?? 'BAD_USER_INPUT', requestId } };
  }
  log.error({ requestId, err: cause }, 'unforeseen failure');
  return { message: 'Internal error.', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } };
}
