import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from '#core-api/start-error.js';
import type { Binaries } from './binaries.js';

/** Who PostgreSQL runs as: nothing for an ordinary user (the same one), an unprivileged account when we are root. */
export interface Account {
  uid?: number;
  gid?: number;
}

/** Where files go that the unprivileged account of a root start could not reach in their proper place (say, below /root). */
const SHARED_HOME = '/var/lib/rollcall';
/** Beside the data: the folder in SHARED_HOME that the cluster had to move to. */
const POINTER = 'postgres-home';
/** initdb wants an account with a name. The second one exists on every system. */
const ACCOUNT_NAMES = ['postgres', 'nobody'];

/** The account for the cluster in `clusterDir`: the owner of the files when there are any. PostgreSQL itself refuses to run as root. */
export function accountFor(clusterDir: string): Account {
  const owner = existsSync(clusterDir) ? statSync(clusterDir) : null;
  const self = process.getuid?.();
  if (self !== 0) {
    if (owner && owner.uid !== self) {
      throw new StartError(
        `${clusterDir} belongs to another user (uid ${owner.uid}): start as that user or as root, or choose another ROLLCALL_DATA_DIR.`,
      );
    }
    return {};
  }
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ACCOUNT_NAMES) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid && gid) return { uid, gid };
  }
  throw new StartError(
    'PostgreSQL does not run as root, and there is no account "postgres" or "nobody" for it: start as an ordinary user, or set DATABASE_URL.',
  );
}

function idOf(flag: string, name: string): number | null {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 ? Number(stdout.trim()) : null;
}

/**
 * The folder that holds (or will hold) the cluster: `dataDir` itself, unless the account cannot get there. Then it is a folder of
 * its own in /var/lib/rollcall, remembered in the data folder.
 */
export function clusterHome(dataDir: string, account: (clusterDir: string) => Account): string {
  const pointer = join(dataDir, POINTER);
  if (existsSync(pointer)) {
    const home = readFileSync(pointer, 'utf8').trim();
    if (existsSync(home)) return home;
    throw new StartError(`The database files of ${dataDir} are gone: ${home}, named by ${pointer}, does not exist.`);
  }
  const clusterDir = join(dataDir, 'postgres');
  const who = account(clusterDir);
  if (canEnter(who, dataDir)) return dataDir;
  if (existsSync(clusterDir)) {
    throw new StartError(
      `PostgreSQL does not run as root, and uid ${who.uid} cannot reach ${clusterDir}: let others pass through the folders above it (chmod o+x), or move the data.`,
    );
  }
  const home = join(sharedHome(), randomUUID());
  mkdirSync(home);
  chmodSync(home, 0o711);
  writeFileSync(pointer, `${home}\n`);
  return home;
}

/** Binaries that the account can run: those of the package, or a copy of them where it cannot reach the package. */
export function reachableBinaries(binaries: Binaries, account: Account): Binaries {
  if (account.uid === undefined || canRun(account, binaries.postgres)) return binaries;
  const folder = join(sharedHome(), `postgresql-${binaries.version}-${process.platform}-${process.arch}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    cpSync(dirname(dirname(binaries.postgres)), unfinished, { recursive: true, verbatimSymlinks: true });
    openToAll(unfinished);
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      rmSync(unfinished, { recursive: true, force: true });
      if (!existsSync(folder)) throw error; // another process was quicker
    }
  }
  const copy = { ...binaries, postgres: join(folder, 'bin', 'postgres'), initdb: join(folder, 'bin', 'initdb') };
  if (canRun(account, copy.postgres)) return copy;
  throw new StartError(
    `PostgreSQL does not run as root, and uid ${account.uid} can run it neither from ${binaries.postgres} nor from ${folder}: start as an ordinary user, or set DATABASE_URL.`,
  );
}

/** Gives the folder and all in it to the account (a copy made by root belongs to root). */
export function giveTo(account: Account, path: string): void {
  const { uid, gid } = account;
  if (uid === undefined || gid === undefined || statSync(path).uid === uid) return;
  for (const entry of readdirSync(path, { recursive: true, encoding: 'utf8' })) lchownSync(join(path, entry), uid, gid);
  chownSync(path, uid, gid); // last: an interrupted run starts over
}

function canEnter(account: Account, folder: string): boolean {
  if (account.uid === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { ...account, cwd: '/' }).status === 0;
}

function canRun(account: Account, program: string): boolean {
  return spawnSync(program, ['--version'], { ...account, cwd: '/', env: {} }).status === 0;
}

function sharedHome(): string {
  try {
    mkdirSync(SHARED_HOME, { recursive: true });
    chmodSync(SHARED_HOME, 0o755);
    return SHARED_HOME;
  } catch (error) {
    throw new StartError(
      `PostgreSQL does not run as root, its unprivileged account cannot reach this folder, and ${SHARED_HOME} cannot be created (${(error as NodeJS.ErrnoException).code}): start as an ordinary user, or set DATABASE_URL.`,
    );
  }
}

/** A package installed under a tight umask is closed to everybody else. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    chmodSync(
      path,
      statSync(path).mode | (entry.isDirectory() ? 0o755 : 0o444 | (((statSync(path).mode & 0o100) >> 6) * 0o111)),
    );
  }
}
