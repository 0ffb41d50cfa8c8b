import type { Actor } from '../actor.js';
import { forbidden } from '../errors.js';

/**
 * The gateway itself, known by its key alone: it belongs to no company and holds no permission. All it may do is append to the request log; nobody else
 * may, so it is known by being this very object.
 */
export const GATEWAY: Actor = Object.freeze({
  kind: 'DIRECTORY_TOKEN',
  id: '00000000-0000-0000-0000-000000000000',
  name: 'gateway',
  source: 'DIRECTORY',
  companyId: null,
  permissions: new Set<never>(),
  withheld: new Set<never>(),
  directory: null,
  requestId: null,
  clientAddress: null,
  userAgent: null,
});

/** @throws FORBIDDEN for everyone but the gateway itself. */
export function requireGateway(actor: Actor): void {
  if (actor !== GATEWAY) throw forbidden('Only the gateway itself may do this.');
}
