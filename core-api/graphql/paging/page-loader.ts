import { Loader } from '../loader.js';

/** Finds the same page below each of several rows, by row id; answers for each of them. */
type FindPages<Row, Request, Value> = (rows: Row[], request: Request) => Promise<ReadonlyMap<string, Value>>;

/** Pages below the rows of a page: what one field of the document asks of all of them is one look-up. */
export class PageLoader<Row extends { id: string }, Request, Value> {
  readonly #loaders = new Map<string, Loader<Value | null>>();
  readonly #rows = new Map<string, Row>();

  constructor(private readonly find: FindPages<Row, Request, Value>) {}

  async load(row: Row, request: Request): Promise<Value> {
    this.#rows.set(row.id, row);
    const key = JSON.stringify(request);
    let loader = this.#loaders.get(key);
    if (!loader) {
      loader = new Loader<Value | null>(
        (ids) =>
          this.find(
            ids.map((id) => this.#rows.get(id)!),
            request,
          ),
        null,
      ); // set before it is asked for
      this.#loaders.set(key, loader);
    }
    return (await loader.load(row.id))!; // every row is answered for
  }
}
