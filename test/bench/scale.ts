import { fillUsers } from './fill.js';
import { type PhaseResult, runPhase } from './load.js';
import { ScimSubject } from './scim-subject.js';
import type { BenchServer } from './server.js';
import { digits, type Subject, spread, userNameOf } from './subject.js';

const OPERATIONS = 500;
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
  concurrency: number,
  print: (result: PhaseResult) => void,
): Promise<Growth[]> {
  const company = await server.newCompany('Bench growth');
  const subject = new ScimSubject(company);
  const growth: Growth[] = [];
  // New ones beside those of the sizes, which totals count.
  let extra = 0;
  try {
    for (const [index, users] of sizes.entries()) {
      await fillUsers(server.ownerUrl, company, sizes[index - 1] ?? 0, users);
      const sample = [...new Set(Array.from({ length: SAMPLE }, (_, turn) => spread(turn + users, users)))];
      await subject.learn(sample);
      const results: PhaseResult[] = [];
      for (const phase of phasesAt(subject, users, sample, () => extra)) {
        const result = await runPhase({ workers: concurrency, ...phase }, server.meter);
        if (phase.name === 'create') extra += result.operations;
        results.push(result);
        print({ ...result, phase: `${result.phase} @${users}` });
      }
      growth.push({ users, results });
    }
    return growth;
  } finally {
    await subject.close();
  }
}

function* phasesAt(subject: Subject, users: number, sample: readonly number[], extra: () => number) {
  const at = (turn: number) => spread(turn, users);
  const known = (turn: number) => sample[turn % sample.length]!;
  const firstNew = FIRST_NEW + extra();
  yield { name: 'look-up', count: OPERATIONS, operation: (k: number, w: number) => subject.findByUserName(w, at(k)) };
  yield { name: 'get', count: OPERATIONS, operation: (k: number, w: number) => subject.get(w, known(k)) };
  yield { name: 'create', count: OPERATIONS, operation: (k: number, w: number) => subject.create(w, firstNew + k) };
  const all = users + extra() + OPERATIONS;
  yield {
    name: 'PATCH active',
    count: OPERATIONS,
    operation: (k: number, w: number) => subject.setActive(w, known(k), Math.floor(k / sample.length) % 2 === 1),
  };
  yield {
    name: 'sw',
    count: 200,
    operation: (k: number, w: number) => subject.startsWith(w, userNameOf(at(k)).slice(0, 'bench-'.length + 6)),
  };
  yield { name: 'co', count: 100, operation: (k: number, w: number) => subject.contains(w, digits(at(k)).slice(2)) };
  // Of two that are never changed here: PATCH active leaves some of the others inactive.
  const still = (turn: number) => FIRST_NEW + (turn % OPERATIONS);
  yield {
    name: 'and/or',
    count: 200,
    operation: (k: number, w: number) => subject.eitherOf(w, still(k), still(k + 7)),
  };
  yield { name: 'first page', count: 60, operation: (_k: number, w: number) => subject.page(w, 0, all) };
  yield { name: 'deep page, index', count: 60, operation: (_k: number, w: number) => subject.page(w, all - 100, all) };
  yield {
    name: 'deep page, cursor',
    count: 60,
    operation: async (k: number, w: number) => {
      if (k === 0) await subject.reachDeepCursor(all);
      await subject.pageByCursor(w);
    },
  };
}
