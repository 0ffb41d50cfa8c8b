import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';
import { Client, type ClientConfig } from 'pg';
import { requireCompany } from './company-guard.js';
import { ENTITIES, type Tables } from './entities/index.js';
import { PreparedQuery, type RowShapes } from './prepared-query.js';
import { beginFor, COMPANY_SETTING } from './row-security.js';
import { TableStatistics } from './table-statistics.js';

const MOST_NAMES = 1000;
const names = new Map<string, string>();

/**
 * Names each statement by a short number, so that the server parses and plans it once a connection (`pg` cuts names at 63 bytes), and lets none
 * pass that names a table of tenants without its company.
 */
class NamedClient extends Client {
  protected readonly prepares: boolean = true;
  readonly #shapes: RowShapes = new Map();
  readonly #readerOf = (type: number) => this.getTypeParser(type) as (text: string) => unknown;

  constructor(config?: string | ClientConfig) {
    super(config);
    // Between two statements of a transaction and while it is closed nobody else listens: a server that goes away then would end the process. The
    // next statement fails, which is enough.
    this.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg's own overloads of query are wider than what can be written here
  override query(config: any, values?: any, callback?: any): any {
    if (config === 'begin' || config === 'rollback') return super.query(config).catch(() => this.#giveUp());
    if (typeof config !== 'string' || !Array.isArray(values)) {
      // A cursor, or a text without values: nobody here sends one, and it would have to name its company, too.
      requireCompany(typeof config === 'string' ? config : String(config?.text ?? config?.cursor?.text ?? ''));
      return super.query(config, values, callback);
    }
    let name = names.get(config);
    if (name === undefined) requireCompany(config);
    // The entity manager writes values into its texts: none of them comes twice.
    if (name === undefined && values.length > 0 && names.size < MOST_NAMES) {
      name = `s${names.size}`;
      names.set(config, name);
    }
    if (name === undefined || !this.prepares) return super.query({ text: config, values }, callback);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, result?: unknown) => (error ? reject(error) : resolve(result));
      super.query(new PreparedQuery(name, config, values, this.#shapes, this.#readerOf, done));
    });
  }

  /**
   * Kysely gives a transaction's connection back to the pool only when its `begin` and its `rollback` succeed: each that the server left in
   * between would be one less for ever. So these two always do, on a client that runs nothing any more: what follows fails, and the pool drops it.
   */
  #giveUp() {
    this.end().catch(() => undefined);
    return { command: '', rowCount: 0, rows: [] };
  }
}

/** Prepares nothing that a later statement would need: that one may go to another server process. */
class UnpreparedClient extends NamedClient {
  protected override readonly prepares = false;
}

/**
 * What stands before PostgreSQL. `prepared` and `unprepared`: a pooler that gives every transaction whichever connection is free, one that knows prepared
 * statements and one that does not. Nothing then is kept in a session, and limits on statements are the role's.
 */
export type Pooler = 'none' | 'prepared' | 'unprepared';

/** What is asked for as a session is opened. Poolers refuse what they do not know. */
export function sessionOf(pooler: Pooler): ClientConfig {
  const limits = { statement_timeout: 15_000, lock_timeout: 5_000, idle_in_transaction_session_timeout: 60_000 };
  return { application_name: 'rollcall', ...(pooler === 'none' && limits) };
}

export interface DatabaseOptions {
  url: string;
  /** Connections at most. */
  poolSize: number;
  /** Turns what the driver throws into what the house understands; every statement's failure passes through it. */
  translateError: (error: unknown) => unknown;
  /** Whether the database shows rows only to who says whose (`migrate` knows): then each transaction names its company. Left out: no. */
  rowSecurity?: boolean;
  /** Left out: none. */
  pooler?: Pooler;
  /** Hears each statement's text as it is sent; for counting in tests. */
  onStatement?: (sql: string) => void;
}

/** An open transaction, and the company that it names at this moment. */
interface OpenTransaction {
  em: EntityManager;
  company: string | null;
}

/** What has to be there for as long as somebody writes. */
export interface Hold {
  /** Finds it and locks it, in the company of whoever writes; no row when it is gone. */
  query: CompiledQuery<unknown>;
  /** What is thrown then. */
  gone: () => Error;
}

const COMMIT = CompiledQuery.raw('commit');

/**
 * One connection pool, MikroORM over it, and the two ways to it: typed statements for hot tables, an entity manager for the rest. `forCompany` gives
 * the same for one company; what that one sends sees no other company's rows, where row-level security is on.
 */
export class Database {
  readonly #kysely: Kysely<Tables>;
  readonly #statistics: TableStatistics;

  private constructor(
    readonly orm: MikroORM,
    private readonly options: DatabaseOptions,
    private readonly transaction: OpenTransaction | null,
    private readonly companyId: string | null,
    shared?: { kysely: Kysely<Tables>; statistics: TableStatistics },
    private readonly hold: Hold | null = null,
  ) {
    this.#kysely = shared?.kysely ?? orm.em.fork().getKysely<Tables>();
    this.#statistics = shared?.statistics ?? new TableStatistics((query) => this.run(query));
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const { pooler = 'none' } = options;
    const orm = await MikroORM.init({
      entities: [...ENTITIES],
      clientUrl: options.url,
      pool: { min: 0, max: options.poolSize, idleTimeoutMillis: 60_000 },
      driverOptions: {
        Client: pooler === 'unprepared' ? UnpreparedClient : NamedClient,
        connectionTimeoutMillis: 3_000,
        ...sessionOf(pooler),
        keepAlive: true,
      },
      forceUtcTimezone: true,
      sessionContext: 'transaction',
      discovery: { warnWhenNoEntities: false },
    });
    return new Database(orm, options, null, null);
  }

