import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { connectEmbedded } from '#core-api/persistence/embedded-postgres.js';

/** What figures depend on, and so have to be told with. */
export interface BenchEnvironment {
  cpu: string;
  cores: number;
  memoryGb: number;
  node: string;
  postgres: string;
  rollcall: string;
  /** Short hash, with `+` for uncommitted changes; `unknown` outside of a repository. */
  commit: string;
}

/** @param dataDir the data folder of the running server */
export async function describeEnvironment(dataDir: string): Promise<BenchEnvironment> {
  // This file runs from dist/test/bench.
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    postgres: await postgresVersion(dataDir),
    rollcall: version,
    commit: commitOf(root),
  };
}

async function postgresVersion(dataDir: string): Promise<string> {
  const running = await connectEmbedded({ dataDir });
  if (!running) return 'unknown';
  const client = new pg.Client({ connectionString: running.appUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}

function commitOf(root: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
