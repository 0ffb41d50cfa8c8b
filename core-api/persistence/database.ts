import { type EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { CompiledQuery, Kysely } from 'kysely';
import { Client, type ClientConfig, type QueryConfig } from 'pg';
import { requireCompany } from './company-guard.js';
import { ENTITIES, type Tables } from './entities/index.js';
import { TableStatistics } from './table-statistics.js';

const MOST_NAMES = 1000;
const names = new Map<string, string>();

/**
 * Names each statement by a short number, so that the server parses and plans it once a connection (`pg` cuts names at 63 bytes), and lets none
 * pass that names a table of tenants without its company.
 */
class NamedClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // Between two statements of a transaction and while it is closed nobody else listens: a server that goes away then would end the process. The
    // next statement fails, which is enough.
    this.on('error', () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg's own overloads of query are wider than what can be written here
  override query(config: any, values?: any, callback?: any): any {
    if (config === 'begin' || config === 'rollback') return super.query(config).catch(() => this.#giveUp());
    if (typeof config !== 'string' || !Array.isArray(values)) return super.query(config, values, callback);
    let name = names.get(config);
    if (name === undefined) requireCompany(config);
    // The entity manager writes values into its texts: none of them comes twice.
    if (name === undefined && values.length > 0 && names.size < MOST_NAMES) {
      name = `s${names.size}`;
      names.set(config, name);
    }
    const query: QueryConfig = name === undefined ? { text: config, values } : { name, text: config, values };
    return super.query(query, callback);
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

export interface DatabaseOptions {
  url: string;
  /** Connections at most. */
  poolSize: number;
  /** Turns what the driver throws into what the house understands; every statement's failure passes through it. */
  translateError: (error: unknown) => unknown;
  /** Hears each statement's text as it is sent; for counting in tests. */
  onStatement?: (sql: string) => void;
}

/** One connection pool, MikroORM over it, and the two ways to it: typed statements for hot tables, an entity manager for the rest. */
export class Database {
  readonly #kysely: Kysely<Tables>;
  readonly #statistics: TableStatistics;

  private constructor(
    readonly orm: MikroORM,
    private readonly options: DatabaseOptions,
    private readonly transaction: EntityManager | null,
    statistics?: TableStatistics,
  ) {
    this.#kysely = (transaction ?? orm.em.fork()).getKysely<Tables>();
    this.#statistics = statistics ?? new TableStatistics((query) => this.run(query));
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const orm = await MikroORM.init({
      entities: [...ENTITIES],
      clientUrl: options.url,
      pool: { min: 0, max: options.poolSize, idleTimeoutMillis: 60_000 },
      driverOptions: {
        Client: NamedClient,
        connectionTimeoutMillis: 3_000,
        statement_timeout: 15_000,
        lock_timeout: 5_000,
        idle_in_transaction_session_timeout: 60_000,
        keepAlive: true,
        application_name: 'rollcall',
      },
      forceUtcTimezone: true,
      discovery: { warnWhenNoEntities: false },
    });
    return new Database(orm, options, null);
  }

  /** Runs one statement, in the transaction this was handed to, else in its own. Rows come in the statement's order. */
  async run<R>(query: CompiledQuery<R>): Promise<R[]> {
    this.options.onStatement?.(query.sql);
    if (!query.sql.startsWith('select')) this.#statistics.wrote();
    try {
      return (await this.#kysely.executeQuery(query)).rows;
    } catch (error) {
      throw this.options.translateError(error);
    }
  }

  /** Runs `work` in one transaction: all of it, or nothing. Within one, joins it. */
  async inTransaction<T>(work: (tx: Database, em: EntityManager) => Promise<T>): Promise<T> {
    if (this.transaction) return work(this, this.transaction);
    try {
      return await this.orm.em
        .fork()
        .transactional((em) => work(new Database(this.orm, this.options, em, this.#statistics), em));
    } catch (error) {
      throw this.options.translateError(error);
    }
  }

  /** Whether this is a transaction that `inTransaction` opened. */
  get isTransaction(): boolean {
    return this.transaction !== null;
  }

  /** A fresh entity manager for one read of an admin table, or the transaction's own. */
  get em(): EntityManager {
    return this.transaction ?? this.orm.em.fork();
  }

  async close(): Promise<void> {
    await this.orm.close(true);
  }
}
