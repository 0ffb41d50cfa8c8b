import { createHash } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import * as store from '#core-api/persistence/stores/sign-in-attempts.js';
import { clientNetworkOf } from '#schema/client-network.js';
import { DomainError } from '../errors.js';
import type { Visitor } from './sessions.js';

/** So many failures in so many minutes. */
interface Limit {
  most: number;
  minutes: number;
}

interface Limits {
  /** Of one account from one address: what its own person can use up. */
  pair?: Limit;
  /** Of one account, from wherever it has not been used before. */
  account?: Limit;
  /** From one address, whatever the account. */
  address: Limit;
}

/**
 * All numbers of how often somebody may try. Counted are failures: what succeeds is taken back.
 *
 * A stranger can keep nobody out. What one address uses up is that address's; and where many addresses try one account, whoever has come in to it from
 * their address within the last 30 days goes on: only the strict pair counts there.
 */
const LIMITS = {
  PASSWORD: {
    pair: { most: 5, minutes: 5 },
    account: { most: 30, minutes: 5 },
    address: { most: 100, minutes: 5 },
  },
  /** Whoever gets here knows the password: slower, and by the hour. */
  CODE: {
    pair: { most: 5, minutes: 5 },
    account: { most: 10, minutes: 60 },
    address: { most: 50, minutes: 5 },
  },
  /** Mails to one address are a nuisance to whoever gets them. */
  MAIL: {
    pair: { most: 3, minutes: 15 },
    account: { most: 10, minutes: 60 },
    address: { most: 30, minutes: 60 },
  },
  /** Links, and addresses whose company is looked up. */
  PAGE: { address: { most: 60, minutes: 5 } },
  /** What identity providers send: an office of many people comes from one address. */
  SSO: { address: { most: 100, minutes: 5 } },
  /** Sign-ins that go off to an identity provider, each of which is kept until it is answered; a company begins its day behind one address. */
  SSO_START: { address: { most: 1_000, minutes: 5 } },
} as const satisfies Record<string, Limits>;

export type AttemptPurpose = keyof typeof LIMITS;

/** For how long an address counts as one that an account comes in from. */
const KNOWN_DAYS = 30;

export interface Attempt {
  keys: Buffer[];
  known: Buffer;
}

/**
 * Counts an attempt before anything is looked up, in one statement of its own: it stays counted whatever happens to the rest.
 *
 * @param account whom it is about, as the visitor names them: known ones and unknown ones are counted alike. Null where it is about nobody.
 * @throws TOO_MANY_ATTEMPTS
 */
export async function countAttempt(
  db: Database,
  purpose: AttemptPurpose,
  account: string | null,
  { address }: Visitor,
): Promise<Attempt> {
  const limits: Limits = LIMITS[purpose];
  const from = networkOf(address);
  const counted = [
    { limit: limits.address, key: digest(purpose, 'address', from), isOfAccount: false },
    ...(account !== null && limits.pair
      ? [{ limit: limits.pair, key: digest(purpose, 'pair', account, from), isOfAccount: false }]
      : []),
    ...(account !== null && limits.account
      ? [{ limit: limits.account, key: digest(purpose, 'account', account), isOfAccount: true }]
      : []),
  ];
  const known = knownKey(account, from);
  const keys = counted.map(({ key }) => key);
  const rows = await db.run(
    store.countAttempt.bind({ keys, seconds: counted.map(({ limit }) => limit.minutes * 60), known }),
  );
  const waits = counted.flatMap(({ limit, key, isOfAccount }) => {
    const row = rows.find((each) => each.key === key.toString('hex'))!; // a row for each key
    return row.count <= limit.most || (isOfAccount && row.isKnown) ? [] : [row.secondsLeft];
  });
  if (waits.length > 0) throw tooManyAttempts(Math.max(...waits));
  return { keys, known };
}

/** What has succeeded is no failure; from here on the account is known to come in from this address. */
export async function takeBack(db: Database, { keys, known }: Attempt): Promise<void> {
  await db.run(store.takeBackAttempt.bind({ keys, known, days: KNOWN_DAYS }));
}

/** The same for whoever came in by a link: there was nothing to take back. */
export async function rememberAddress(db: Database, account: string, { address }: Visitor): Promise<void> {
  await takeBack(db, { keys: [], known: knownKey(account, networkOf(address)) });
}

/** Throws away what says nothing any more. */
export async function forgetOldAttempts(db: Database): Promise<void> {
  await db.run(store.deleteOldAttempts);
}

export function tooManyAttempts(retryAfterSeconds: number): DomainError {
  return new DomainError('TOO_MANY_ATTEMPTS', 'That was tried too often. Wait a little, and try again.', {
    retryAfterSeconds,
  });
}

/** @param address null: unknown, and then one for all. */
export const networkOf = (address: string | null) => clientNetworkOf(address ?? 'nowhere');

function knownKey(account: string | null, from: string): Buffer {
  return digest('known', account ?? '', from);
}

function digest(...parts: string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
