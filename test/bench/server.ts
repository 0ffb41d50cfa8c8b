import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const READY_WITHIN_MS = 30_000;
/** This file runs from dist/test/bench. */
const built = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export interface BenchServer {
  dataDir: string;
  /** A fresh company, bootstrapped as a person would do it. */
  newCompany(name: string): Promise<{ scimBaseUrl: string; scimToken: string }>;
  stop(): Promise<void>;
}

/**
 * The built product in a process of its own, on a PostgreSQL of its own, without limits on requests.
 *
 * @param settings beside those, for this server.
 */
export async function startServer(settings: Readonly<Record<string, string>> = {}): Promise<BenchServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rollcall-bench-'));
  const { DATABASE_URL: _1, DATABASE_OWNER_URL: _2, ...inherited } = process.env;
  const env = {
    ...inherited,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(await freePort()),
    ROLLCALL_DATA_DIR: dataDir,
    ROLLCALL_LOG_LEVEL: 'warn',
    ROLLCALL_SCIM_RATE: '0',
    ...settings,
  };
  const child = spawn(process.execPath, ['--enable-source-maps', built('start.js')], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    await untilReady(`http://127.0.0.1:${env.PORT}/health/ready`, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    dataDir,
    async newCompany(name) {
      const args = [built('cli/main.js'), 'bootstrap', '--company', name, '--json'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      return JSON.parse(stdout) as { scimBaseUrl: string; scimToken: string };
    },
    stop,
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null) throw new Error(`the server ended with exit code ${child.exitCode}.`);
    const ready = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await delay(50);
  }
  throw new Error(`the server was not ready within ${READY_WITHIN_MS / 1000} seconds.`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
