/**
 * What crosses between gateway and core, in one process as an object and apart as `POST /gateway/graphql`. The gateway never sends a
 * document, only the id of one that is in `schema/operations/gateway/`; the caller's token travels untouched, and the core decides.
 */
export interface DoorRequest {
  /** An id of `GATEWAY_OPERATIONS` (schema/generated/gateway.ts). */
  operationId: string;
  variables: Record<string, unknown>;
  /** The caller's `Authorization` header as it came; null when there was none. */
  authorization: string | null;
  /** Vouches for the three fields below, and grants nothing else. */
  gatewayKey: string;
  requestId: string;
  clientAddress: string | null;
  userAgent: string | null;
}

export interface DoorResponse {
  data?: unknown;
  errors?: readonly DoorError[];
}

export interface DoorError {
  message: string;
  extensions?: {
    code?: string;
    field?: string;
    id?: string;
    requestId?: string;
    retryAfterSeconds?: number;
    [key: string]: unknown;
  };
}

/** Carries one request to the core. Rejects only when the core can't be reached. */
export type Door = (request: DoorRequest) => Promise<DoorResponse>;

/** Header names of the HTTP form; the body is `{ operationId, variables }`, and `Authorization` stays what it is. */
export const DOOR_HEADERS = {
  gatewayKey: 'rollcall-gateway-key',
  requestId: 'x-request-id',
  clientAddress: 'rollcall-client-address',
  userAgent: 'rollcall-client-agent',
} as const;

export const DOOR_PATH = '/gateway/graphql';
