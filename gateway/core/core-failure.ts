import type { DoorError } from '#schema/gateway-door.js';

/** The core refused an operation, with a code of its own. */
export class CoreFailure extends Error {
  override readonly name = 'CoreFailure';

  constructor(readonly error: DoorError) {
    super(error.message);
  }

  get code(): string | null {
    return this.error.extensions?.code ?? null;
  }
}

/** Nobody answers where the core should be, or not in time. Whether a write was done is then unknown. */
export class CoreUnreachable extends Error {
  override readonly name = 'CoreUnreachable';

  constructor(cause: unknown) {
    super('The core cannot be reached.', { cause });
  }
}
