import { timingSafeEqual } from 'node:crypto';
import { type GraphQLSchema, parse, validate } from 'graphql';
import type { Logger } from 'pino';
import type { Authenticator } from '#core-api/domain/auth/authenticator.js';
import { unauthenticated } from '#core-api/domain/errors.js';
import { GATEWAY } from '#core-api/domain/request-log/gateway-actor.js';
import type { Door, DoorResponse } from '#schema/gateway-door.js';
import { AppendRequestLog, GATEWAY_OPERATIONS } from '#schema/generated/gateway.js';
import type { MakeContext } from './context.js';
import { makePlan, type Plan } from './plans.js';
import { toPublicError } from './public-error.js';

interface DoorParts {
  schema: GraphQLSchema;
  authenticator: Authenticator;
  makeContext: MakeContext;
  gatewayKey: string;
  log: Logger;
}

const compiled = new WeakMap<GraphQLSchema, ReadonlyMap<string, Plan>>();

/** The plans of the gateway's documents, by their ids; made once for each schema. */
function plansFor(schema: GraphQLSchema): ReadonlyMap<string, Plan> {
  const made = compiled.get(schema);
  if (made) return made;
  const plans = new Map<string, Plan>();
  for (const [id, text] of Object.entries(GATEWAY_OPERATIONS)) {
    const document = parse(text);
    const errors = validate(schema, document);
    if (errors.length > 0)
      throw new Error(`schema/operations/gateway: ${id}: ${errors.map((e) => e.message).join(' ')}`);
    plans.set(id, makePlan(schema, document));
  }
  compiled.set(schema, plans);
  return plans;
}

/**
 * The gateway's door: directory tokens only, and only the documents that the gateway was built with, by id. They are parsed, validated and
 * compiled when the process starts, so a request pays for running its plan and nothing else.
 */
export function openDoor({ schema, authenticator, makeContext, gatewayKey, log }: DoorParts): Door {
  const plans = plansFor(schema);
  const key = Buffer.from(gatewayKey);

  return async (request): Promise<DoorResponse> => {
    const refuse = (error: unknown): DoorResponse => ({ errors: [toPublicError(error, request.requestId, log)] });
    const offered = Buffer.from(request.gatewayKey);
    if (offered.length !== key.length || !timingSafeEqual(offered, key)) return refuse(unauthenticated());
    const plan = plans.get(request.operationId);
    if (!plan)
      return {
        errors: [
          {
            message: 'The gateway was built with other documents than this core.',
            extensions: { code: 'UNKNOWN_OPERATION' },
          },
        ],
      };
    try {
      // The one thing that the gateway's key grants beside vouching; with a token, the token decides, and it may not.
      const isTheGateways = request.operationId === AppendRequestLog.id && request.authorization === null;
      const actor = isTheGateways ? GATEWAY : await authenticator.byGatewayDoor(request.authorization, request);
      const result = await plan(makeContext(actor, request.requestId, 'gateway'), request.variables);
      if (!result.errors?.length) return { data: result.data };
      return { data: result.data, errors: result.errors.map((error) => toPublicError(error, request.requestId, log)) };
    } catch (error) {
      return refuse(error);
    }
  };
}
