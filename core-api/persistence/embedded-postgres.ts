import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { StartError } from '#core-api/start-error.js';
import { type Account, accountFor, clusterHome, giveTo, reachableBinaries } from './embedded/account.js';
import { type Binaries, findBinaries } from './embedded/binaries.js';
import {
  clearStalePidFile,
  findPostmaster,
  LaunchError,
  launchPostmaster,
  stopPostmaster,
} from './embedded/postmaster.js';
import { serverSettings } from './embedded/server-settings.js';
import { holdStartLock } from './embedded/start-lock.js';
import { holdInstanceLock, type InstanceLock } from './instance-lock.js';

const DATABASE = 'rollcall';
const ADMIN_ROLE = 'postgres';
const OWNER_ROLE = 'rollcall_owner';
const APP_ROLE = 'rollcall_app';

/** The server of a start that was just interrupted may still be writing its last checkpoint. */
const SETTLE_MS = 20_000;

export interface EmbeddedUrls {
  /** Owns the database, and is no superuser: migrations. */
  ownerUrl: string;
  /** May log in, and do what migrations grant it. */
  appUrl: string;
  /** Superuser, in the database `postgres`. */
  adminUrl: string;
  port: number;
}

export interface EmbeddedPostgres extends EmbeddedUrls {
  /** Stops the server in order; also one that an earlier process left running. May be called twice. */
  stop(): Promise<void>;
}

interface Options {
  /** Made when it is missing. Everything of the server stays in it (but see `clusterHome`). */
  dataDir: string;
  log: { info(message: string): void; warn(message: string): void; error(message: string): void };
  /** Settings of postgresql.conf on top of ours: tests do without durability. */
  settings?: Record<string, string | number>;
}

interface Secrets {
  adminPassword: string;
  ownerPassword: string;
  appPassword: string;
}

/**
 * Starts the PostgreSQL that came with the package on `dataDir`, or adopts one that a killed process left running there, and holds
 * the instance's lock until `stop`.
 *
 * @throws StartError also when a living Rollcall uses the folder
 */
export async function startEmbeddedPostgres({ dataDir: given, log, settings }: Options): Promise<EmbeddedPostgres> {
  const dataDir = openDataDir(given);
  const startLock = await holdStartLock(join(dataDir, 'start.lock'), given);
  try {
    const clusterDir = join(clusterHome(dataDir, accountFor), 'postgres');
    const account = accountFor(clusterDir);
    const secrets = secretsOf(dataDir, clusterDir);
    const cluster = new Cluster(dataDir, clusterDir, account, log, settings ?? {});

    const adopted = await isRunning(clusterDir);
    if (!adopted) await cluster.start(secrets);
    let lock: InstanceLock;
    try {
      const urls = urlsOf(secrets, cluster.port);
      await provision(urls, secrets);
      lock = await holdInstanceLock(inDatabase(urls.adminUrl), given);
    } catch (error) {
      await cluster.stopIfStartedHere();
      throw error instanceof StartError
        ? error
        : new StartError(`The embedded PostgreSQL on ${given} does not let us in: ${(error as Error).message}.`);
    }
    if (adopted) log.info(`Going on with the PostgreSQL that an earlier process left running on ${given}.`);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      await lock.release();
      await cluster.stop();
    };
    return {
      ...urlsOf(secrets, cluster.port),
      stop() {
        stopped ??= stop();
        return stopped;
      },
    };
  } finally {
    startLock.release();
  }
}

/** The addresses of the server that runs on `dataDir`, for a command beside it; null when none runs there. */
export async function connectEmbedded({ dataDir }: { dataDir: string }): Promise<EmbeddedUrls | null> {
  if (!existsSync(secretsFile(dataDir))) return null;
  const real = realpathSync(dataDir);
  const clusterDir = join(clusterHome(real, accountFor), 'postgres');
  const running = findPostmaster(clusterDir);
  if (running?.status !== 'ready') return null;
  return urlsOf(secretsOf(real, clusterDir), running.port);
}

/** One cluster on disk, and the server on it. */
class Cluster {
  #child: ChildProcess | null = null;
  #stopping = false;

