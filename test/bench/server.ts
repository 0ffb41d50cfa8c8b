import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { connectEmbedded } from '#core-api/persistence/embedded-postgres.js';
import { freePort } from '#test/support/free-port.js';
import { usageOf } from './cpu.js';
import type { Costs, Meter } from './load.js';

const READY_WITHIN_MS = 120_000;
/** This file runs from dist/test/bench. */
const built = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const COUNTER = pathToFileURL(built('test/bench/count-statements.js')).href;
const GATEWAY_KEY = 'bench-bench-bench-bench-bench-bench';

export interface BenchCompany {
  companyId: string;
  scimBaseUrl: string;
  scimToken: string;
  graphqlUrl: string;
  apiKey: string;
}

export interface BenchServer {
  dataDir: string;
  /** Of a superuser, in the database `postgres`. */
  adminUrl: string;
  /** Of whoever owns the product's tables. */
  ownerUrl: string;
  /** What the product has spent: both programs together, where there are two. */
  meter: Meter;
  /** Memory that the product's Node processes hold now, in bytes. */
  residentBytes(): number;
  /** A fresh company, bootstrapped as a person would do it. */
  newCompany(name: string): Promise<BenchCompany>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Gateway and core in two processes, with HTTP between them. */
  split?: boolean;
  /** Beside those of every bench. */
  settings?: Readonly<Record<string, string>>;
}

/** The built product in processes of its own, on a PostgreSQL of its own, without limits on requests. */
export async function startServer({ split = false, settings = {} }: ServerOptions = {}): Promise<BenchServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  const { DATABASE_URL: _1, DATABASE_OWNER_URL: _2, ...inherited } = process.env;
  const env = {
    ...inherited,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    ROLLCALL_DATA_DIR: dataDir,
    ROLLCALL_LOG_LEVEL: 'error',
    ROLLCALL_SCIM_RATE: '0',
    ...(split && { ROLLCALL_GATEWAY_KEY: GATEWAY_KEY }),
    ...settings,
  };
  const programs: ChildProcess[] = [];
  const end = async () => {
    for (const program of programs.toReversed()) await ended(program);
    rmSync(dataDir, { recursive: true, force: true });
  };
  let ending: Promise<void> | null = null;
  // Told twice, a program would not wait for its PostgreSQL.
  const stop = () => {
    ending ??= end();
    return ending;
  };
  try {
    const coreUrl = `http://127.0.0.1:${env.PORT}`;
    const core = run(split ? 'core-api/main.js' : 'start.js', env);
    programs.push(core);
    await untilReady(coreUrl, core);
    let gatewayUrl = coreUrl;
    if (split) {
      const port = String(await freePort());
      const gateway = run('gateway/main.js', { ...env, PORT: port, CORE_API_URL: coreUrl });
      programs.push(gateway);
      gatewayUrl = `http://127.0.0.1:${port}`;
      await untilReady(gatewayUrl, gateway);
    }
    const urls = await connectEmbedded({ dataDir });
    if (!urls) throw new Error('the PostgreSQL of the server is not there.');
    const postmaster = await postmasterOf(urls.adminUrl);
    return {
      dataDir,
      adminUrl: urls.adminUrl,
      ownerUrl: urls.ownerUrl,
      meter: { read: () => costsOf(programs, postmaster) },
      residentBytes: () => programs.reduce((sum, { pid }) => sum + usageOf(pid!).residentBytes, 0),
      async newCompany(name) {
        const args = [built('cli/main.js'), 'bootstrap', '--company', name, '--json'];
        const { stdout } = await promisify(execFile)(process.execPath, args, { env });
        const company = JSON.parse(stdout) as BenchCompany;
        return { ...company, scimBaseUrl: `${gatewayUrl}/scim/v2`, graphqlUrl: `${coreUrl}/graphql` };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** With the flags of this process: the bench is started with those that the product is started with. */
function run(program: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, '--import', COUNTER, built(program)], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const gone = once(program, 'exit');
  program.kill('SIGTERM');
  await gone;
}

/** The process that all others of PostgreSQL are children of: it is not the product's child, but its own. */
async function postmasterOf(adminUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const stat = readFileSync(`/proc/${rows[0]!.pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } finally {
    await client.end();
  }
}

async function costsOf(programs: readonly ChildProcess[], postmaster: number): Promise<Costs> {
  const counts = await Promise.all(programs.map(statementsOf));
  return {
    node: programs.reduce((sum, { pid }) => sum + usageOf(pid!).cpuUs, 0),
    postgres: usageOf(postmaster, { withChildren: true }).cpuUs,
    statements: counts.reduce((sum, count) => sum + count, 0),
  };
}

async function statementsOf(program: ChildProcess): Promise<number> {
  const answer = once(program, 'message');
  program.send('statements');
  const [message] = (await answer) as [{ statements: number }];
  return message.statements;
}

async function untilReady(url: string, program: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (Date.now() < giveUpAt) {
    if (program.exitCode !== null) throw new Error(`the server ended with exit code ${program.exitCode}.`);
    const isReady = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await delay(50);
  }
  throw new Error(`the server was not ready within ${READY_WITHIN_MS / 1000} seconds.`);
}
