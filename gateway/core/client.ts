import { GraphQLClient } from 'graphql-request';
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

/** What the client gives to `fetch` in place of text: see `jsonSerializer` below. The caller travels with the variables. */
interface Hop {
  query: string;
  variables: { caller: Caller; variables: Record<string, unknown> };
}

/** The door is asked instead of an address; this one only has to be a URL. */
const NOWHERE = 'http://core.invalid/';

/**
 * Speaks to the core through a door. Requests and answers cross as objects: in one process no JSON is written or read
 * (50 to 65 us a request), and apart the HTTP door does that itself. The "document" is the id of one. `heard` is told of each operation when it is done.
 */
export function connectCore(
  door: Door,
  gatewayKey: string,
): (caller: Caller, heard?: (operation: OperationDone) => void) => Core {
  const client = new GraphQLClient(NOWHERE, {
    excludeOperationName: true,
    // Otherwise a failure becomes an error whose message holds the variables, and so people's data.
    errorPolicy: 'all',
    jsonSerializer: { stringify: pass as (value: unknown) => string, parse: pass }, // objects stay objects
    fetch: ((_url: unknown, { body }: { body: unknown }) => {
      const { query, variables: hop } = body as Hop; // not text: see stringify
      return knock(door, { operationId: query, variables: hop.variables, gatewayKey, ...hop.caller });
    }) as unknown as typeof fetch, // the client uses no more of a Response than `knock` gives
  });
  return (caller, heard) => ({
    async request<Result, Variables extends Record<string, unknown>>(
      operation: GatewayOperation<Result, Variables>,
      variables: Variables,
    ): Promise<Result> {
      const hop: Hop['variables'] = { caller, variables };
      const startedAt = performance.now();
      let code: string | null = 'UNREACHABLE';
      try {
        const { data, errors } = await client.rawRequest<Result, Hop['variables']>(operation.id, hop);
        const error = mostTelling(errors as readonly DoorError[] | undefined); // the door's own, unchanged
        code = error ? (error.extensions?.code ?? 'UNKNOWN') : null;
        if (error) throw new CoreFailure(error);
        return data;
      } finally {
        heard?.({ id: operation.id, code, durationMs: Math.round(performance.now() - startedAt) });
      }
    },
  });
}

function pass<T>(value: T): T {
  return value;
}

const HEADERS = { get: () => 'application/json' };

async function knock(door: Door, request: DoorRequest) {
  const { data = null, errors = [] } = await door(request);
  return { ok: true, status: 200, headers: HEADERS, text: () => Promise.resolve({ data, errors }) };
}

/** Of several failures, the one that says the object is not there explains the others. */
function mostTelling(errors: readonly DoorError[] = []): DoorError | undefined {
  return errors.find(({ extensions }) => extensions?.code === 'NOT_FOUND') ?? errors[0];
}
