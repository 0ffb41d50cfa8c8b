// What a fresh clone lacks: installed packages and a build. Plain JavaScript without dependencies: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
const NODE_24 = join(MODULES, 'node', 'bin', 'node');
const DIST = join(ROOT, 'dist');
const LOCK = join(ROOT, '.prepare.lock');
const SOURCES = ['schema', 'core-api', 'gateway', 'cli', 'test'];
const OUTPUT = { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
const OLDEST_NODE = 20;
const PARENT_CHECK_MS = 250;
/** An install on a slow line; whoever holds the lock longer has died, and another process got its number. */
const LOCK_FORGOTTEN_AFTER_MS = 15 * 60_000;

/** Ends the program with one line. */
export class Failure extends Error {}

/** Installs and (unless told otherwise) builds what is missing or out of date. A production image (no sources) has both already. */
export async function prepare({ needsBuild = true } = {}) {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new Failure(`Node ${OLDEST_NODE} or newer is needed, and this is ${process.version}.`);
  }
  if (!isSourceTree() || (isInstalled() && (!needsBuild || isBuilt()))) return;
  await underLock(() => {
    if (!isInstalled()) install();
    if (needsBuild && !isBuilt()) build();
  });
}

/** Runs Node 24 with these arguments. */
export function runNode(args) {
  return run(existsSync(NODE_24) ? NODE_24 : process.execPath, args);
}

/** Runs a shell command that finds the installed tools, and Node 24 as `node`. */
export function runCommand(command) {
  const PATH = [join(MODULES, '.bin'), process.env.PATH].join(delimiter);
  return run('/bin/sh', ['-c', command], { ...process.env, PATH });
}

/** Waits for the end of the program and returns its exit code. Signals reach it exactly once. */
function run(program, args, env = process.env) {
  const child = spawn(program, args, { stdio: 'inherit', env });
  let forwarded = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // Ctrl-C in a terminal goes to the whole process group, the child included.
      const hasItAlready = signal === 'SIGINT' && process.stdin.isTTY;
      if (!hasItAlready && !forwarded) child.kill(signal);
      forwarded = true;
    });
  }
  // npm, told to end, ends its shell and not what runs in it: then our parent is another one, and nobody waits for us any more.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) process.emit('SIGTERM');
  }, PARENT_CHECK_MS);
  watch.unref();
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Failure(`${program} does not start: ${error.message}`)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

/** Runs `main` for its exit code; a Failure becomes one line and exit code 1. */
export async function exitWith(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(`rollcall: ${error.message}`);
    process.exitCode = 1;
  }
}

export function inTree(...path) {
  return join(ROOT, ...path);
}

function isSourceTree() {
  return ['tsconfig.json', 'package-lock.json', 'core-api'].every((name) => existsSync(inTree(name)));
}

/** Compares what npm noted at its last install with the lock file; packages for other platforms are absent by right. */
function isInstalled() {
  const noted = join(MODULES, '.package-lock.json');
  if (!existsSync(noted) || !existsSync(NODE_24)) return false;
  try {
    const wanted = JSON.parse(readFileSync(inTree('package-lock.json'), 'utf8')).packages;
    const there = JSON.parse(readFileSync(noted, 'utf8')).packages;
    return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
      const found = there[path];
      if (path === '') return true;
      return found ? found.version === version && found.integrity === integrity : optional === true;
    });
  } catch {
    return false; // an interrupted install
  }
}

function install() {
  console.log('Installing dependencies (once)…');
  let answer = npm('ci');
  // npm leaves packages of other platforms out of a lock file when its registry lacks them, and then "ci" calls the file incomplete.
  // "install" takes the locked versions too, and with --no-save writes no file of ours.
  if (/\bEUSAGE\b/.test(answer.stderr ?? '')) answer = npm('install', '--no-save');
  const { status, error, stdout, stderr } = answer;
  if (error) throw new Failure(`npm does not start (${error.message}): install npm, or run "npm ci" yourself.`);
  if (status !== 0) {
    console.error(`${stdout}${stderr}`.trim());
    throw new Failure('"npm ci" failed; its output is above.');
  }
  if (!existsSync(NODE_24))
    throw new Failure(`"npm ci" left no ${NODE_24}: are install scripts forbidden on this machine?`);
}

function npm(...args) {
  // Build tools and install scripts are needed, whatever the person's npm configuration says.
  const options = ['--include=dev', '--ignore-scripts=false', '--no-audit', '--no-fund'];
  const { npm_execpath: script = '' } = process.env;
  const [program, first] = basename(script) === 'npm-cli.js' ? [process.execPath, [script]] : ['npm', []];
  return spawnSync(program, [...first, ...args, ...options], OUTPUT);
}

function isBuilt() {
  const stamp = join(DIST, '.stamp');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

function build() {
  console.log('Building…');
  const stamp = fingerprint();
  for (const name of readdirSync(ROOT)) {
    if (/^dist\.\d+(\.old)?$/.test(name)) rmSync(inTree(name), { recursive: true, force: true });
  }
  // Into a folder of its own, from scratch: no file of a deleted source stays, and a failed build leaves the former one.
  const fresh = `${DIST}.${process.pid}`;
  const tsc = join(MODULES, 'typescript', 'bin', 'tsc');
  const args = ['-p', inTree('tsconfig.json'), '--noEmit', 'false', '--outDir', fresh];
  const { status, stdout, stderr } = spawnSync(NODE_24, [tsc, ...args], OUTPUT);
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    console.error(`${stdout}${stderr}`.trim());
    throw new Failure("the build failed; the compiler's output is above.");
  }
  writeFileSync(join(fresh, '.stamp'), stamp);
  const old = `${fresh}.old`;
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(fresh, DIST);
  rmSync(old, { recursive: true, force: true });
}

/** Changes whenever a source is edited, added, renamed or removed. */
function fingerprint() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path.slice(ROOT.length)} ${size} ${mtimeMs}\n`);
  };
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.(m?ts|json)$/.test(entry.name)) add(path);
    }
  };
  for (const folder of SOURCES) if (existsSync(inTree(folder))) walk(inTree(folder));
  for (const file of ['start.ts', 'vitest.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json']) {
    if (existsSync(inTree(file))) add(inTree(file));
  }
  return hash.digest('hex');
}

/** One process at a time installs or builds; the others wait, and then find it done. */
async function underLock(work) {
  for (;;) {
    try {
      mkdirSync(LOCK);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST')
        throw new Failure(`${ROOT} must be installed and built, and cannot be written: ${error.code}.`);
    }
    if (isLockForgotten()) rmSync(LOCK, { recursive: true, force: true });
    else await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const release = () => rmSync(LOCK, { recursive: true, force: true });
  try {
    writeFileSync(join(LOCK, 'pid'), String(process.pid));
    work();
  } finally {
    release();
  }
}

function isLockForgotten() {
  try {
    const age = Date.now() - statSync(LOCK).mtimeMs;
    if (age > LOCK_FORGOTTEN_AFTER_MS) return true;
    if (!existsSync(join(LOCK, 'pid'))) return age > 2_000;
    process.kill(Number(readFileSync(join(LOCK, 'pid'), 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
