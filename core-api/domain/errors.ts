import type { ErrorCode } from '#schema/error-codes.js';

/** What an error may say beside its code and sentence. All of it reaches the client. */
export interface ErrorDetails {
  /** The input field that is at fault, dotted: `emails.value`. */
  field?: string;
  /** The object that is at fault. */
  id?: string;
  /** The directory that owns what was touched, and what it owns (MANAGED_BY_DIRECTORY). */
  directory?: string;
  fields?: readonly string[];
  retryAfterSeconds?: number;
}

/** A rule's refusal: foreseen, safe to show, and without effect on any row. Everything else that is thrown is an unforeseen failure. */
export class DomainError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
    this.name = 'DomainError';
  }
}

export const notFound = (type: string, id: string) => new DomainError('NOT_FOUND', `${type} ${id} not found.`, { id });
export const taken = (field: string) => new DomainError('UNIQUENESS', `${field} is already in use.`, { field });
export const invalidValue = (field: string, message: string) => new DomainError('INVALID_VALUE', message, { field });
export const forbidden = (message: string) => new DomainError('FORBIDDEN', message);
export const companySuspended = () => new DomainError('COMPANY_SUSPENDED', 'The company is suspended.');
export const unauthenticated = () =>
  new DomainError('UNAUTHENTICATED', 'The credential is missing, unknown, revoked or expired.');
export const versionMismatch = (type: string, id: string) =>
  new DomainError('VERSION_MISMATCH', `${type} ${id} has changed since it was read.`, { id });
export const unsupportedFilter = (message: string) => new DomainError('UNSUPPORTED_FILTER', message);
export const conflict = () =>
  new DomainError('CONFLICT', 'Too many changes at once; try again.', { retryAfterSeconds: 1 });
