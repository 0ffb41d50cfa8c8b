import type { EventEmitter } from 'node:events';
import pg from 'pg';

/** What the driver's client calls on a query that it is given; and of its connection, what is needed here. */
interface DriverConnection extends EventEmitter {
  stream: { write(bytes: Uint8Array): boolean; cork(): void; uncork(): void };
  /** The texts by name, of statements that the server has, and of those that were sent to it just now. */
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
  parse(statement: { name: string; text: string }): void;
  bind(values: { statement: string; values: unknown[] }): void;
}

interface RowDescription {
  fields: { name: string; dataTypeID: number }[];
}

interface DataRow {
  fields: (string | null)[];
}

type Read = (text: string) => unknown;
type Row = Record<string, unknown>;

/** What the rows of a statement are made of: the same as long as it is prepared. */
class RowShape {
  readonly #names: string[];
  /** Null where a value is its text. */
  readonly #reads: (Read | null)[];
  readonly #empty: Row = {};

  constructor({ fields }: RowDescription, readerOf: (type: number) => Read) {
    this.#names = fields.map(({ name }) => name);
    this.#reads = fields.map(({ dataTypeID }) => {
      if (TEXTS.has(dataTypeID)) return null;
      const read = readerOf(dataTypeID);
      // Most lists are empty: a page of users has nine hundred of them.
      return dataTypeID === JSONB ? (text) => (text === '[]' ? [] : read(text)) : read;
    });
    for (const name of this.#names) this.#empty[name] = null;
  }

  read(values: DataRow['fields']): Row {
    const row = { ...this.#empty };
    for (let i = 0; i < values.length; i++) {
      const text = values[i];
      if (text === null || text === undefined) continue;
      const read = this.#reads[i];
      row[this.#names[i]!] = read ? read(text) : text; // as many names as values
    }
    return row;
  }
}

const JSONB = 3802;
/** text, varchar, uuid */
const TEXTS: ReadonlySet<number> = new Set([25, 1043, 2950]);

interface Result {
  /** INSERT, SELECT, …; '' until the server has said. */
  command: string;
  rowCount: number | null;
  rows: Row[];
}

/** The rows of each statement by its name, as one connection was told of them. */
export type RowShapes = Map<string, RowShape>;

// The last messages of a query, of the unnamed portal (PostgreSQL's protocol 3.0, "Message Formats").
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);
const DESCRIBE = Buffer.from([0x44, 0, 0, 0, 6, 0x50, 0]);

/**
 * A named prepared statement with its values, for `Client.query`. The driver's own has the server describe the rows anew each time: with a user's 42 columns
 * that was 6 to 8 % of all that Node spent on reading one. Here it is asked once a connection and statement.
 */
export class PreparedQuery implements pg.Submittable {
  readonly #result: Result = { command: '', rowCount: null, rows: [] };
  #shape: RowShape | null;
  #failure: Error | null = null;
  readonly #values: unknown[];

  /** @throws when a value is nothing that can be sent; before anything was. */
  constructor(
    readonly name: string,
    readonly text: string,
    values: readonly unknown[],
    private readonly shapes: RowShapes,
    private readonly readerOf: (type: number) => Read,
    /** Called once; by that name by the client, too, when a query times out. */
    readonly callback: (error: Error | null, result?: Result) => void,
  ) {
    this.#shape = shapes.get(name) ?? null;
    this.#values = values.map((value) => prepareValue(value));
  }

  submit(given: pg.Connection): void {
    const connection = given as unknown as DriverConnection; // its types leave out half of it
    const { name, text } = this;
    connection.stream.cork();
    try {
      if (!connection.parsedStatements[name] && !connection.submittedNamedStatements[name]) {
        connection.parse({ name, text });
        connection.submittedNamedStatements[name] = text;
      }
      connection.bind({ statement: name, values: this.#values });
      if (!this.#shape) connection.stream.write(DESCRIBE);
      connection.stream.write(EXECUTE_AND_SYNC);
    } finally {
      connection.stream.uncork();
    }
  }

  handleRowDescription(message: RowDescription): void {
    this.#shape = new RowShape(message, this.readerOf);
    this.shapes.set(this.name, this.#shape);
  }

  handleDataRow({ fields }: DataRow): void {
    if (this.#failure) return;
    try {
      this.#result.rows.push(this.#shape!.read(fields)); // the description comes before the first row
    } catch (error) {
      this.#failure = error as Error;
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    const [command = '', ...numbers] = text.split(' ');
    const count = numbers.at(-1);
    this.#result.command = command;
    this.#result.rowCount = count === undefined ? null : Number(count);
  }

  handleEmptyQuery(): void {}

  /** The result of one that failed is not waited for. */
  handleError(error: Error): void {
    this.callback(this.#failure ?? error);
  }

  handleReadyForQuery(): void {
    if (this.#failure) this.callback(this.#failure);
    else this.callback(null, this.#result);
  }
}

/** As the driver turns a value into what it sends: times, lists and objects, too. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } }).utils; // exported, and left out of its types
