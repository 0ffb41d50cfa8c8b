import type { CredentialState } from '#core-api/persistence/stores/credential-states.js';
import { DomainError, invalidValue } from '../errors.js';
import { LAST_END_MS } from './expiry.js';

/** For how long the old credential still works beside the new one. */
export type RotationOverlap = 'NONE' | 'ONE_HOUR' | 'ONE_DAY' | 'SEVEN_DAYS' | 'THIRTY_DAYS';

const HOUR_MS = 3_600_000;
const OVERLAP_MS: Readonly<Record<RotationOverlap, number>> = {
  NONE: 0,
  ONE_HOUR: HOUR_MS,
  ONE_DAY: 24 * HOUR_MS,
  SEVEN_DAYS: 7 * 24 * HOUR_MS,
  THIRTY_DAYS: 30 * 24 * HOUR_MS,
};

interface Rotation {
  /** When the new one ends: it lives as long as the old one was made to. */
  expiresAt: Date | null;
  /** What changes of the old one: its end, which is never later than it was. */
  old: { revokedAt: Date } | { expiresAt: Date };
}

/**
 * How a credential is replaced by a new one. One overlap at a time: neither one that is being replaced nor the one that replaces it can be rotated before
 * the old one has ended, or the new one was revoked.
 *
 * @param overlap NONE revokes the old one at once.
 * @throws ROTATION_UNDER_WAY | INVALID_VALUE (it has ended)
 */
export function planRotation(
  state: CredentialState,
  endsAt: Date | null | undefined,
  overlap: RotationOverlap,
): Rotation {
  if (state.replaced || state.replacing) throw rotationUnderWay();
  if (state.ended) throw hasEnded();
  const now = Date.parse(state.now);
  const end = new Date(Math.min(now + OVERLAP_MS[overlap], endsAt?.getTime() ?? Number.POSITIVE_INFINITY));
  return {
    expiresAt: state.lifetimeMs === null ? null : new Date(Math.min(now + state.lifetimeMs, LAST_END_MS)),
    old: overlap === 'NONE' ? { revokedAt: new Date(now) } : { expiresAt: end },
  };
}

export const hasEnded = () => invalidValue('id', 'It has ended. Make a new one.');

export const rotationUnderWay = () =>
  new DomainError('ROTATION_UNDER_WAY', 'It is being replaced already; one overlap at a time.');
