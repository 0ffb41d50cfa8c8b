import { conflict, DomainError, taken } from './errors.js';

/** Unique constraints and indexes, and the field a client has to change. */
const TAKEN: Record<string, string> = {
  user_user_name_unique: 'userName',
  user_external_id_unique: 'externalId',
  team_display_name_unique: 'displayName',
  team_external_id_unique: 'externalId',
  role_key_unique: 'key',
  role_default_unique: 'isDefault',
  role_mapping_unique: 'create',
  project_key_unique: 'key',
  company_slug_unique: 'slug',
  directory_name_unique: 'name',
  sso_connection_name_unique: 'name',
  domain_claim_unique: 'domain',
};

/** Losing, refusing or exhausting connections; out of disk or memory; read-only after a failover; statement and lock time-outs. */
const AWAY = /^(08|28|3D000|53|57P0|58|25006|25P03|57014|55P03)/;
const AWAY_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ENOENT',
  'EAI_AGAIN',
]);
const AWAY_MESSAGE =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|connection timeout|timeout expired|is not queryable/i;

/**
 * What the driver threw, in the house's words: UNIQUENESS with its field, IN_USE, CONFLICT, DATABASE_UNAVAILABLE, INVALID_VALUE. Anything else
 * comes back as it is, and will be masked at the border. Every statement's failure passes through here.
 */
export function toDomainError(error: unknown): unknown {
  if (error instanceof DomainError || !(error instanceof Error)) return error;
  const { code, constraint, message } = driverError(error);
  if (code === '23505' && constraint) return taken(TAKEN[constraint] ?? 'id');
  // The row was there when it was read; whoever begins again hears that it is not.
  if (code === '23503' && message.includes('insert or update')) return conflict();
  // What is kept by `on delete restrict` has a code of its own since PostgreSQL 18.
  if (code === '23503' || code === '23001') return new DomainError('IN_USE', 'The object is still referred to.');
  if (code === '40001' || code === '40P01') return conflict();
  if (code === '22021' || code === '22P05')
    return new DomainError('INVALID_VALUE', 'A text holds a character that cannot be stored.');
  if (AWAY.test(code) || AWAY_SOCKET.has(code) || AWAY_MESSAGE.test(message))
    return new DomainError('DATABASE_UNAVAILABLE', 'The database does not answer; nothing was changed.', {
      retryAfterSeconds: 2,
    });
  return error;
}

/** MikroORM wraps what `pg` throws; an AggregateError carries one error for each address that was tried. */
function driverError(error: Error): { code: string; constraint: string | null; message: string } {
  for (let e: unknown = error, depth = 0; e instanceof Error && depth < 5; depth++) {
    const { code, constraint } = e as { code?: unknown; constraint?: unknown };
    if (typeof code === 'string')
      return { code, constraint: typeof constraint === 'string' ? constraint : null, message: e.message };
    e = e instanceof AggregateError ? e.errors[0] : (e.cause ?? (e as { previous?: unknown }).previous);
  }
  return { code: '', constraint: null, message: error.message };
}