  /**
   * The same database, or the same transaction, for what is sent on behalf of one company. Costs next to nothing; without row-level security it is
   * this one. Tenant tables are read and written through one of these only: without a company they look empty.
   */
  forCompany(companyId: string): Database {
    if (!this.options.rowSecurity || companyId === this.companyId) return this;
    return this.#with(this.transaction, companyId, this.#kysely);
  }

  /**
   * The same, for somebody who may write only as long as something is there: every transaction begins by holding that, and so does every write that
   * would be alone. Whoever takes it away waits for the writes that began before, and none begins after.
   */
  heldBy(hold: Hold): Database {
    return new Database(
      this.orm,
      this.options,
      this.transaction,
      this.companyId,
      { kysely: this.#kysely, statistics: this.#statistics },
      hold,
    );
  }

  /** The companies that one statement can reach together: all of them, but each by itself where row-level security is on. */
  reachable(companyIds: readonly string[]): (readonly string[])[] {
    return this.options.rowSecurity ? companyIds.map((id) => [id]) : [companyIds];
  }

  /** Runs one statement, in the transaction this was handed to, else in its own. Rows come in the statement's order. */
  async run<R>(query: CompiledQuery<R>): Promise<R[]> {
    if (this.hold && !this.transaction && !query.sql.startsWith('select'))
      return this.inTransaction((tx) => tx.run(query));
    this.options.onStatement?.(query.sql);
    if (!query.sql.startsWith('select')) this.#statistics.wrote();
    try {
      if (this.options.rowSecurity && this.companyId !== null) {
        if (this.transaction === null) return await this.#runAlone(query, this.companyId);
        await this.#enter(this.transaction, this.companyId);
      }
      return (await this.#kysely.executeQuery(query)).rows;
    } catch (error) {
      throw this.options.translateError(error);
    }
  }

  /**
   * A transaction around one statement, all three sent at once: nobody waits for an answer in between. The commit of one that failed undoes it, so the
   * connection goes back to the pool without a transaction, and without the setting, either way.
   */
  #runAlone<R>(query: CompiledQuery<R>, companyId: string): Promise<R[]> {
    const begin = CompiledQuery.raw(beginFor(companyId));
    return this.#kysely.connection().execute(async (connection) => {
      const [begun, answer, committed] = await Promise.allSettled([
        connection.executeQuery(begin),
        connection.executeQuery(query),
        connection.executeQuery(COMMIT),
      ]);
      for (const part of [begun, answer, committed]) if (part.status === 'rejected') throw part.reason;
      return (answer as PromiseFulfilledResult<{ rows: R[] }>).value.rows;
    });
  }

  /** Runs `work` in one transaction: all of it, or nothing. Within one, joins it. */
  async inTransaction<T>(work: (tx: Database, em: EntityManager) => Promise<T>): Promise<T> {
    if (this.transaction) return this.#join(this.transaction, work);
    try {
      return await this.em.transactional(async (em) => {
        const transaction = { em, company: this.companyId };
        const tx = this.#with(transaction, this.companyId, em.getKysely<Tables>());
        if (this.hold && (await tx.run(this.hold.query)).length === 0) throw this.hold.gone();
        return work(tx, em);
      });
    } catch (error) {
      throw this.options.translateError(error);
    }
  }

  async #join<T>(transaction: OpenTransaction, work: (tx: Database, em: EntityManager) => Promise<T>): Promise<T> {
    const outer = transaction.company;
    if (this.companyId !== null) await this.#enter(transaction, this.companyId);
    try {
      return await work(this, transaction.em);
    } finally {
      // Fails only where the whole transaction has, and then so does whatever follows in it.
      await this.#enter(transaction, outer).catch(() => undefined);
    }
  }

  /** From here on the transaction is that company's. */
  async #enter(transaction: OpenTransaction, companyId: string | null): Promise<void> {
    if (transaction.company === companyId) return;
    transaction.company = companyId;
    await transaction.em.execute('select set_config(?, ?, true)', [COMPANY_SETTING, companyId ?? '']);
  }

  #with(transaction: OpenTransaction | null, companyId: string | null, kysely: Kysely<Tables>): Database {
    return new Database(
      this.orm,
      this.options,
      transaction,
      companyId,
      { kysely, statistics: this.#statistics },
      this.hold,
    );
  }

  /** Whether this is a transaction that `inTransaction` opened. */
  get isTransaction(): boolean {
    return this.transaction !== null;
  }

  /** A fresh entity manager for one read of an admin table, or the transaction's own. */
  get em(): EntityManager {
    if (this.transaction) return this.transaction.em;
    return this.companyId === null
      ? this.orm.em.fork()
      : this.orm.em.fork({ session: { variables: { [COMPANY_SETTING]: this.companyId } } });
  }

  async close(): Promise<void> {
    await this.#statistics.stop();
    await this.orm.close(true);
  }
}
