import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '#core-api/start-error.js';
import type { Account } from './account.js';
import { isServerOf } from './process.js';

const POLL_MS = 10;
/** Replaying 2 GB of log after a crash on a slow disk takes its time. */
const READY_WITHIN_MS = 120_000;
const FAST_STOP_MS = 8_000;
const IMMEDIATE_STOP_MS = 2_000;
const KEEP_LOG_BELOW_BYTES = 10 * 1024 * 1024;

/** What `postmaster.pid` says. */
export interface Postmaster {
  pid: number;
  port: number;
  status: string;
}

/** The server that runs on `clusterDir`, ready or not; null when there is none. A file left behind by a crash is no server. */
export function findPostmaster(clusterDir: string): Postmaster | null {
  const lines = readPidFile(clusterDir)?.split('\n') ?? [];
  const pid = Math.abs(Number(lines[0]));
  if (!pid || !isServerOf(pid, clusterDir)) return null;
  return { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? 'starting' };
}

/** Null when there is none: a server that ends takes it away at any moment. */
function readPidFile(clusterDir: string): string | null {
  try {
    return readFileSync(pidFile(clusterDir), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Removes the `postmaster.pid` of a server that is gone. PostgreSQL would do so itself, unless the number has meanwhile gone to
 * another process of the same user, as it does in containers: then it would refuse to start.
 */
export function clearStalePidFile(clusterDir: string): void {
  if (!findPostmaster(clusterDir)) rmSync(pidFile(clusterDir), { force: true });
}

export interface Launch {
  program: string;
  account: Account;
  clusterDir: string;
  port: number;
  logFile: string;
  settings: Record<string, string | number>;
}

/** Starts a server and waits until it takes connections. @throws LaunchError with PostgreSQL's own last word */
export async function launchPostmaster(launch: Launch): Promise<ChildProcess> {
  const { clusterDir, logFile } = launch;
  if (existsSync(logFile) && statSync(logFile).size > KEEP_LOG_BELOW_BYTES) renameSync(logFile, `${logFile}.1`);
  const log = openSync(logFile, 'a+', 0o600);
  const logStart = statSync(logFile).size;
  const settings = Object.entries({ ...launch.settings, port: launch.port });
  const child = spawn(
    launch.program,
    ['-D', clusterDir, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...launch.account,
      cwd: '/',
      // Messages are read for their meaning below; and nothing of our own environment is PostgreSQL's business.
      env: { LC_ALL: 'C', PATH: process.env.PATH },
      stdio: ['ignore', log, log],
      // A process group of its own: Ctrl-C goes to us alone, and we stop the server once the last request is answered.
      detached: true,
    },
  );
  let ended: string | null = null;
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended ??= `ended with ${signal ?? code}`));
  try {
    const giveUpAt = Date.now() + READY_WITHIN_MS;
    for (;;) {
      await delay(POLL_MS);
      if (ended !== null) throw new LaunchError(lastWords(log, logStart) ?? ended);
      const running = existsSync(pidFile(clusterDir)) ? findPostmaster(clusterDir) : null;
      if (running?.pid === child.pid && running?.status === 'ready') break;
      if (Date.now() > giveUpAt) {
        child.kill('SIGINT');
        throw new LaunchError(`not ready after ${READY_WITHIN_MS / 1000} seconds`);
      }
    }
  } finally {
    closeSync(log);
  }
  child.unref();
  return child;
}

export class LaunchError extends StartError {
  constructor(readonly reason: string) {
    super(`The embedded PostgreSQL did not start: ${reason}.`);
  }
}

/** Ends the server on `clusterDir` in order, whoever started it: clients are cut off, nothing is lost. */
export async function stopPostmaster(clusterDir: string): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    const running = findPostmaster(clusterDir);
    if (!running) return;
    try {
      process.kill(running.pid, signal);
    } catch {
      return; // gone in between
    }
    const giveUpAt = Date.now() + patience;
    while (Date.now() < giveUpAt) {
      if (!findPostmaster(clusterDir)) return;
      await delay(POLL_MS);
    }
  }
}

function pidFile(clusterDir: string): string {
  return join(clusterDir, 'postmaster.pid');
}

/** The last line of complaint that PostgreSQL wrote since `from`, without its time stamp. */
function lastWords(log: number, from: number): string | null {
  const buffer = Buffer.alloc(16_384);
  const text = buffer.toString('utf8', 0, readSync(log, buffer, 0, buffer.length, from));
  const complaint =
    text.split('\n').findLast((line) => /FATAL|PANIC|error/i.test(line)) ?? text.trim().split('\n').at(-1);
  return complaint ? complaint.replace(/^.*?(FATAL|PANIC):\s*/, '').replace(/\.$/, '') : null;
}
