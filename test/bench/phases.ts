import { type Meter, type Phase, type PhaseResult, runPhase } from './load.js';
import { digits, type Subject, spread, userNameOf } from './subject.js';

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
  /** Only phases whose names begin with one of these; the first always runs. */
  only: readonly string[] | null;
  /** Called between phases: by `filters` the SQL beneath may be planned otherwise. */
  before?(phase: 'tables filled' | 'filters' | 'filters over'): Promise<void>;
  print?(result: PhaseResult): void;
}

const MOST_OPERATIONS = 2_000;
const HOT = 160;
const ADDS_A_GROUP = 20;
const ADDS_AT_A_SIZE = 40;
const FILL = 1_000;
const BULK = 1_000;

/** Every phase, in order, on an empty tenant. The writes are read back by samples, and what was lost counts as an error. */
export async function runPhases(subject: Subject, size: Size, hooks: Hooks): Promise<PhaseResult[]> {
  const { users, concurrency } = size;
  const results: PhaseResult[] = [];
  const n = Math.min(users, MOST_OPERATIONS);
  const at = (turn: number) => spread(turn, users);
  const run = async (phase: Omit<Phase, 'workers'> & { workers?: number }) => {
    if (hooks.only && !hooks.only.some((name) => phase.name.startsWith(name)) && results.length > 0) return;
    const result = await runPhase({ workers: concurrency, ...phase }, hooks.meter);
    results.push(result);
    hooks.print?.(result);
  };

  await run({
    name: '1 sync',
    count: users,
    mostSeconds: 120,
    async operation(user, worker) {
      await subject.missByUserName(worker, user);
      await subject.create(worker, user);
    },
    verify: async () => subject.findByUserName(0, users - 1),
  });
  await hooks.before?.('tables filled');
  await run({ name: '2 look-up userName', count: n, operation: (k, w) => subject.findByUserName(w, at(k)) });
  await run({ name: '2 look-up externalId', count: n, operation: (k, w) => subject.findByExternalId(w, at(k)) });
  await run({ name: '3 get', count: n, operation: (k, w) => subject.get(w, at(k)) });
  await run({
    name: '4 PATCH active',
    count: n,
    operation: (k, w) => subject.setActive(w, k % users, false),
    verify: async () => must(!(await subject.isActive(0)), 'user 0 is still active'),
  });
  // Back again, unmeasured, so that the rest sees ordinary users.
  await runPhase({
    name: '',
    count: n,
    workers: concurrency,
    operation: (k, w) => subject.setActive(w, k % users, true),
  });
  await run({
    name: '5 PATCH of three',
    count: n,
    operation: (k, w) => subject.patchThree(w, k % users),
    verify: async () => must((await subject.displayNameOf(0)) === 'Patched 0', 'user 0 has its old name'),
  });
  await run({
    name: '6 PUT',
    count: n,
    operation: (k, w) => subject.replace(w, k % users, `Put ${k % users}`),
    verify: async () => must((await subject.displayNameOf(0)) === 'Put 0', 'user 0 has its old name'),
  });
  await paging(subject, size, run);
  await filters(subject, size, hooks, run);
  await groups(subject, size, run);
  await run({
    name: 'Bulk of 1,000',
    count: 3,
    workers: 1,
    units: BULK,
    operation: (k, w) => subject.createMany(w, range(BULK_FROM + k * BULK, BULK)),
    verify: async () => subject.findByUserName(0, BULK_FROM + BULK - 1),
  });
  return results;
}

type Run = (phase: Omit<Phase, 'workers'> & { workers?: number }) => Promise<void>;

const BULK_FROM = 5_000_000;

async function paging(subject: Subject, { users }: Size, run: Run): Promise<void> {
  // Beside those of the phases there may be an owner.
  const pages = Math.ceil(users / 100);
  await run({
    name: '7 pages of 100',
    count: pages,
    workers: 1,
    operation: (k, w) => subject.page(w, k * 100, users),
  });
  await run({
    name: '7 deep page, index',
    count: Math.min(users, 200),
    operation: (_k, w) => subject.page(w, Math.max(0, users - 100), users),
  });
  await subject.reachDeepCursor(users);
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

async function groups(
  subject: Subject,
  { users, groups: count, concurrency, groupSizes }: Size,
  run: Run,
): Promise<void> {
  const nameOf = (group: number) => `group-${group}`;
  await run({ name: '8 create group', count, operation: (k, w) => subject.createGroup(w, nameOf(k)) });
  const workers = Math.min(concurrency, count);
  await run({
    name: '8 add 1',
    count: count * ADDS_A_GROUP,
    workers,
    // Turn by turn another group, so that no two workers are at one: a provider patches one group one request after another.
    operation: (k, w) => subject.addMembers(w, nameOf(k % count), [Math.floor(k / count) % users]),
    verify: async () => {
      const members = await subject.memberCount(nameOf(0));
      must(members === Math.min(users, ADDS_A_GROUP), `group 0 has ${members} members`);
    },
  });
  await run({
    name: '8 add 100',
    count,
    workers,
    operation: (k, w) => subject.addMembers(w, nameOf(k), range(100 + k * 100, 100, users)),
    verify: async () =>
      must((await subject.memberCount(nameOf(0))) >= Math.min(users, 100), 'members of group 0 are lost'),
  });
  await subject.createGroup(0, 'hot');
  await run({
    name: '8 add 1, one hot group',
    count: Math.min(HOT, users),
    operation: (k, w) => subject.addMembers(w, 'hot', [k]),
    verify: async (operations) => {
      const members = await subject.memberCount('hot');
      must(members === operations, `${operations} were confirmed, and ${members} are there`);
    },
  });
  await sizes(subject, users, groupSizes, run);
  await run({ name: '8 list groups', count: Math.min(users, 200), operation: (_k, w) => subject.listGroups(w) });
  const largest = groupSizes.length > 0 ? `size-${groupSizes.at(-1)}` : 'hot';
  await run({
    name: '8 get the largest',
    count: Math.min(users, 300),
    operation: (_k, w) => subject.getGroup(w, largest),
  });
  await run({
    name: '8 look-up group',
    count: Math.min(users, 300),
    operation: (k, w) => subject.findGroup(w, nameOf(k % count)),
  });
}

/** One member more and one less, one request after another: only so does the time tell how the cost grows with the group. */
async function sizes(subject: Subject, users: number, groupSizes: readonly number[], run: Run): Promise<void> {
  let there = users;
  for (const size of groupSizes) {
    const needed = size + ADDS_AT_A_SIZE;
    while (there < needed) {
      const count = Math.min(FILL, needed - there);
      await subject.createMany(0, range(there, count));
      there += count;
    }
    const group = `size-${size}`;
    await subject.createGroup(0, group);
    for (let from = 0; from < size; from += FILL)
      await subject.addMembers(0, group, range(from, Math.min(FILL, size - from)));
    await run({
      name: `8 add 1 at ${size}`,
      count: ADDS_AT_A_SIZE,
      workers: 1,
      operation: (k, w) => subject.addMembers(w, group, [size + k]),
    });
    await run({
      name: `8 remove 1 at ${size}`,
      count: ADDS_AT_A_SIZE,
      workers: 1,
      operation: (k, w) => subject.removeMember(w, group, size + k),
      verify: async () =>
        must((await subject.memberCount(group)) === size, `the group of ${size} has not ${size} members`),
    });
  }
}

/** @param modulo numbers begin again there */
const range = (from: number, count: number, modulo = Number.POSITIVE_INFINITY) =>
  Array.from({ length: count }, (_, index) => (from + index) % modulo);

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
