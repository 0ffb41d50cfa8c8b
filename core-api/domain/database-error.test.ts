import { createServer, type Server } from 'node:net';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '#core-api/persistence/database.js';
import { compileNow } from '#core-api/persistence/statement.js';
import { createTestDatabase, type TestDatabase } from '#test/support/test-database.js';
import { toDomainError } from './database-error.js';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(() => testDatabase?.drop());

const open = (url: string, poolSize = 2) => Database.open({ url, poolSize, translateError: toDomainError });
const select = (text: string) => compileNow((db) => db.selectNoFrom(sql.raw(text).as('x')));

async function using<T>(url: string, work: (db: Database) => Promise<T>, poolSize?: number): Promise<T> {
  const db = await open(url, poolSize);
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const AWAY = { code: 'DATABASE_UNAVAILABLE', details: { retryAfterSeconds: 2 } };
const terminated = `pg_terminate_backend(pg_backend_pid())`;

describe('a database that is away', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['nobody listens', () => using('postgres://x:y@127.0.0.1:1/z', (db) => db.run(select('1')))],
    [
      'the password is refused',
      () => using(testDatabase.appUrl.replace(/:[^:@/]+@/, ':wrong@'), (db) => db.run(select('1'))),
    ],
    ['it is not there', () => using(`${testDatabase.appUrl}_gone`, (db) => db.run(select('1')))],
    ['it hangs up in the middle', () => using(testDatabase.appUrl, (db) => db.run(select(terminated)))],
    [
      'a statement takes too long',
      () =>
        using(testDatabase.appUrl, (db) =>
          db.inTransaction(async (tx, em) => {
            await em.execute(`set local statement_timeout = '20ms'`);
            await tx.run(select('pg_sleep(5)'));
          }),
        ),
    ],
    [
      'it is read-only',
      () =>
        using(testDatabase.appUrl, (db) =>
          db.inTransaction(async (_tx, em) => {
            await em.execute('set transaction read only');
            await em.execute(`update company set name = 'x'`);
          }),
        ),
    ],
    [
      'every connection is taken',
      () => using(testDatabase.appUrl, (db) => db.inTransaction(() => db.run(select('1'))), 1),
    ],
  ])('is DATABASE_UNAVAILABLE when %s', async (_, work) => {
    await expect(work()).rejects.toMatchObject(AWAY);
  });

  it('is DATABASE_UNAVAILABLE when it takes the connection and says nothing', async () => {
    const server = createServer(() => undefined);
    const port = await listening(server);
    await expect(using(`postgres://x:y@127.0.0.1:${port}/z`, (db) => db.run(select('1')))).rejects.toMatchObject(AWAY);
    server.close();
  });

  it('fails the transactions that it leaves half-way, and no connection is lost by that', async () => {
    const killer = new pg.Client({ connectionString: testDatabase.appUrl });
    await killer.connect();
    const leave = () =>
      killer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'rollcall'`,
      );
    await using(testDatabase.appUrl, async (db) => {
      for (let round = 0; round < 3; round++) {
        const between = db.inTransaction(async (tx) => {
          await tx.run(select('1'));
          await leave();
          await new Promise((resolve) => setTimeout(resolve, 50));
          await tx.run(select('1'));
        });
        await expect(between).rejects.toMatchObject(AWAY);
        const atTheEnd = db.inTransaction(async (tx) => {
          await tx.run(select('1'));
          await leave();
        });
        await expect(atTheEnd).rejects.toMatchObject(AWAY);
        await db.run(select('1'));
        await leave();
        await db.inTransaction((tx) => tx.run(select('1'))).catch((error) => expect(error).toMatchObject(AWAY));
      }
      expect(await db.inTransaction((tx) => tx.run(select('1')))).toHaveLength(1);
    });
    await killer.end();
  });
});
