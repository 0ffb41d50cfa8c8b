import { ScimError } from '#gateway/scim/error.js';

const MAX_WAITING = 64;

/** Lets a few large bodies be in memory at a time; the others wait, unread, in their turn. */
export class LargeBodies {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** @throws 503 when 64 are waiting already. */
  async enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      throw new ScimError(503, null, 'Too many large requests at once. Try again.', { 'Retry-After': '2' });
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
