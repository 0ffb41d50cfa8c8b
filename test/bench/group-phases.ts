import type { Run, Size, Wants } from './phases.js';
import { must, range, type Subject } from './subject.js';

const HOT = 160;
const ADDS_A_GROUP = 20;
const ADDS_AT_A_SIZE = 200;
/** Members that one unmeasured PATCH brings. */
const FILL = 1_000;

export async function runGroupPhases(
  subject: Subject,
  { users, groups: count, concurrency, groupSizes }: Size,
  run: Run,
  wants: Wants,
): Promise<void> {
  const nameOf = (group: number) => `group-${group}`;
  const workers = Math.min(concurrency, count);
  const isNeeded = ['8 add 1', '8 add 100', '8 list groups', '8 look-up group'].some(wants);
  await run({ name: '8 create group', isNeeded, count, operation: (k, w) => subject.createGroup(w, nameOf(k)) });
  await run({
    name: '8 add 1',
    count: count * ADDS_A_GROUP,
    workers,
    // Turn by turn another group, so that no two workers are at one: a provider patches one group one request after another.
    operation: (k, w) => subject.addMembers(w, nameOf(k % count), [Math.floor(k / count) % users]),
    verify: async () => {
      for (const group of new Set([0, count - 1]))
        await expectMembers(subject, nameOf(group), Math.min(users, ADDS_A_GROUP));
    },
  });
  await run({
    name: '8 add 100',
    count,
    workers,
    operation: (k, w) => subject.addMembers(w, nameOf(k), range(100 + k * 100, 100, users)),
    verify: async () => {
      const members = await subject.memberCount(nameOf(0));
      must(members >= Math.min(users, 100), `group 0 has ${members} members instead of at least 100`);
    },
  });
  if (wants('8 add 1, one hot group')) await subject.createGroup(0, 'hot');
  await run({
    name: '8 add 1, one hot group',
    count: Math.min(HOT, users),
    operation: (k, w) => subject.addMembers(w, 'hot', [k]),
    verify: async (operations) => {
      const members = await subject.memberCount('hot');
      must(members === operations, `${operations} were confirmed, and ${members} are there`);
    },
  });
  await sizes(subject, users, groupSizes, run, wants);
  await run({ name: '8 list groups', count: Math.min(users, 200), operation: (_k, w) => subject.listGroups(w) });
  await run({
    name: '8 look-up group',
    count: Math.min(users, 300),
    operation: (k, w) => subject.findGroup(w, nameOf(k % count)),
  });
}

/** One member more and one less, one request after another: only so does the time tell how the cost grows with the group. */
async function sizes(
  subject: Subject,
  users: number,
  groupSizes: readonly number[],
  run: Run,
  wants: Wants,
): Promise<void> {
  let there = users;
  for (const size of groupSizes) {
    const [adding, removing, getting] = [`8 add 1 at ${size}`, `8 remove 1 at ${size}`, '8 get the largest'];
    const isLargest = size === groupSizes.at(-1);
    if (!wants(adding) && !wants(removing) && !(isLargest && wants(getting))) continue;
    const needed = size + ADDS_AT_A_SIZE;
    if (there < needed) await subject.fill(there, needed);
    there = Math.max(there, needed);
    const group = `size-${size}`;
    await subject.createGroup(0, group);
    for (let from = 0; from < size; from += FILL)
      await subject.addMembers(0, group, range(from, Math.min(FILL, size - from)));
    await run({
      name: adding,
      isNeeded: wants(removing),
      count: ADDS_AT_A_SIZE,
      workers: 1,
      operation: (k, w) => subject.addMembers(w, group, [size + k]),
      verify: () => expectMembers(subject, group, size + ADDS_AT_A_SIZE),
    });
    await run({
      name: removing,
      count: ADDS_AT_A_SIZE,
      workers: 1,
      operation: (k, w) => subject.removeMember(w, group, size + k),
      verify: () => expectMembers(subject, group, size),
    });
    if (isLargest)
      await run({ name: getting, count: Math.min(users, 300), operation: (_k, w) => subject.getGroup(w, group) });
  }
}

async function expectMembers(subject: Subject, group: string, expected: number): Promise<void> {
  const members = await subject.memberCount(group);
  must(members === expected, `${group} has ${members} members instead of ${expected}`);
}
