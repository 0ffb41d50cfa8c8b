// npm run bench: how fast the built product answers, over HTTP, beside what the same work costs as SQL on the same PostgreSQL in the same run. It
// measures and asserts no time.
import { readFileSync, writeFileSync } from 'node:fs';
import { type BenchEnvironment, describeEnvironment } from './environment.js';
import { runGraphQLPhases } from './graphql-phases.js';
import { type LimitKind, LimitSubject } from './limit-subject.js';
import { medians, type PhaseResult } from './load.js';
import { type BenchOptions, readOptions } from './options.js';
import { runPhases } from './phases.js';
import {
  fallenPhases,
  type Measured,
  printComparison,
  printGrowth,
  printHead,
  printResult,
  printSummary,
  ratiosOf,
} from './report.js';
import { measureGrowth } from './scale.js';
import { ScimSubject } from './scim-subject.js';
import { selfCheck } from './self-check.js';
import { type BenchServer, startServer } from './server.js';

const ACCEPTED = new URL('../../../docs/bench.json', import.meta.url);

try {
  const options = readOptions(process.argv.slice(2));
  if (options.selfCheck) await selfCheck(options.concurrency);
  else if (options.rowSecurity) await priceOfRowSecurity(options);
  else await bench(options);
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function bench(options: BenchOptions): Promise<void> {
  const server = await startServer({ split: options.split });
  try {
    const environment = await describeEnvironment(server.dataDir);
    const { cpu, cores, memoryGb, node, postgres, rollcall, commit } = environment;
    console.log(`${cpu}, ${cores} cores, ${memoryGb} GB`);
    console.log(`Node ${node}, PostgreSQL ${postgres}, Rollcall ${rollcall}, commit ${commit}`);
    await (options.scale ? growth(server, options, options.scale, environment) : compare(server, options, environment));
    console.log(`\nNode holds ${Math.round(server.residentBytes() / 1024 ** 2)} MiB.`);
  } finally {
    await server.stop();
  }
}

async function growth(
  server: BenchServer,
  { concurrency, json }: BenchOptions,
  sizes: number[],
  environment: BenchEnvironment,
) {
  printHead();
  const measured = await measureGrowth(server, sizes, concurrency, printResult);
  printGrowth(measured);
  if (json) writeFileSync(json, `${JSON.stringify({ environment, concurrency, growth: measured }, null, 2)}\n`);
  failOn(measured.flatMap(({ results }) => results));
}

async function compare(server: BenchServer, options: BenchOptions, environment: BenchEnvironment): Promise<void> {
  const { users, concurrency, runs, json } = options;
  console.log(`${users} users a tenant, concurrency ${concurrency}, medians of ${runs} tenants after a first one\n`);
  const measured = await measure(server, options);
  printSummary(measured);
  const ratios = ratiosOf(measured);
  const written = { environment, users, concurrency, ratios, ...measured };
  if (json) writeFileSync(json, `${JSON.stringify(written, null, 2)}\n`);
  if (options.compare) printComparison(ratios, JSON.parse(readFileSync(options.compare, 'utf8')).ratios);
  if (options.check) check(ratiosOf(measured));
  failOn([...measured.rollcall, ...measured.lean, ...measured.fair]);
}

/** Product and limits take turns, so that what else the machine does meets all of them. */
async function measure(server: BenchServer, options: BenchOptions): Promise<Measured> {
  const product: PhaseResult[][] = [];
  const lean: PhaseResult[][] = [];
  const fair: PhaseResult[][] = [];
  for (let run = 0; run <= options.runs; run++) {
    product.push(await measureProduct(server, options, run));
    if (run === 0) continue;
    lean.push(await measureLimit(server, options, 'lean'));
    fair.push(await measureLimit(server, options, 'fair'));
  }
  const [first, ...rest] = product;
  return { rollcall: medians(rest), first: first!, lean: medians(lean), fair: medians(fair) };
}

async function measureProduct(server: BenchServer, options: BenchOptions, run: number): Promise<PhaseResult[]> {
  const company = await server.newCompany(`Bench ${run}`);
  const subject = new ScimSubject(company);
  console.log(run === 0 ? 'Rollcall, the first tenant after the start' : `Rollcall, tenant ${run}`);
  printHead();
  try {
    const results = await runPhases(subject, options, {
      meter: server.meter,
      only: options.phases,
      print: printResult,
    });
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

function check(ratios: ReturnType<typeof ratiosOf>): void {
  const { ratios: accepted } = JSON.parse(readFileSync(ACCEPTED, 'utf8')) as { ratios: Record<string, number> };
  const fallen = fallenPhases(ratios, accepted);
  console.log(
    fallen.length === 0
      ? '\nNo phase fell below nine tenths of its accepted ratio.'
      : '\nFallen below nine tenths of the accepted ratio:',
  );
  for (const { phase, ratio, accepted: wanted } of fallen)
    console.log(`  ${phase}: ${ratio.toFixed(3)} instead of ${wanted.toFixed(3)}`);
  if (fallen.length > 0) process.exitCode = 1;
}

/** Runs the same twice, one server after the other, and prints what row-level security leaves of each phase's speed. */
async function priceOfRowSecurity(options: BenchOptions): Promise<void> {
  const measured: PhaseResult[][] = [];
  for (const setting of ['off', 'on']) {
    const server = await startServer({ settings: { ROLLCALL_ROW_SECURITY: setting } });
    try {
      const runs: PhaseResult[][] = [];
      for (let run = 0; run <= options.runs; run++) runs.push(await measureProduct(server, options, run));
      measured.push(medians(runs.slice(1)));
    } finally {
      await server.stop();
    }
  }
  const [off, on] = measured as [PhaseResult[], PhaseResult[]];
  console.log('\nWhat row-level security leaves of the speed:');
  for (const { phase, perSecond } of off) {
    const walled = on.find((result) => result.phase === phase)!;
    console.log(`  ${phase.padEnd(24)} ${(walled.perSecond / perSecond).toFixed(2)}`);
  }
  failOn([...off, ...on]);
}

function failOn(results: readonly PhaseResult[]): void {
  if (results.some(({ errors }) => errors > 0)) process.exitCode = 1;
}
