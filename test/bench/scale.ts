import { fillUsers, makeTenants } from './fill.js';
import { type PhaseResult, runPhase } from './load.js';
import { measureFirst, measureProduct } from './measure.js';
import type { BenchOptions } from './options.js';
import { figure, printHead, printResult, type Table } from './report.js';
import { ScimSubject } from './scim-subject.js';
import type { BenchServer } from './server.js';
import { digits, type Subject, spread, userNameOf } from './subject.js';

const OPERATIONS = 1_500;
const SAMPLE = 300;
const FIRST_NEW = 6_000_000;

export interface Growth {
  users: number;
  results: PhaseResult[];
}

/** The same requests in one tenant as it grows. What matters is how much slower they get from the first size to the last. */
export async function measureGrowth(
  server: BenchServer,
  sizes: readonly number[],
  options: BenchOptions,
): Promise<Growth[]> {
  // Else the first size would be the slower for it.
  await measureFirst(server, { ...options, phases: null, groupSizes: [] });
  const company = await server.newCompany('Bench growth');
  const subject = new ScimSubject(company);
  const growth: Growth[] = [];
  // New ones beside those of the sizes, which totals count.
  let extra = 0;
  printHead();
  try {
    for (const [index, users] of sizes.entries()) {
      await fillUsers(server.ownerUrl, [company], sizes[index - 1] ?? 0, users);
      const sample = [...new Set(Array.from({ length: SAMPLE }, (_, turn) => spread(turn + users, users)))];
      await subject.learn(sample);
      const results: PhaseResult[] = [];
      for await (const phase of phasesAt(subject, users, sample, () => extra)) {
        const result = await runPhase({ workers: options.concurrency, ...phase }, server.meter);
        if (phase.name === 'create') extra += result.operations;
        results.push(result);
        printResult({ ...result, phase: `${result.phase} @${users}` });
      }
      growth.push({ users, results });
    }
    return growth;
  } finally {
    await subject.close();
  }
}

/** What a tenant costs, and what it costs once so many others stand in the same tables. */
export async function measureTenants(
  server: BenchServer,
  { tenants, usersEach }: { tenants: number; usersEach: number },
  options: BenchOptions,
): Promise<{ tables: Table[]; figures: object; results: PhaseResult[] }> {
  // Bigger groups would fill the measured tenant itself with users.
  const size = { ...options, groupSizes: options.groupSizes.filter((members) => members * 2 <= options.users) };
  const before = await measureProduct(server, size);
  const model = await server.newCompany('Bench model');
  console.log(`Filling ${tenants} tenants with ${usersEach} users each`);
  await fillUsers(server.ownerUrl, await makeTenants(server.ownerUrl, model, tenants), 0, usersEach);
  const after = await measureProduct(server, size);
  const rows = before.map(({ phase, perSecond }) => {
    const now = after.find((result) => result.phase === phase)!.perSecond;
    const change = (now / perSecond - 1) * 100;
    return [phase, figure(perSecond), figure(now), `${change > 0 ? '+' : ''}${change.toFixed(0)} %`];
  });
  const users = (tenants * usersEach).toLocaleString('en');
  const title = `One tenant of ${options.users} users, before and after ${tenants} others with ${users} users`;
  const table = { title, columns: ['ops/s', 'before', 'after', 'change'], rows };
  return { tables: [table], figures: { before, after }, results: [...before, ...after] };
}

async function* phasesAt(subject: Subject, users: number, sample: readonly number[], extra: () => number) {
  const at = (turn: number) => spread(turn, users);
  const known = (turn: number) => sample[turn % sample.length]!;
  const firstNew = FIRST_NEW + extra();
  // With those that `create` makes here.
  const all = users + extra() + OPERATIONS;
  yield { name: 'look-up', count: OPERATIONS, operation: (k: number, w: number) => subject.findByUserName(w, at(k)) };
  yield {
    name: 'look-up externalId',
    count: OPERATIONS,
    operation: (k: number, w: number) => subject.findByExternalId(w, at(k)),
  };
  yield { name: 'get', count: OPERATIONS, operation: (k: number, w: number) => subject.get(w, known(k)) };
  yield { name: 'create', count: OPERATIONS, operation: (k: number, w: number) => subject.create(w, firstNew + k) };
  yield {
    name: 'PATCH active',
    count: OPERATIONS,
    operation: (k: number, w: number) => subject.setActive(w, known(k), Math.floor(k / sample.length) % 2 === 1),
  };
  yield {
    name: 'sw',
    count: 500,
    operation: (k: number, w: number) => subject.startsWith(w, userNameOf(at(k)).slice(0, 'bench-'.length + 6)),
  };
  yield { name: 'co', count: 300, operation: (k: number, w: number) => subject.contains(w, digits(at(k)).slice(2)) };
  // Of two that are never changed here: PATCH active leaves some of the others inactive.
  const still = (turn: number) => FIRST_NEW + (turn % OPERATIONS);
  yield {
    name: 'and/or',
    count: 500,
    operation: (k: number, w: number) => subject.eitherOf(w, still(k), still(k + 7)),
  };
  yield { name: 'first page', count: 200, operation: (_k: number, w: number) => subject.page(w, 0, all) };
  yield { name: 'deep page, index', count: 200, operation: (_k: number, w: number) => subject.page(w, all - 100, all) };
  await subject.reachDeepCursor(all);
  yield {
    name: 'deep page, cursor',
    count: 200,
    operation: (_k: number, w: number) => subject.pageByCursor(w),
  };
}
