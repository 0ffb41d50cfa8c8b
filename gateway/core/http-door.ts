import { type Dispatcher, Pool } from 'undici';
import { CoreUnreachable } from '#gateway/core/core-failure.js';
import { DOOR_HEADERS, DOOR_PATH, type Door, type DoorRequest, type DoorResponse } from '#schema/gateway-door.js';

const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 30_000;
const READY_TIMEOUT_MS = 2_000;
const CONNECTIONS = 64;

/** The door of a core in another process, over connections that are kept. */
export interface HttpDoor {
  door: Door;
  /** Whether the core says that it is ready. Never rejects. */
  isCoreReady(): Promise<boolean>;
  /** Waits for the requests that are under way. */
  close(): Promise<void>;
}

/** @param coreApiUrl without a slash at its end; a path in it is kept. */
export function openHttpDoor(coreApiUrl: string): HttpDoor {
  const { origin, pathname } = new URL(coreApiUrl);
  const base = pathname === '/' ? '' : pathname;
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  const send = (options: Omit<Dispatcher.RequestOptions, 'origin'>) =>
    pool.request(options).catch((error: unknown) => {
      throw new CoreUnreachable(error);
    });

  return {
    door: async (request) => {
      const { operationId, variables } = request;
      const answer = await send({
        path: `${base}${DOOR_PATH}`,
        method: 'POST',
        headers: headersOf(request),
        body: JSON.stringify({ operationId, variables }),
      });
      return readAnswer(answer);
    },
    isCoreReady: async () => {
      try {
        const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
        const { statusCode, body } = await pool.request({ path: `${base}/health/ready`, method: 'GET', signal });
        await body.dump();
        return statusCode === 200;
      } catch {
        return false;
      }
    },
    close: () => pool.close(),
  };
}

function headersOf(request: DoorRequest): Record<string, string> {
  const { authorization, gatewayKey, requestId, clientAddress, userAgent } = request;
  return {
    'content-type': 'application/json',
    [DOOR_HEADERS.gatewayKey]: gatewayKey,
    [DOOR_HEADERS.requestId]: requestId,
    ...(authorization !== null && { authorization }),
    ...(clientAddress !== null && { [DOOR_HEADERS.clientAddress]: clientAddress }),
    ...(userAgent !== null && { [DOOR_HEADERS.userAgent]: userAgent }),
  };
}

/** Anything but an answer of the door comes from what stands before the core, such as the page of a proxy. */
async function readAnswer({ statusCode, body }: Dispatcher.ResponseData): Promise<DoorResponse> {
  try {
    const answer: unknown = JSON.parse(await body.text());
    if (typeof answer === 'object' && answer !== null && ('data' in answer || 'errors' in answer)) {
      return answer as DoorResponse; // the core's own, checked for its shape
    }
  } catch (error) {
    throw new CoreUnreachable(error);
  }
  throw new CoreUnreachable(new Error(`The answer, with status ${statusCode}, is not the core's.`));
}
