import type { DirectorySettings } from '#core-api/persistence/entities/directory.js';
import { invalidValue } from '../errors.js';

/** The settings of a directory with nothing left out. */
export interface WholeDirectorySettings {
  loggedSuccesses: 'NONE' | 'WITHOUT_BODIES' | 'WITH_BODIES';
  /** A run is held when within ten minutes at least `least` are gone that are `percent` of all, or `most`. */
  breaker: { percent: number; least: number; most: number };
}

const DEFAULTS: WholeDirectorySettings = {
  loggedSuccesses: 'WITHOUT_BODIES',
  breaker: { percent: 20, least: 20, most: 100 },
};
const SUCCESSES: readonly string[] = ['NONE', 'WITHOUT_BODIES', 'WITH_BODIES'];
const MOST = 1_000_000;

/** What is stored, and the house's default for the rest. */
export function wholeSettings({ loggedSuccesses, breaker }: DirectorySettings): WholeDirectorySettings {
  return { loggedSuccesses: loggedSuccesses ?? DEFAULTS.loggedSuccesses, breaker: { ...DEFAULTS.breaker, ...breaker } };
}

/** A member that is left out stays, null takes it back to the default. */
export interface DirectorySettingsChange {
  loggedSuccesses?: WholeDirectorySettings['loggedSuccesses'] | null;
  breaker?: { percent?: number | null; least?: number | null; most?: number | null } | null;
}

/** @throws INVALID_VALUE (settings.…) */
export function changedSettings(before: DirectorySettings, change: DirectorySettingsChange): DirectorySettings {
  const merged = {
    ...before,
    ...change,
    breaker: change.breaker === null ? {} : given({ ...before.breaker, ...change.breaker }),
  };
  const settings: DirectorySettings = given(merged);
  const { loggedSuccesses, breaker } = wholeSettings(settings);
  if (!SUCCESSES.includes(loggedSuccesses))
    throw invalidValue('settings.loggedSuccesses', `settings.loggedSuccesses is one of ${SUCCESSES.join(', ')}.`);
  checkNumber('percent', breaker.percent, 1, 100);
  checkNumber('least', breaker.least, 1, MOST);
  checkNumber('most', breaker.most, 1, MOST);
  if (breaker.most < breaker.least)
    throw invalidValue('settings.breaker.most', 'settings.breaker.most must not be below settings.breaker.least.');
  return settings;
}

/** Without what is null, left out, or an object of nothing. */
function given<T extends object>(value: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const isGiven = (member: unknown) => member != null && (typeof member !== 'object' || Object.keys(member).length > 0);
  return Object.fromEntries(Object.entries(value).filter(([, member]) => isGiven(member))) as never; // its own members
}

function checkNumber(name: string, value: number, from: number, to: number): void {
  if (!Number.isInteger(value) || value < from || value > to)
    throw invalidValue(`settings.breaker.${name}`, `settings.breaker.${name} is a whole number from ${from} to ${to}.`);
}
