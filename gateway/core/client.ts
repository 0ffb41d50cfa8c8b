import { CoreFailure } from '#gateway/core/core-failure.js';
import type { Door, DoorError, DoorRequest } from '#schema/gateway-door.js';
import type { GatewayOperation } from '#schema/generated/gateway.js';

/** Who is asking: goes to the core with each operation. */
export type Caller = Pick<DoorRequest, 'authorization' | 'requestId' | 'clientAddress' | 'userAgent'>;

/** An operation that was asked of the core. */
export interface OperationDone {
  /** The id of its document. */
  id: string;
  /** Why it failed: the core's code, or UNREACHABLE; null when it succeeded. */
  code: string | null;
  durationMs: number;
}

/** The core, as one caller sees it. */
export interface Core {
  /**
   * @throws CoreFailure when the core refuses; CoreUnreachable when it does not answer.
   */
  request<Result, Variables extends Record<string, unknown>>(
    operation: GatewayOperation<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
}

/** Speaks to the core through a door: one operation at a time, by the id of its document. `heard` is told of each when it is done. */
export function connectCore(
  door: Door,
  gatewayKey: string,
): (caller: Caller, heard?: (operation: OperationDone) => void) => Core {
  return (caller, heard) => ({
    async request<Result, Variables extends Record<string, unknown>>(
      { id }: GatewayOperation<Result, Variables>,
      variables: Variables,
    ): Promise<Result> {
      const startedAt = performance.now();
      let code: string | null = 'UNREACHABLE';
      try {
        const { data, errors } = await door({ operationId: id, variables, gatewayKey, ...caller });
        const error = mostTelling(errors);
        code = error ? (error.extensions?.code ?? 'UNKNOWN') : null;
        if (error) throw new CoreFailure(error);
        return data as Result; // the core checked its documents against its schema, from which the type is made
      } finally {
        heard?.({ id, code, durationMs: Math.round(performance.now() - startedAt) });
      }
    },
  });
}

/** Of several failures, the one that says the object is not there explains the others. */
function mostTelling(errors: readonly DoorError[] = []): DoorError | undefined {
  return errors.find(({ extensions }) => extensions?.code === 'NOT_FOUND') ?? errors[0];
}