  constructor(
    private readonly dataDir: string,
    private readonly clusterDir: string,
    private readonly account: Account,
    private readonly log: Options['log'],
    private readonly settings: Record<string, string | number>,
  ) {}

  get port(): number {
    const running = findPostmaster(this.clusterDir);
    if (!running) throw new StartError('The embedded PostgreSQL ended right after its start.');
    return running.port;
  }

  async start(secrets: Secrets): Promise<void> {
    const binaries = reachableBinaries(await findBinaries(), this.account);
    if (existsSync(join(this.clusterDir, 'PG_VERSION'))) {
      this.#refuseOtherVersion(binaries);
      giveTo(this.account, this.clusterDir);
    } else {
      await this.#initialise(binaries, secrets);
    }
    await this.#launch(binaries.postgres);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await stopPostmaster(this.clusterDir);
  }

  async stopIfStartedHere(): Promise<void> {
    if (this.#child) await this.stop();
  }

  async #initialise({ initdb }: Binaries, { adminPassword }: Secrets): Promise<void> {
    // Under another name until it is whole: an interrupted initdb must not look like a database.
    const unfinished = `${this.clusterDir}.new`;
    const passwordFile = `${this.clusterDir}.password`;
    rmSync(unfinished, { recursive: true, force: true });
    rmSync(passwordFile, { force: true });
    mkdirSync(unfinished, { mode: 0o700 });
    writeFileSync(passwordFile, adminPassword, { mode: 0o600 });
    const { uid, gid } = this.account;
    if (uid !== undefined && gid !== undefined) {
      chownSync(unfinished, uid, gid);
      chownSync(passwordFile, uid, gid);
    }
    try {
      await promisify(execFile)(
        initdb,
        [
          `--pgdata=${unfinished}`,
          `--username=${ADMIN_ROLE}`,
          `--pwfile=${passwordFile}`,
          '--encoding=UTF8',
          '--locale=C.UTF-8',
          '--auth=scram-sha-256',
          '--no-instructions',
          ...(this.settings.fsync === 'off' ? ['--no-sync'] : []),
        ],
        { ...this.account, cwd: '/', env: { LC_ALL: 'C', PATH: process.env.PATH } },
      );
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || (error as Error).message;
      throw new StartError(`The embedded PostgreSQL could not be set up in ${this.clusterDir}: ${said}.`);
    } finally {
      rmSync(passwordFile, { force: true });
    }
    renameSync(unfinished, this.clusterDir);
  }

  #refuseOtherVersion({ version }: Binaries): void {
    const ours = version.split('.')[0];
    const theirs = readFileSync(join(this.clusterDir, 'PG_VERSION'), 'utf8').trim();
    if (theirs === ours) return;
    throw new StartError(
      `${this.clusterDir} was written by PostgreSQL ${theirs}, and this release carries ${ours}: dump it with the former release, or choose another ROLLCALL_DATA_DIR.`,
    );
  }

  async #launch(program: string): Promise<void> {
    const portFile = join(this.dataDir, 'postgres-port');
    const giveUpAt = Date.now() + SETTLE_MS;
    for (;;) {
      clearStalePidFile(this.clusterDir);
      const port = await freePort(portFile);
      const { clusterDir, account } = this;
      const logFile = join(this.dataDir, 'postgres.log');
      try {
        const settings = { ...serverSettings(), ...this.settings };
        this.#child = await launchPostmaster({ program, account, clusterDir, port, logFile, settings });
        writeFileSync(portFile, `${port}\n`);
        break;
      } catch (error) {
        // The port went to somebody else meanwhile, or the children of a killed server are not yet gone: both pass.
        const passes = error instanceof LaunchError && /listen|shared memory block/.test(error.reason);
        if (!passes || Date.now() > giveUpAt) throw error;
        rmSync(portFile, { force: true });
        await delay(100);
      }
    }
    this.#child.once('exit', (code, signal) => {
      if (this.#stopping) return;
      this.log.error(`The embedded PostgreSQL ended (${signal ?? code}); starting it again. Its log: postgres.log.`);
      this.#launch(program).catch((error: Error) => this.log.error(error.message));
    });
  }
}

