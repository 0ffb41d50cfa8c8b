import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkDatabase } from '#core-api/persistence/connection-check.js';
import { findPostmaster, stopPostmaster } from '#core-api/persistence/embedded/postmaster.js';
import { connectEmbedded, startEmbeddedPostgres } from '#core-api/persistence/embedded-postgres.js';

const HOLDER = fileURLToPath(new URL('../support/embedded-holder.ts', import.meta.url));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settings = { fsync: 'off' };

let folder: string;
let dataDir: string;
let clusterDir: string;
const holders: ChildProcess[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-embedded-'));
  chmodSync(folder, 0o711); // for the account that PostgreSQL runs as when root runs the tests
  dataDir = join(folder, 'data');
  clusterDir = join(dataDir, 'postgres');
});

afterAll(async () => {
  for (const child of holders) child.kill('SIGKILL'); // those that a failed test forgot
  await stopPostmaster(clusterDir);
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the holder on `dataDir` and returns it with the lines it printed up to `up` or the refusal. */
async function hold(): Promise<{ child: ChildProcess; said: string[] }> {
  const child = spawn(process.execPath, ['--conditions=source', '--import=tsx', HOLDER, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  holders.push(child);
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (line === 'up') break;
  }
  return { child, said };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

async function ask<T>(url: string, statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('the embedded PostgreSQL', () => {
  it('comes up on an empty folder in UTF8, with an owner and an application role that are no superusers', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings });
    try {
      expect(await checkDatabase(postgres.ownerUrl)).toMatchObject({ role: 'rollcall_owner', superuser: false });
      expect(await checkDatabase(postgres.appUrl)).toMatchObject({ role: 'rollcall_app', superuser: false });
      expect(await ask(postgres.ownerUrl, `select similarity('ann', 'anna') > 0 as found`)).toEqual([{ found: true }]);
      await ask(postgres.ownerUrl, 'create table kept (id int); insert into kept values (1)');
      await expect(ask(postgres.appUrl, 'create table no (id int)')).rejects.toThrow('permission denied');
    } finally {
      await postgres.stop();
    }
    expect(findPostmaster(clusterDir)).toBeNull();
  });

  it('keeps its passwords where only its owner reads them', () => {
    expect(statSync(join(dataDir, 'postgres-secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('is there again after a stop, with its data and on the same port', async () => {
    const port = Number(readFileSync(join(dataDir, 'postgres-port'), 'utf8'));
    const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings });
    try {
      expect(postgres.port).toBe(port);
      expect(await ask(postgres.ownerUrl, 'select id from kept')).toEqual([{ id: 1 }]);
    } finally {
      await postgres.stop();
    }
  });

  it('takes another port when the former one is in use', async () => {
    const port = Number(readFileSync(join(dataDir, 'postgres-port'), 'utf8'));
    const squatter = createServer().listen(port, '127.0.0.1');
    await once(squatter, 'listening');
    try {
      const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings });
      await postgres.stop();
      expect(postgres.port).not.toBe(port);
    } finally {
      squatter.close();
    }
  });

  it('refuses a second start while the first one lives, and tells a command beside it where to connect', async () => {
    const { child } = await hold();
    try {
      await expect(startEmbeddedPostgres({ dataDir, log: silent, settings })).rejects.toThrow(
        `Rollcall is already running on ${dataDir} (process ${child.pid}).`,
      );
      const urls = await connectEmbedded({ dataDir });
      expect(await ask(urls!.appUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      await end(child, 'SIGTERM');
    }
    expect(await connectEmbedded({ dataDir })).toBeNull();
  });

  it('goes on with the server that a killed process left running, and stops that one in the end', async () => {
    const { child } = await hold();
    const orphan = findPostmaster(clusterDir);
    await end(child, 'SIGKILL');

    const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings });
    expect(findPostmaster(clusterDir)?.pid).toBe(orphan?.pid);
    await postgres.stop();

    expect(findPostmaster(clusterDir)).toBeNull();
  });

  it('recovers when process and server were both killed', async () => {
    const { child } = await hold();
    process.kill(findPostmaster(clusterDir)!.pid, 'SIGKILL');
    await end(child, 'SIGKILL');

    const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings });
    expect(await ask(postgres.ownerUrl, 'select id from kept')).toEqual([{ id: 1 }]);
    await postgres.stop();
  });

  it('is not held up by a stale pid file whose number now belongs to another process', async () => {
    writeFileSync(
      join(clusterDir, 'postmaster.pid'),
      `${process.pid}\n${clusterDir}\n1\n5432\n\n127.0.0.1\n\nready   \n`,
    );
    const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings });
    await postgres.stop();
  });

  it('comes back by itself when only the server was killed', async () => {
    const { child } = await hold();
    try {
      const killed = findPostmaster(clusterDir)!.pid;
      process.kill(killed, 'SIGKILL');
      await vi.waitFor(
        () => {
          const running = findPostmaster(clusterDir);
          expect(running?.status).toBe('ready');
          expect(running?.pid).not.toBe(killed);
        },
        { timeout: 10_000, interval: 20 },
      );
      const urls = await connectEmbedded({ dataDir });
      expect(await ask(urls!.ownerUrl, 'select id from kept')).toEqual([{ id: 1 }]);
    } finally {
      await end(child, 'SIGTERM');
    }
    expect(findPostmaster(clusterDir)).toBeNull();
  });

  it('lets one of two simultaneous starts win', async () => {
    const both = await Promise.all([hold(), hold()]);
    const winners = both.filter(({ said }) => said.at(-1) === 'up');
    const losers = both.filter(({ said }) => said.at(-1) !== 'up');
    for (const { child } of winners) await end(child, 'SIGTERM');
    expect(winners).toHaveLength(1);
    expect(losers[0]?.said.at(-1)).toMatch(/^Rollcall is already running on .* \(process \d+\)\.$/);
  });

  it('never takes a cluster of another major version for its own', async () => {
    const other = join(folder, 'other');
    mkdirSync(join(other, 'postgres'), { recursive: true });
    writeFileSync(join(other, 'postgres', 'PG_VERSION'), '17\n');
    writeFileSync(join(other, 'postgres-secrets.json'), readFileSync(join(dataDir, 'postgres-secrets.json')));
    await expect(startEmbeddedPostgres({ dataDir: other, log: silent })).rejects.toThrow(
      'was written by PostgreSQL 17',
    );
    expect(existsSync(join(other, 'start.lock'))).toBe(false);
  });
});

