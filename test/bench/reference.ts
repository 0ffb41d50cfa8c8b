import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PhaseResult } from './load.js';
import { measureBeside } from './measure.js';
import type { BenchOptions } from './options.js';
import { figure, ratio, summaryOf, type Table } from './report.js';
import type { BenchServer } from './server.js';

/** Where both benches measure the same: our name of the phase, and the other's. */
const SAME: Readonly<Record<string, string>> = {
  '1 sync': '1 sync',
  '2 look-up userName': '2 lookup userName',
  '2 look-up externalId': '2 lookup externalId',
  '3 get': '3 get by id',
  '4 PATCH active': '4 patch active',
  '5 PATCH of three': '5 patch entra 3 ops',
  '6 PUT': '6 put replace',
  '7 pages of 100': '7 list all count=100',
  '7 deep page, index': '7 deep page',
  '9 co': '9 filter co',
  '9 sw': '9 filter sw',
  '9 and/or': '9 filter and/or',
  '8 create group': '8 group create',
  '8 add 1': '8 add 1 member',
  '8 add 100': '8 add 100 members',
  '8 add 1, one hot group': '8 add 1, one hot group',
  '8 list groups': '8 list groups excl',
  '8 get the largest': '8 get largest excl',
  '8 look-up group': '8 lookup group excl',
};
const sameAs = (phase: string) => SAME[phase] ?? phase;

interface Row {
  phase: string;
  ops?: number;
  opsPerSec?: number;
  errors?: number;
  verify?: string;
}

/**
 * Runs the load generator and the limit in `folder`, unchanged, against the same server and PostgreSQL as our own: a fresh tenant each time, in turns
 * with ours, on a server that a first tenant has warmed.
 */
export async function measureWithReference(server: BenchServer, folder: string, options: BenchOptions) {
  const ours = await measureBeside(server, options);
  const scratch = mkdtempSync(join(tmpdir(), 'rollcall-reference-'));
  const product: Row[][] = [];
  const limit: Row[][] = [];
  try {
    const size = ['--users', options.users, '--concurrency', options.concurrency, '--groups', options.groups];
    const common = [...size, '--group-sizes', options.groupSizes.filter((members) => members <= 10_000).join(',')];
    for (let run = 0; run < options.runs; run++) {
      const file = join(scratch, `${run}.json`);
      const { scimBaseUrl, scimToken } = await server.newCompany(`Reference ${run}`);
      const access = ['--base', scimBaseUrl, '--token', scimToken];
      product.push(await rowsOf(join(folder, 'scim-load.mjs'), [...access, ...common, '--json', file], file));
      const dsn = ['--dsn', server.adminUrl];
      limit.push(await rowsOf(join(folder, 'sql-limit.mjs'), [...dsn, ...common, '--json', file], file));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const rows = ours.rollcall.flatMap(({ phase, perSecond }) => {
    const theirs = [medianOf(product, sameAs(phase)), medianOf(limit, sameAs(phase))] as const;
    if (theirs[0] === undefined || theirs[1] === undefined) return [];
    const lean = ours.lean.find((result) => result.phase === phase)?.perSecond;
    return [
      [
        ...[phase, figure(perSecond), figure(theirs[0]), ratio(perSecond, theirs[0])],
        ...[figure(lean), figure(theirs[1]), ratio(lean, theirs[1])],
        ...[ratio(perSecond, lean), ratio(theirs[0], theirs[1])],
      ],
    ];
  });
  const columns = ['ops/s', 'ours', 'theirs', 'ours/theirs', 'our limit', 'their limit', 'ours/theirs'];
  const beside: Table = {
    title: 'Our load and limit beside the reference, and the ratio to the limit by each',
    columns: [...columns, 'our ratio', 'their ratio'],
    rows,
  };
  const title = `${options.users} users a tenant, medians of ${options.runs} tenants after a first one`;
  const results: PhaseResult[] = [...ours.rollcall, ...ours.lean, ...ours.fair];
  return { tables: [summaryOf(ours, title), beside], figures: { ...ours, reference: { product, limit } }, results };
}

async function rowsOf(script: string, args: readonly (string | number)[], file: string): Promise<Row[]> {
  const child = spawn(process.execPath, [script, ...args.map(String)], {
    // The very driver that the product uses.
    env: { ...process.env, PG_MODULE: fileURLToPath(import.meta.resolve('pg')) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${script} ended with ${code}`);
  const { runs } = JSON.parse(readFileSync(file, 'utf8')) as { runs: { rows: Row[] }[] };
  const rows = runs.flatMap((run) => run.rows);
  const wrong = rows.find(({ errors = 0, verify = 'ok' }) => errors > 0 || verify !== 'ok');
  if (wrong) throw new Error(`${script}: ${wrong.phase} had ${wrong.errors} errors; read back: ${wrong.verify ?? '-'}`);
  return rows;
}

function medianOf(runs: readonly (readonly Row[])[], phase: string): number | undefined {
  const speeds = runs.flatMap((rows) => rows.find((row) => row.phase === phase)?.opsPerSec ?? []);
  return speeds.sort((a, b) => a - b)[Math.floor((speeds.length - 1) / 2)];
}
