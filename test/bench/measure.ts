import { fillUsers, idsOfUsers } from './fill.js';
import { runGraphQLPhases } from './graphql-phases.js';
import { type LimitKind, LimitSubject } from './limit-subject.js';
import { medians, type PhaseResult } from './load.js';
import type { BenchOptions } from './options.js';
import { runPhases } from './phases.js';
import { type Measured, printHead, printResult } from './report.js';
import { ScimSubject } from './scim-subject.js';
import type { BenchServer } from './server.js';

/** The tenant that goals are measured after: it warms the process, and its own figures are told apart. */
const FIRST_TENANT_USERS = 2_000;

/** Product and limits take turns, so that what else the machine does meets all of them. */
export async function measureBeside(server: BenchServer, options: BenchOptions): Promise<Measured> {
  const first = await measureFirst(server, options);
  const product: PhaseResult[][] = [];
  const lean: PhaseResult[][] = [];
  const fair: PhaseResult[][] = [];
  for (let run = 1; run <= options.runs; run++) {
    product.push(await measureTenant(server, options, run));
    lean.push(await measureLimit(server, options, 'lean'));
    fair.push(await measureLimit(server, options, 'fair'));
  }
  return { rollcall: medians(product), first, lean: medians(lean), fair: medians(fair) };
}

/** Medians of the tenants after the first, of the product alone. */
export async function measureProduct(server: BenchServer, options: BenchOptions): Promise<PhaseResult[]> {
  await measureFirst(server, options);
  const runs: PhaseResult[][] = [];
  for (let run = 1; run <= options.runs; run++) runs.push(await measureTenant(server, options, run));
  return medians(runs);
}

export const measureFirst = (server: BenchServer, options: BenchOptions) =>
  measureTenant(server, { ...options, users: FIRST_TENANT_USERS }, 0);

async function measureTenant(server: BenchServer, options: BenchOptions, run: number): Promise<PhaseResult[]> {
  const company = await server.newCompany(`Bench ${run}`);
  const subject = new ScimSubject(company, async (from, to) => {
    await fillUsers(server.ownerUrl, [company], from, to);
    return idsOfUsers(server.ownerUrl, company, from, to);
  });
  console.log(run === 0 ? 'Rollcall, the first tenant after the start' : `Rollcall, tenant ${run}`);
  printHead();
  try {
    const hooks = { meter: server.meter, only: options.phases, print: printResult };
    const results = await runPhases(subject, options, hooks);
    if (options.phases && !options.phases.some((name) => name.startsWith('G'))) return results;
    return [...results, ...(await runGraphQLPhases(company, options, server.meter, printResult))];
  } finally {
    await subject.close();
  }
}

async function measureLimit(server: BenchServer, options: BenchOptions, kind: LimitKind): Promise<PhaseResult[]> {
  const subject = await LimitSubject.open(server.adminUrl, options.concurrency, kind);
  console.log(`The ${kind} limit`);
  printHead();
  try {
    return await runPhases(subject, options, {
      meter: null,
      only: options.phases,
      print: printResult,
      async before(phase) {
        if (phase === 'tables filled') await subject.analyze();
        else await subject.planOnce(phase === 'filters');
      },
    });
  } finally {
    await subject.close();
  }
}