describe('checkDatabase', () => {
  it('names what is wrong with an address, and never the password', async () => {
    const postgres = await startEmbeddedPostgres({ dataDir, log: silent, settings });
    const changed = (change: Partial<URL>) => Object.assign(new URL(postgres.appUrl), change).href;
    try {
      await ask(postgres.adminUrl, `create database old encoding 'LATIN1' locale 'C' template template0`);
      for (const [url, complaint] of [
        [changed({ password: 'geheim' }), 'DATABASE_URL: the server at 127.0.0.1:'],
        [changed({ pathname: '/nowhere' }), 'DATABASE_URL: there is no database "nowhere" on'],
        [changed({ pathname: '/old' }), 'DATABASE_URL: the database "old" is encoded in LATIN1'],
        [changed({ port: '1' }), 'DATABASE_URL: nothing answers at 127.0.0.1:1.'],
        ['mysql://u:geheim@localhost/db', 'DATABASE_URL must look like postgres://'],
        ['postgres://u:geheim%@localhost/db', 'DATABASE_URL'],
      ] as const) {
        const failure = await checkDatabase(url).catch((error: Error) => error);
        expect(failure).toMatchObject({ name: 'StartError', message: expect.stringContaining(complaint) });
        expect((failure as Error).message).not.toContain('geheim');
      }
      await expect(checkDatabase(changed({ port: '1' }), 'DATABASE_OWNER_URL')).rejects.toThrow(
        /^DATABASE_OWNER_URL: /,
      );
    } finally {
      await postgres.stop();
    }
  });
});
