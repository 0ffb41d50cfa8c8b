import pg from 'pg';
import { StartError } from '#core-api/start-error.js';
import { type Pooler, sessionOf } from './database.js';

const OLDEST_VERSION = 15;
const CONNECT_WITHIN_MS = 5_000;

export interface DatabaseFacts {
  /** PostgreSQL's `server_version_num`, as in 170004 for 17.4. */
  versionNumber: number;
  superuser: boolean;
  role: string;
}

/**
 * Asks the server at `url` whether Rollcall can live there.
 *
 * @param variable the setting that the address came from: it is named in every refusal, the password never is
 * @param pooler what is said to stand before it: the server is asked as it will be later.
 * @throws StartError: unreachable, refused, no such database, older than PostgreSQL 15, or not UTF8
 */
export async function checkDatabase(
  url: string,
  variable = 'DATABASE_URL',
  pooler: Pooler = 'none',
): Promise<DatabaseFacts> {
  const client = clientFor(url, variable, pooler);
  client.on('error', () => undefined); // a connection lost on the way also fails the query below
  try {
    await client.connect();
    const { rows } = await client.query<{ versionNumber: number; encoding: string; superuser: boolean; role: string }>(
      `select current_setting('server_version_num')::int as "versionNumber",
              current_setting('server_encoding') as encoding,
              coalesce((select rolsuper from pg_roles where rolname = current_user), false) as superuser,
              current_user::text as role`,
    );
    const { versionNumber, encoding, superuser, role } = rows[0]!; // a select without a table has one row
    const version = Math.floor(versionNumber / 10_000);
    if (version < OLDEST_VERSION) {
      throw new StartError(`${variable}: this is PostgreSQL ${version}; Rollcall needs ${OLDEST_VERSION} or newer.`);
    }
    if (encoding !== 'UTF8') {
      throw new StartError(
        `${variable}: the database "${client.database}" is encoded in ${encoding}, and must be in UTF8 (create database … encoding 'UTF8' template template0).`,
      );
    }
    return { versionNumber, superuser, role };
  } catch (error) {
    throw error instanceof StartError ? error : new StartError(`${variable}: ${causeOf(error, client)}.`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function clientFor(url: string, variable: string, pooler: Pooler): pg.Client {
  const form = 'postgres://USER:PASSWORD@HOST:PORT/DATABASE';
  if (!/^postgres(ql)?:\/\//.test(url)) throw new StartError(`${variable} must look like ${form}.`);
  try {
    return new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_WITHIN_MS, ...sessionOf(pooler) });
  } catch {
    throw new StartError(
      `${variable} cannot be read: it must look like ${form}, with special characters percent-encoded.`,
    );
  }
}

function causeOf(error: unknown, { host, port, user, database }: pg.Client): string {
  const { code, message } = error as { code?: string; message: string };
  const server = `${host}:${port}`;
  switch (code) {
    case '28P01':
    case '28000':
      return `the server at ${server} refuses the user "${user}" or the password`;
    case '3D000':
      return `there is no database "${database}" on ${server}`;
    case '42501':
      return `the user "${user}" may not connect to the database "${database}" on ${server}`;
    case '08P01':
      return `${server} does not open a session as PostgreSQL does (${message}): is that a pooler? Then set ROLLCALL_POOLER`;
    case 'ECONNREFUSED':
      return `nothing answers at ${server}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host "${host}" is not known`;
    default:
      return /timeout/i.test(message)
        ? `no answer from ${server} within ${CONNECT_WITHIN_MS / 1000} seconds`
        : `cannot connect to ${server}: ${message.replace(/\.$/, '')}`;
  }
}
