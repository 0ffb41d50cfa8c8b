// npm run bench: how fast the built product answers, over HTTP, beside what the same work costs as SQL on the same PostgreSQL in the same run. It
// measures and asserts no time.
import { readFileSync, writeFileSync } from 'node:fs';
import { type BenchEnvironment, describeEnvironment } from './environment.js';
import type { PhaseResult } from './load.js';
import { measureBeside, measureProduct } from './measure.js';
import { measureMemory, soak } from './memory.js';
import { type BenchOptions, type Mode, readOptions } from './options.js';
import { measureWithReference } from './reference.js';
import * as report from './report.js';
import { measureGrowth, measureTenants } from './scale.js';
import { selfCheck } from './self-check.js';
import { type BenchServer, type ServerOptions, startServer } from './server.js';

const ACCEPTED = new URL('../../../docs/bench.json', import.meta.url);

/** What a bench came to: tables to show, figures to keep, and every phase of the product and of the limits, to be looked through for failures. */
interface Outcome {
  tables: report.Table[];
  figures: object;
  results: readonly PhaseResult[];
}

try {
  await bench(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function bench(options: BenchOptions): Promise<void> {
  const { mode, concurrency, json, markdown } = options;
  if (mode.kind === 'self-check') return selfCheck(concurrency);
  const { environment, tables, figures, results } = await outcomeOf(mode, options);
  for (const table of tables) report.printTable(table);
  if (json) writeFileSync(json, `${JSON.stringify({ environment, concurrency, ...figures }, null, 2)}\n`);
  if (markdown) writeFileSync(markdown, report.markdownOf(environment, tables));
  failOn(results);
}

async function outcomeOf(mode: Mode, options: BenchOptions): Promise<Outcome & { environment: BenchEnvironment }> {
  switch (mode.kind) {
    case 'split':
      return twice(
        options,
        { 'one process': {}, apart: { split: true } },
        'Gateway and core in one process, and apart',
      );
    case 'row-security': {
      const ways = { off: rowSecurity('off'), on: rowSecurity('on') };
      return twice(options, ways, 'Without row-level security, and with it');
    }
    default:
      return withServer({}, (server) => outcomeOn(server, mode, options));
  }
}

const rowSecurity = (setting: string): ServerOptions => ({ settings: { ROLLCALL_ROW_SECURITY: setting } });

async function outcomeOn(server: BenchServer, mode: Mode, options: BenchOptions): Promise<Outcome> {
  const { users, concurrency, runs } = options;
  switch (mode.kind) {
    case 'scale': {
      const growth = await measureGrowth(server, mode.sizes, options);
      const ways = growth.map(({ users: size, results }) => ({ name: `${size.toLocaleString('en')} users`, results }));
      const table = report.seriesOf('Growth of one tenant', ways, 'first/last');
      return { tables: [table], figures: { growth }, results: growth.flatMap(({ results }) => results) };
    }
    case 'tenants':
      return measureTenants(server, mode, options);
    case 'memory':
      return measureMemory(server, mode.users, concurrency);
    case 'soak':
      return soak(server, mode.minutes, concurrency);
    case 'reference':
      return measureWithReference(server, mode.folder, options);
    default: {
      console.log(
        `${users} users a tenant, concurrency ${concurrency}, medians of ${runs} tenants after a first one\n`,
      );
      const measured = await measureBeside(server, options);
      const ratios = report.ratiosOf(measured);
      const title = `${users} users a tenant, ${concurrency} at once, medians of ${runs} tenants after a first one`;
      const tables = [report.summaryOf(measured, title)];
      if (options.compare) tables.push(report.comparisonOf(ratios, ratiosIn(options.compare)));
      if (options.check) check(ratios);
      if (options.accept) writeFileSync(ACCEPTED, `${JSON.stringify({ ratios: rounded(ratios) }, null, 2)}\n`);
      const results = [...measured.rollcall, ...measured.first, ...measured.lean, ...measured.fair];
      return { tables, figures: { users, ratios, ...measured }, results };
    }
  }
}

async function withServer<T extends object>(
  options: ServerOptions,
  work: (server: BenchServer) => Promise<T>,
): Promise<T & { environment: BenchEnvironment }> {
  const server = await startServer(options);
  const breakOff = () => void server.stop().finally(() => process.exit(1));
  process.once('SIGTERM', breakOff).once('SIGINT', breakOff);
  try {
    const environment = await describeEnvironment(server.dataDir);
    const { cpu, cores, memoryGb, node, postgres, rollcall, commit } = environment;
    console.log(`${cpu}, ${cores} cores, ${memoryGb} GB`);
    console.log(`Node ${node}, PostgreSQL ${postgres}, Rollcall ${rollcall}, commit ${commit}`);
    const done = await work(server);
    console.log(`\nNode holds ${Math.round(server.residentBytes() / 1024 ** 2)} MiB.`);
    return { ...done, environment };
  } finally {
    process.off('SIGTERM', breakOff).off('SIGINT', breakOff);
    await server.stop();
  }
}

/** Measures the product twice, one server after the other, and tells what the second way leaves of the first one's speed. */
async function twice(options: BenchOptions, ways: Readonly<Record<string, ServerOptions>>, title: string) {
  const measured: { name: string; results: PhaseResult[] }[] = [];
  let environment: BenchEnvironment | null = null;
  for (const [name, way] of Object.entries(ways)) {
    const done = await withServer(way, async (server) => ({ results: await measureProduct(server, options) }));
    measured.push({ name, results: done.results });
    environment ??= done.environment;
  }
  const results = measured.flatMap((way) => way.results);
  const tables = [report.seriesOf(title, measured, 'last/first')];
  return { environment: environment!, tables, figures: { ways: measured }, results };
}

function check(ratios: report.Ratios): void {
  const fallen = report.fallenPhases(ratios, ratiosIn(ACCEPTED));
  console.log(
    fallen.length === 0
      ? '\nNo phase fell below nine tenths of its accepted ratio.'
      : '\nFallen below nine tenths of the accepted ratio:',
  );
  for (const { phase, ratio, accepted } of fallen)
    console.log(`  ${phase}: ${ratio.toFixed(3)} instead of ${accepted.toFixed(3)}`);
  if (fallen.length > 0) process.exitCode = 1;
}

const ratiosIn = (file: string | URL): report.Ratios =>
  (JSON.parse(readFileSync(file, 'utf8')) as { ratios: report.Ratios }).ratios;

const rounded = (ratios: report.Ratios): report.Ratios =>
  Object.fromEntries(Object.entries(ratios).map(([phase, ratio]) => [phase, Math.round(ratio * 1_000) / 1_000]));

/** A figure of something that did not work is worth nothing: said last, and by the exit code. */
function failOn(results: readonly PhaseResult[]): void {
  const failed = results.filter(({ errors }) => errors > 0);
  if (failed.length === 0) return;
  process.exitCode = 1;
  console.error('\n!! WRONG ANSWERS, OR CONFIRMED WRITES THAT WERE LOST:');
  for (const { phase, errors, firstError } of failed)
    console.error(`!!   ${phase}: ${errors}, the first: ${firstError}`);
}
