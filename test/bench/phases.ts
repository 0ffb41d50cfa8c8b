import { runGroupPhases } from './group-phases.js';
import { type Meter, type Phase, type PhaseResult, runPhase } from './load.js';
import { digits, must, range, type Subject, spread, userNameOf } from './subject.js';

export interface Size {
  /** Users of the tenant. */
  users: number;
  groups: number;
  /** Requests under way at once. */
  concurrency: number;
  /** Members of the groups to which one is added and from which one is taken. */
  groupSizes: readonly number[];
}

interface Hooks {
  meter: Meter | null;
  /** Only phases whose names begin with one of these; null: all. What they stand on is done unmeasured. */
  only: readonly string[] | null;
  /** Called between phases: by `filters` the SQL beneath may be planned otherwise. */
  before?(phase: 'tables filled' | 'filters' | 'filters over'): Promise<void>;
  print?(result: PhaseResult): void;
}

interface Asked extends Omit<Phase, 'workers'> {
  workers?: number;
  /** Others stand on what it writes: run also where nobody asked for it, but unmeasured. */
  isNeeded?: boolean;
}

/** Runs a phase where it is asked for, or needed. */
export type Run = (phase: Asked) => Promise<void>;
/** Whether a phase of this name is asked for. */
export type Wants = (name: string) => boolean;

const MOST_OPERATIONS = 2_000;
/** Looked up and created before the first phase: a pool's connections open, and statements are prepared, once. */
const WARM = 200;
const WARM_FROM = 9_000_000;
const BULK = 1_000;
const BULK_FROM = 5_000_000;

/** Every phase, in order, on an empty tenant. The writes are read back by samples, and what was lost counts as an error. */
export async function runPhases(subject: Subject, size: Size, hooks: Hooks): Promise<PhaseResult[]> {
  const { users, concurrency } = size;
  const results: PhaseResult[] = [];
  const n = Math.min(users, MOST_OPERATIONS);
  const at = (turn: number) => spread(turn, users);
  const wants: Wants = (name) => !hooks.only || hooks.only.some((beginning) => name.startsWith(beginning));
  const run: Run = async ({ isNeeded = false, ...phase }) => {
    const whole = { workers: concurrency, ...phase };
    if (wants(phase.name)) {
      const result = await runPhase(whole, hooks.meter);
      results.push(result);
      hooks.print?.(result);
    } else if (isNeeded) {
      await prepare(whole);
    }
  };
  const synchronise = async (user: number, worker: number) => {
    await subject.missByUserName(worker, user);
    await subject.create(worker, user);
  };

  await prepare({
    name: 'warm-up',
    count: WARM,
    workers: concurrency,
    operation: (k, w) => synchronise(WARM_FROM + k, w),
  });
  await run({
    name: '1 sync',
    isNeeded: true,
    count: users,
    mostSeconds: 120,
    operation: synchronise,
    verify: async () => {
      for (const user of new Set([0, at(1), at(2), users - 1])) await subject.findByUserName(0, user);
    },
  });
  await hooks.before?.('tables filled');
  await run({ name: '2 look-up userName', count: n, operation: (k, w) => subject.findByUserName(w, at(k)) });
  await run({ name: '2 look-up externalId', count: n, operation: (k, w) => subject.findByExternalId(w, at(k)) });
  await run({ name: '3 get', count: n, operation: (k, w) => subject.get(w, at(k)) });
  await run({
    name: '4 PATCH active',
    count: n,
    operation: (k, w) => subject.setActive(w, k % users, false),
    verify: async () => {
      for (const user of sample(users)) must(!(await subject.isActive(user)), `user ${user} is still active`);
    },
  });
  if (wants('4 PATCH active')) {
    // Back again, so that the rest sees ordinary users.
    const operation = (k: number, w: number) => subject.setActive(w, k % users, true);
    await prepare({ name: 'active again', count: n, workers: concurrency, operation });
  }
  const expectName = async (name: (user: number) => string) => {
    for (const user of sample(users))
      must((await subject.displayNameOf(user)) === name(user), `user ${user} has its old name`);
  };
  await run({
    name: '5 PATCH of three',
    count: n,
    operation: (k, w) => subject.patchThree(w, k % users),
    verify: () => expectName((user) => `Patched ${user}`),
  });
  await run({
    name: '6 PUT',
    count: n,
    operation: (k, w) => subject.replace(w, k % users, `Put ${k % users}`),
    verify: () => expectName((user) => `Put ${user}`),
  });
  await paging(subject, size, run, wants);
  await filters(subject, size, hooks, run);
  await runGroupPhases(subject, size, run, wants);
  await run({
    name: 'Bulk of 1,000',
    count: 3,
    workers: 1,
    units: BULK,
    operation: (k, w) => subject.createMany(w, range(BULK_FROM + k * BULK, BULK)),
    verify: async () => {
      for (const user of [BULK_FROM, BULK_FROM + BULK - 1, BULK_FROM + 3 * BULK - 1])
        await subject.findByUserName(0, user);
    },
  });
  return results;
}

/** @throws Error when one operation fails: what is measured afterwards would stand on sand */
async function prepare(phase: Phase): Promise<void> {
  const { operations, firstError } = await runPhase({ mostSeconds: 600, ...phase });
  if (firstError !== null || operations < phase.count)
    throw new Error(`${phase.name}, which others need: ${firstError ?? `${operations} of ${phase.count} in time`}`);
}

/** Those of the users that every write phase has reached, however small the tenant is. */
const sample = (users: number) => new Set([0, 1, Math.floor(Math.min(users, MOST_OPERATIONS) / 2)]);

async function paging(subject: Subject, { users }: Size, run: Run, wants: Wants): Promise<void> {
  const all = users + WARM;
  await run({
    name: '7 pages of 100',
    count: Math.ceil(all / 100),
    workers: 1,
    operation: (k, w) => subject.page(w, k * 100, all),
  });
  await run({
    name: '7 deep page, index',
    count: Math.min(users, 200),
    operation: (_k, w) => subject.page(w, all - 100, all),
  });
  if (wants('7 deep page, cursor')) await subject.reachDeepCursor(all);
  await run({
    name: '7 deep page, cursor',
    count: Math.min(users, 200),
    operation: (_k, w) => subject.pageByCursor(w),
  });
}

async function filters(subject: Subject, { users }: Size, { before }: Hooks, run: Run): Promise<void> {
  const count = Math.min(users, 500);
  const at = (turn: number) => spread(turn, users);
  await before?.('filters');
  await run({ name: '9 co', count, operation: (k, w) => subject.contains(w, digits(at(k)).slice(2)) });
  await run({
    name: '9 sw',
    count,
    operation: (k, w) => subject.startsWith(w, userNameOf(at(k)).slice(0, 'bench-'.length + 6)),
  });
  await run({ name: '9 and/or', count, operation: (k, w) => subject.eitherOf(w, at(k), at(k + 7_919)) });
  await before?.('filters over');
}
