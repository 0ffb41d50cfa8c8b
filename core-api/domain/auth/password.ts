import { Algorithm, hash, verify } from '@node-rs/argon2';

/** OWASP's smallest recommended argon2id: 19 MiB (in KiB), two passes, one lane. */
const OPTIONS = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Each takes a thread of the pool and 19 MiB: a wave of sign-ins queues here instead of stalling everything else. */
const MOST_AT_ONCE = 2;

let running = 0;
const waiting: (() => void)[] = [];

/** @returns a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$…` */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, OPTIONS));
}

/** False also for a hash that cannot be read. */
export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return inTurn(() => verify(passwordHash, password).catch(() => false));
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    // The turn is handed on, not given back, so that nobody slips in between.
    if (next) next();
    else running--;
  }
}
