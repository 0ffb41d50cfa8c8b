import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { accountFor } from '#core-api/persistence/embedded/account.js';
import { freePort } from './free-port.js';

/** Where packages put it. */
const PLACES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'];
const READY_WITHIN_MS = 20_000;

/** The PgBouncer of this machine: PGBOUNCER_PATH, else one in a usual place; null, and a word about it, when there is none. */
export function findPgBouncer(): string | null {
  const found = [process.env.PGBOUNCER_PATH, ...PLACES].find((place) => place && existsSync(place));
  if (!found)
    console.warn('No PgBouncer here: its test is skipped. The package pgbouncer brings one, or set PGBOUNCER_PATH.');
  return found ?? null;
}

/** One before the tests' PostgreSQL that gives every transaction whichever of three connections is free, and lets everybody in. */
export async function startPgBouncer(program: string): Promise<{ port: number; stop(): Promise<void> }> {
  const { appUrl } = JSON.parse(process.env.TEST_CLUSTER!) as { appUrl: string };
  const { hostname, port: target, username, password } = new URL(appUrl);
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-pgbouncer-'));
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${target} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
server_reset_query_always = 0
log_connections = 0
log_disconnections = 0
`,
  );
  chmodSync(folder, 0o711);
  // As PostgreSQL, it does not run as root.
  const account = accountFor(join(folder, 'none'));
  if (account.uid !== undefined && account.gid !== undefined) chownSync(file, account.uid, account.gid);
  const child = spawn(program, ['-q', file], { ...account, cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await gone;
      clearTimeout(late);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilItListens(child, port);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilItListens(child: ChildProcess, port: number): Promise<void> {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const answers = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      delay(1_000, false),
    ]);
    socket.destroy();
    if (answers) return;
    await delay(50);
  }
  throw new Error('PgBouncer does not listen');
}
