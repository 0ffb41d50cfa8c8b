import { CoreFailure, CoreUnreachable } from '#gateway/core/core-failure.js';
import type { Exchange } from '#gateway/routes/exchange.js';
import { versionOfOperation } from '#gateway/routes/preconditions.js';
import type { BulkOperation, BulkRequest, ReadOperation } from '#gateway/scim/bulk.js';
import { inOrder, type Step } from '#gateway/scim/bulk-order.js';
import { type Addition, parted, referencesIn, withIds } from '#gateway/scim/bulk-references.js';
import { excerpt, invalidValue, ScimError } from '#gateway/scim/error.js';
import { PATCH_URN } from '#gateway/scim/urns.js';
import { toBatchOperation } from '#gateway/translate/bulk-operation.js';
import { coreUnreachable, toScimError } from '#gateway/translate/core-error.js';
import { ApplyBatch, type ApplyBatchMutation, type BatchOperation } from '#schema/generated/gateway.js';

type BatchResult = ApplyBatchMutation['applyBatch']['results'][number];

/** What became of an operation. */
export interface Outcome {
  /** Null where the resource is not known: it was not created, or its reference has no id. */
  id: string | null;
  version: number | null;
  error: ScimError | null;
}

/** An operation on its way to the core. */
interface Turn extends Step {
  /** As it is asked now: of a circle, without what refers to what is not there yet. */
  asked: BulkOperation;
  operation: BatchOperation;
  /** What is to be added afterwards. */
  additions: Addition[];
  /** Whether it is that what was to be added. */
  isClosing: boolean;
}

/** Does one Bulk (RFC 7644 §3.7): in batches, each as large as the references among the operations let it be. */
export class BulkJob {
  readonly #operations: readonly ReadOperation[];
  readonly #failOnErrors: number;
  /** The operations that create something, by their bulkIds. */
  readonly #makers = new Map<string, number>();
  /** The ids of what was created, by bulkIds. */
  readonly #ids = new Map<string, string>();
  readonly #outcomes = new Map<number, Outcome>();
  /** What was created, by index, and waits for the rest of its circle. */
  readonly #circles = new Map<number, Turn>();
  /** What is sent next, by index. */
  #batch = new Map<number, Turn>();
  #failures = 0;
  #dialect: Exchange['dialect'];
  #isRenewed = false;
  #takeBack: () => void = () => undefined;

