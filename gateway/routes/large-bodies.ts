import { ScimError } from '#gateway/scim/error.js';

const MOST_WAITING = 64;

interface Limits {
  /** Bodies in memory at a time. */
  slots: number;
  /** Of them, those of one directory: whoever sends slowly must not hold up everybody else. */
  ofOneDirectory: number;
}

interface Waiting {
  directoryId: string;
  begin: () => void;
}

/** Lets a few large bodies be in memory at a time; the others wait, unread, in their turn. */
export class LargeBodies {
  readonly #held = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  #free: number;

  constructor(private readonly limits: Limits) {
    this.#free = limits.slots;
  }

  /** @throws 503 when 64 are waiting already, or half as many of this directory. */
  async enter(directoryId: string): Promise<void> {
    if (this.#mayBegin(directoryId)) {
      this.#take(directoryId);
      return;
    }
    const ofThisOne = this.#waiting.filter((each) => each.directoryId === directoryId).length;
    if (this.#waiting.length >= MOST_WAITING || ofThisOne >= MOST_WAITING / 2) {
      throw new ScimError(503, null, 'Too many large requests at once. Try again.', { 'Retry-After': '2' });
    }
    await new Promise<void>((begin) => this.#waiting.push({ directoryId, begin }));
  }

  leave(directoryId: string): void {
    this.#free++;
    const held = this.#heldBy(directoryId) - 1;
    if (held > 0) this.#held.set(directoryId, held);
    else this.#held.delete(directoryId);

    const at = this.#waiting.findIndex((each) => this.#mayBegin(each.directoryId));
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (!next) return;
    this.#take(next.directoryId);
    next.begin();
  }

  #mayBegin(directoryId: string): boolean {
    return this.#free > 0 && this.#heldBy(directoryId) < this.limits.ofOneDirectory;
  }

  #take(directoryId: string): void {
    this.#free--;
    this.#held.set(directoryId, this.#heldBy(directoryId) + 1);
  }

  #heldBy(directoryId: string): number {
    return this.#held.get(directoryId) ?? 0;
  }
}
