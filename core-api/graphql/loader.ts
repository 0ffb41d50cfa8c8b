/**
 * Collects the keys that are asked for until the promises at hand have settled, then fetches them at once; keeps what it fetched for as long as it
 * lives, which is one request. A key that `fetch` does not return is `missing`.
 */
export class Loader<Value> {
  readonly #values = new Map<string, Promise<Value>>();
  #next: { keys: string[]; batch: Promise<ReadonlyMap<string, Value>> } | null = null;

  constructor(
    private readonly fetch: (keys: string[]) => Promise<ReadonlyMap<string, Value>>,
    private readonly missing: Value,
  ) {}

  load(key: string): Promise<Value> {
    let value = this.#values.get(key);
    if (!value) {
      this.#next ??= this.#collect();
      this.#next.keys.push(key);
      value = this.#next.batch.then((found) => found.get(key) ?? this.missing);
      this.#values.set(key, value);
    }
    return value;
  }

  #collect() {
    const keys: string[] = [];
    // A page's rows are resolved in one go, but those of several pages in one answer a few microtasks apart.
    const batch = new Promise<void>((resolve) => queueMicrotask(() => process.nextTick(resolve))).then(() => {
      this.#next = null;
      return this.fetch(keys);
    });
    return { keys, batch };
  }
}