  constructor(
    { operations, failOnErrors }: BulkRequest,
    private readonly exchange: Exchange,
  ) {
    this.#operations = operations;
    this.#failOnErrors = failOnErrors ?? Number.POSITIVE_INFINITY;
    this.#dialect = exchange.dialect;
    for (const [index, { bulkId, method, asked }] of operations.entries()) {
      const makes = asked instanceof ScimError ? method?.toUpperCase() === 'POST' : asked.method === 'POST';
      if (bulkId !== null && makes && !this.#makers.has(bulkId)) this.#makers.set(bulkId, index);
    }
  }

  /**
   * @returns by their indexes what became of the operations that were tried.
   * @throws what the core refuses or fails with before anything was done
   */
  async run(): Promise<ReadonlyMap<number, Outcome>> {
    const ordered = this.#operations.map(({ asked }) =>
      asked instanceof ScimError ? null : { asked, needs: this.#makersOf(asked) },
    );
    for (const step of inOrder(ordered, this.#isExact)) {
      const needs = ordered[step.index]?.needs ?? [];
      if (needs.some((need) => this.#batch.has(need))) await this.#send();
      if (this.#isExact || needs.some((need) => this.#circles.has(need))) await this.#closeCircles();
      if (this.#isOver) return this.#outcomes;
      await this.#take(step);
    }
    await this.#send();
    await this.#closeCircles();
    return this.#outcomes;
  }

  get #isExact(): boolean {
    return this.#failOnErrors < Number.POSITIVE_INFINITY;
  }

  get #isOver(): boolean {
    return this.#failures >= this.#failOnErrors;
  }

  #makersOf({ id, data }: BulkOperation): number[] {
    return [...referencesIn([id, data])].flatMap((bulkId) => this.#makers.get(bulkId) ?? []);
  }

  /** Puts an operation into the batch, or notes why it fails. */
  async #take(step: Step): Promise<void> {
    if (this.#batch.size === 0) this.#takeBack = this.exchange.recording.mark();
    try {
      this.#batch.set(step.index, this.#turnOf(step));
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      // What comes before it is counted before it.
      if (this.#isExact) await this.#send();
      if (!this.#isOver) this.#fail(step.index, this.#idNamedBy(step.index), error);
    }
  }

  /** @throws ScimError when it cannot be done as it is asked */
  #turnOf(step: Step): Turn {
    const { asked } = this.#operations[step.index]!;
    if (asked instanceof ScimError) throw asked;
    const later = new Set(step.later.map((index) => this.#bulkIdOf(index)));
    for (const bulkId of referencesIn([asked.id, asked.data])) if (!later.has(bulkId)) this.#requireMade(bulkId);
    const { data, later: additions } = parted(asked.data, later);
    const resolved = { ...asked, id: this.#withIds(asked.id), data: this.#withIds(data) };
    return { ...step, additions, asked: resolved, operation: this.#translated(resolved), isClosing: false };
  }

  #requireMade(bulkId: string): void {
    if (this.#ids.has(bulkId)) return;
    throw invalidValue(
      this.#makers.has(bulkId)
        ? `The operation with the bulkId ${excerpt(bulkId)} did not create anything.`
        : `No operation that creates something has the bulkId ${excerpt(bulkId)}.`,
    );
  }

  #withIds<T>(value: T): T {
    return withIds(value, this.#ids) as T; // texts stay texts, objects objects
  }

  #bulkIdOf(index: number): string {
    return this.#operations[index]!.bulkId!; // only what has one is referred to
  }

  #translated(asked: BulkOperation): BatchOperation {
    return toBatchOperation(asked, this.#dialect, versionOfOperation(asked.version));
  }

  /** Sends the batch, and notes what became of it. */
  async #send(): Promise<void> {
    const turns = [...this.#batch.values()];
    this.#batch = new Map();
    if (turns.length === 0) return;
    const results = await this.#applied(turns);
    for (const [place, turn] of turns.entries()) {
      const result = results?.[place];
      if (result) this.#note(turn, result);
      // Only failOnErrors leaves operations untried; else the last one that was tried says why there was no other.
      else if (results && !this.#isOver)
        this.#fail(turn.index, turn.asked.id || null, this.#errorOf(results.at(-1)!, turn));
    }
  }

  /** @returns null when what became of the turns is noted already. */
  async #applied(turns: readonly Turn[]): Promise<readonly BatchResult[] | null> {
    const operations = turns.map(({ operation }) => operation);
    const failOnErrors = this.#isExact ? this.#failOnErrors - this.#failures : null;
    try {
      const { applyBatch } = await this.exchange.core.request(ApplyBatch, { input: { operations, failOnErrors } });
      return applyBatch.results;
    } catch (error) {
      if (error instanceof CoreFailure && error.code === 'PROFILE_CHANGED' && !this.#isRenewed) {
        await this.#sendAnew(turns);
        return null;
      }
      const isKnown = error instanceof CoreFailure || error instanceof CoreUnreachable;
      // Before anything was done it is the answer to the whole.
      if (!isKnown || this.#outcomes.size === 0) throw error;
      for (const turn of turns) {
        const answer =
          error instanceof CoreFailure ? toScimError(error.error, this.#contextOf(turn)) : coreUnreachable();
        if (!this.#isOver) this.#fail(turn.index, turn.asked.id || null, answer);
      }
      return null;
    }
  }

  /** The core did nothing of it, because the profile has changed: once, it is translated anew. */
  async #sendAnew(turns: readonly Turn[]): Promise<void> {
    this.#isRenewed = true;
    this.#takeBack();
    this.#dialect = await this.exchange.renewDialect();
    for (const turn of turns) {
      if (this.#isOver) return;
      if (turn.isClosing) this.#close(turn);
      else await this.#take(turn);
    }
    await this.#send();
  }

  #note(turn: Turn, result: BatchResult): void {
    const { index, asked, additions, isClosing } = turn;
    if (!result.ok || result.id === null) {
      const error = this.#errorOf(result, turn);
      this.#fail(index, asked.id || null, isClosing ? notClosed(error.detail) : error);
      return;
    }
    if (asked.method === 'POST') this.#ids.set(this.#bulkIdOf(index), result.id);
    this.#outcomes.set(index, { id: result.id, version: result.version, error: null });
    if (additions.length > 0) this.#circles.set(index, { ...turn, asked: { ...asked, id: result.id } });
  }

  /** What was created without a reference gets it, once all of its circle was tried. */
  async #closeCircles(): Promise<void> {
    const closing = [...this.#circles.values()].filter(({ later }) =>
      later.every((each) => this.#outcomes.has(each) || this.#batch.has(each)),
    );
    if (closing.length === 0) return;
    await this.#send();
    for (const turn of closing) {
      this.#circles.delete(turn.index);
      const missing = turn.later.map((each) => this.#bulkIdOf(each)).find((bulkId) => !this.#ids.has(bulkId));
      if (missing === undefined) this.#close(turn);
      else this.#fail(turn.index, turn.asked.id, notClosed(`${excerpt(missing)} was not created.`));
    }
    await this.#send();
  }

  #close({ index, asked, additions }: Turn): void {
    const operations = additions.map((addition) => ({ op: 'add', ...addition }));
    const data = this.#withIds({ schemas: [PATCH_URN], Operations: operations });
    const patch: BulkOperation = { ...asked, method: 'PATCH', data, version: null };
    try {
      const operation = this.#translated(patch);
      this.#batch.set(index, { index, later: [], additions, asked: patch, operation, isClosing: true });
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
      this.#fail(index, asked.id, notClosed(error.detail));
    }
  }

  #fail(index: number, id: string | null, error: ScimError): void {
    this.#outcomes.set(index, { id, version: null, error });
    this.#failures += 1;
  }

  #errorOf({ code, field, id, message }: BatchResult, turn: Turn): ScimError {
    const extensions = { code: code ?? undefined, field: field ?? undefined, id: id ?? undefined };
    return toScimError({ message: message ?? '', extensions }, this.#contextOf(turn));
  }

  #contextOf({ asked: { resourceType, id } }: Turn) {
    return { resourceType, id: id === '' ? null : id, requestId: this.exchange.requestId };
  }

  /** The resource that an operation names, if it is known which that is. */
  #idNamedBy(index: number): string | null {
    const { asked } = this.#operations[index]!;
    if (asked instanceof ScimError || asked.id === '') return null;
    const id = this.#withIds(asked.id);
    return referencesIn(id).size > 0 ? null : id;
  }
}

/** Of a circle: the resource is there, but not what it refers to (RFC 7644 §3.7.1). */
function notClosed(reason: string): ScimError {
  return new ScimError(409, null, `It was created, but not all that it refers to could be set: ${reason}`);
}
