// npm run bench: how fast the built product answers, over HTTP, on a PostgreSQL of its own. It measures and asserts no time.
import { writeFileSync } from 'node:fs';
import { describeEnvironment } from './environment.js';
import { medians, type PhaseResult } from './load.js';
import { type BenchOptions, readOptions } from './options.js';
import { type BenchServer, startServer } from './server.js';
import { measureTenant } from './tenant.js';

const TENANTS = 3;
const WARM_UP_USERS = 300;

try {
  const options = readOptions(process.argv.slice(2));
  await (options.rowSecurity ? priceOfRowSecurity(options) : bench(options));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function bench({ users, concurrency, json }: BenchOptions): Promise<void> {
  const server = await startServer();
  try {
    const environment = await describeEnvironment(server.dataDir);
    const { cpu, cores, memoryGb, node, postgres, rollcall, commit } = environment;
    console.log(`${cpu}, ${cores} cores, ${memoryGb} GB`);
    console.log(`Node ${node}, PostgreSQL ${postgres}, Rollcall ${rollcall}, commit ${commit}`);
    console.log(`${users} users a tenant, concurrency ${concurrency}, median of ${TENANTS} tenants after a warm-up\n`);

    const runs = await measureTenants(server, users, concurrency);
    const results = medians(runs);
    print(results);
    if (json) {
      writeFileSync(json, `${JSON.stringify({ environment, users, concurrency, results, runs }, null, 2)}\n`);
    }
    if (results.some(({ errors }) => errors > 0)) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

async function measureTenants(server: BenchServer, users: number, concurrency: number): Promise<PhaseResult[][]> {
  const measure = async (name: string, size: number) =>
    measureTenant({ ...(await server.newCompany(name)), users: size, concurrency });
  await measure('Bench warm-up', Math.min(users, WARM_UP_USERS));
  const runs: PhaseResult[][] = [];
  for (let tenant = 1; tenant <= TENANTS; tenant++) runs.push(await measure(`Bench ${tenant}`, users));
  return runs;
}

/** Runs the same twice, one server after the other, and prints what row-level security leaves of each phase's speed. */
async function priceOfRowSecurity({ users, concurrency }: BenchOptions): Promise<void> {
  const measured: Record<'off' | 'on', PhaseResult[]> = { off: [], on: [] };
  for (const setting of ['off', 'on'] as const) {
    const server = await startServer({ ROLLCALL_ROW_SECURITY: setting });
    try {
      measured[setting] = medians(await measureTenants(server, users, concurrency));
    } finally {
      await server.stop();
    }
  }
  console.log(`${users} users a tenant, concurrency ${concurrency}, median of ${TENANTS} tenants after a warm-up\n`);
  const row = (phase: string, ...figures: string[]) =>
    console.log(phase.padEnd(22) + figures.map((figure) => figure.padStart(11)).join(''));
  row('ops/s, row security', 'off', 'on', 'on/off');
  for (const [index, off] of measured.off.entries()) {
    const on = measured.on[index]!;
    const ratio = on.operationsPerSecond / off.operationsPerSecond;
    row(off.phase, off.operationsPerSecond.toFixed(0), on.operationsPerSecond.toFixed(0), ratio.toFixed(2));
    if (off.errors + on.errors > 0) process.exitCode = 1;
  }
}

function print(results: readonly PhaseResult[]): void {
  const row = (phase: string, ...figures: string[]) =>
    console.log(phase.padEnd(22) + figures.map((figure) => figure.padStart(11)).join(''));
  row('', 'ops/s', 'p50 ms', 'p95 ms', 'ops', 'errors');
  for (const { phase, operationsPerSecond, p50Ms, p95Ms, operations, errors } of results) {
    row(phase, operationsPerSecond.toFixed(0), p50Ms.toFixed(2), p95Ms.toFixed(2), String(operations), String(errors));
  }
  for (const { phase, firstError } of results) if (firstError) console.log(`\n${phase}: ${firstError}`);
}