/** Waits while the server on the folder is coming up or going down. */
async function isRunning(clusterDir: string): Promise<boolean> {
  const giveUpAt = Date.now() + SETTLE_MS;
  for (;;) {
    const running = findPostmaster(clusterDir);
    if (!running) return false;
    if (running.status === 'ready') return true;
    if (Date.now() > giveUpAt) {
      throw new StartError(
        `The PostgreSQL on ${clusterDir} (process ${running.pid}) is ${running.status} and does not get ready.`,
      );
    }
    await delay(20);
  }
}

/** Roles, database and extension: whatever of them an interrupted first start has not made yet. */
async function provision(urls: EmbeddedUrls, secrets: Secrets): Promise<void> {
  const admin = new pg.Client({ connectionString: urls.adminUrl });
  await admin.connect();
  try {
    const { rows } = await admin.query<{ ready: boolean }>(
      'select exists (select from pg_database where datname = $1) as ready',
      [DATABASE],
    );
    if (rows[0]?.ready) return;
    for (const [role, password] of [
      [OWNER_ROLE, secrets.ownerPassword],
      [APP_ROLE, secrets.appPassword],
    ] as const) {
      await admin.query(`drop role if exists ${role}`);
      await admin.query(`create role ${role} login password '${password}'`); // our own, made of hexadecimal digits
    }
    // Made aside, so that the name appears only with everything in it.
    await admin.query(`drop database if exists ${DATABASE}_new`);
    await admin.query(`create database ${DATABASE}_new owner ${OWNER_ROLE}`);
    const inside = new pg.Client({ connectionString: inDatabase(urls.adminUrl, `${DATABASE}_new`) });
    await inside.connect();
    try {
      await inside.query('create extension pg_trgm');
    } finally {
      await inside.end();
    }
    await admin.query(`alter database ${DATABASE}_new rename to ${DATABASE}`);
  } finally {
    await admin.end();
  }
}

/** The folder's real path. Others may pass through it, not look: PostgreSQL's account must reach the cluster. */
function openDataDir(dataDir: string): string {
  if (process.platform === 'win32') {
    throw new StartError(
      'The embedded PostgreSQL runs on Linux and macOS: set DATABASE_URL to a PostgreSQL 15 or newer.',
    );
  }
  try {
    if (!existsSync(dataDir)) {
      mkdirSync(dataDir, { recursive: true });
      chmodSync(dataDir, 0o711);
    }
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(dataDir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`The data folder ${dataDir} (ROLLCALL_DATA_DIR) cannot be written by this user: ${code}.`);
  }
}

function secretsFile(dataDir: string): string {
  return join(dataDir, 'postgres-secrets.json');
}

function secretsOf(dataDir: string, clusterDir: string): Secrets {
  const file = secretsFile(dataDir);
  if (existsSync(file)) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
    } catch (error) {
      throw new StartError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'it is damaged'}.`);
    }
  }
  if (existsSync(clusterDir)) {
    throw new StartError(`${file} is missing: without its passwords the database in ${clusterDir} stays closed.`);
  }
  const password = () => randomBytes(24).toString('hex');
  const secrets: Secrets = { adminPassword: password(), ownerPassword: password(), appPassword: password() };
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return secrets;
}

function urlsOf(secrets: Secrets, port: number): EmbeddedUrls {
  const url = (role: string, password: string, database: string) =>
    `postgres://${role}:${password}@127.0.0.1:${port}/${database}`;
  return {
    ownerUrl: url(OWNER_ROLE, secrets.ownerPassword, DATABASE),
    appUrl: url(APP_ROLE, secrets.appPassword, DATABASE),
    adminUrl: url(ADMIN_ROLE, secrets.adminPassword, 'postgres'),
    port,
  };
}

function inDatabase(url: string, database = DATABASE): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}

/** The port of last time while it is free (tools keep working), else one that the system chooses. */
async function freePort(portFile: string): Promise<number> {
  const last = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  for (const wanted of Number.isInteger(last) && last > 0 && last < 65_536 ? [last, 0] : [0]) {
    const port = await new Promise<number | null>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(null));
      probe.listen(wanted, '127.0.0.1', () => {
        const { port: bound } = probe.address() as { port: number };
        probe.close(() => resolve(bound));
      });
    });
    if (port !== null) return port;
  }
  throw new StartError('No free port on 127.0.0.1 for the embedded PostgreSQL.');
}
