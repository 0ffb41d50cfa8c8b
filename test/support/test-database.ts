import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import { stopPostmaster } from '#core-api/persistence/embedded/postmaster.js';
import { isAlive } from '#core-api/persistence/embedded/process.js';
import { startEmbeddedPostgres } from '#core-api/persistence/embedded-postgres.js';

/** How the addresses travel from the one process that starts the cluster to those that run the tests. */
const VARIABLE = 'TEST_CLUSTER';
/** The migrated database that every test database is a copy of. Not the cluster's own: nobody may be connected to a template. */
const TEMPLATE = 'test_template';
const FOLDER = /^rollcall-test-(\d+)-/;
/** Where Linux keeps files in memory. Disks that are slow to free what a dropped database had made hooks time out. */
const MEMORY = '/dev/shm';
/** A run leaves less than that behind at any time; containers often give 64 MB. */
const ENOUGH_BYTES = 4 * 1024 ** 3;
const DROP_MS = 5_000;

interface ClusterUrls {
  adminUrl: string;
  ownerUrl: string;
  appUrl: string;
}

export interface TestCluster {
  adminUrl: string;
  stop(): Promise<void>;
}

export interface TestDatabase {
  ownerUrl: string;
  appUrl: string;
  drop(): Promise<void>;
}

type Migrate = (target: { ownerUrl: string; appRole: string }) => Promise<unknown>;

/** Starts a PostgreSQL in a temporary folder, for this process and those that it starts, and migrates the template once. */
export async function testCluster(migrate: Migrate): Promise<TestCluster> {
  await removeForgotten();
  const dataDir = mkdtempSync(join(hasMemory() ? MEMORY : tmpdir(), `rollcall-test-${process.pid}-`));
  chmodSync(dataDir, 0o711); // for the account that PostgreSQL runs as when root runs the tests
  const problems = { info: () => undefined, warn: console.warn, error: console.error };
  // What a test writes need not outlive it.
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };
  const cluster = await startEmbeddedPostgres({ dataDir, log: problems, settings });
  const stop = async () => {
    await cluster.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  const { adminUrl } = cluster;
  const ownerUrl = inDatabase(cluster.ownerUrl, TEMPLATE);
  try {
    await ask(adminUrl, `create database ${TEMPLATE} owner ${new URL(ownerUrl).username}`);
    await ask(inDatabase(adminUrl, TEMPLATE), 'create extension pg_trgm');
    await migrate({ ownerUrl, appRole: new URL(cluster.appUrl).username });
  } catch (error) {
    await stop();
    throw error;
  }
  process.env[VARIABLE] = JSON.stringify({ adminUrl, ownerUrl, appUrl: cluster.appUrl } satisfies ClusterUrls);
  return { adminUrl, stop };
}

/** A fresh migrated database of its own, with the two roles of a real one. Takes some 100 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const announced = process.env[VARIABLE];
  if (!announced) throw new Error('No test cluster: run this through vitest, whose global setup starts it.');
  const { adminUrl, ownerUrl, appUrl } = JSON.parse(announced) as ClusterUrls;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // Copying files takes a sixth of the time that going through the log does, where no disk is waited for.
  await ask(
    adminUrl,
    `create database ${name} template ${TEMPLATE} strategy file_copy owner ${new URL(ownerUrl).username}`,
  );
  return {
    ownerUrl: inDatabase(ownerUrl, name),
    appUrl: inDatabase(appUrl, name),
    drop: () => soon(ask(adminUrl, `drop database if exists ${name} with (force)`)),
  };
}

/** Nobody has to wait for the room that it gives back: the whole cluster goes in the end. */
async function soon(dropped: Promise<void>): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    late = setTimeout(resolve, DROP_MS);
  });
  await Promise.race([dropped.catch(() => undefined), enough]).finally(() => clearTimeout(late));
}

function hasMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ENOUGH_BYTES;
}

function inDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

async function ask(url: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}

/** A run that was killed leaves its server behind. */
async function removeForgotten(): Promise<void> {
  const places = [tmpdir(), MEMORY].filter((place) => existsSync(place));
  for (const folder of places.flatMap((place) => readdirSync(place).map((name) => join(place, name)))) {
    const owner = Number(FOLDER.exec(basename(folder))?.[1]);
    if (!owner || isAlive(owner)) continue;
    try {
      await stopPostmaster(join(folder, 'postgres'));
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // another user's
    }
  }
}
