import { CommandError } from './command-error.js';

const HOUR_MS = 3_600_000;
const UNITS = { h: HOUR_MS, d: 24 * HOUR_MS };
const MOST_DAYS = 3650;

/** The moment that `duration` (as in `90d` or `12h`, at most ten years) after `now` is. @throws CommandError */
export function expiryAfter(duration: string, now: Date): Date {
  const [, digits, unit] = /^(\d{1,6})([hd])$/.exec(duration) ?? [];
  const length = Number(digits) * UNITS[unit as keyof typeof UNITS];
  if (!(length > 0 && length <= MOST_DAYS * UNITS.d)) {
    throw new CommandError(`--expires must be like 90d or 12h, up to ${MOST_DAYS}d, and is "${duration}".`);
  }
  return new Date(now.getTime() + length);
}
