import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { CoreFailure, CoreUnreachable } from '#gateway/core/core-failure.js';
import { contentType } from '#gateway/routes/exchange.js';
import type { Recording } from '#gateway/routes/recording.js';
import { ScimError } from '#gateway/scim/error.js';
import type { ScimMediaType } from '#gateway/scim/media-type.js';
import {
  coreUnreachable,
  type ErrorContext,
  isUnforeseen,
  toScimError,
  unforeseen,
} from '#gateway/translate/core-error.js';

interface Failed {
  res: ServerResponse;
  mediaType: ScimMediaType;
  context: ErrorContext;
  recording: Recording;
}

/** Answers a failed request with the Error schema; what nobody foresaw is logged once, and told by its request id alone. */
export function sendError({ res, mediaType, context, recording }: Failed, error: unknown, log: Logger): void {
  if (res.destroyed) return;
  const answer = toAnswer(error, context, log);
  if (res.headersSent) {
    // Half of an answer is out: cut off, it cannot pass for a whole one.
    log.warn({ err: error, requestId: context.requestId }, 'broke an answer off');
    recording.error = `Broken off: ${answer.detail}`;
    res.destroy();
    return;
  }
  const text = JSON.stringify(answer.toBody());
  res.writeHead(answer.status, {
    'Content-Type': contentType(mediaType),
    'Content-Length': Buffer.byteLength(text),
    ...answer.headers,
  });
  res.end(text);
  recording.error = answer.detail;
  recording.keepAnswer(text);
}

function toAnswer(error: unknown, context: ErrorContext, log: Logger): ScimError {
  const { requestId } = context;
  if (error instanceof ScimError) return error;
  if (error instanceof CoreFailure) {
    const answer = toScimError(error.error, context);
    // Of its own unforeseen failures the core has the record, under the same request id.
    if (isUnforeseen(answer) && error.code !== 'INTERNAL_SERVER_ERROR') {
      log.error({ err: error, code: error.code, requestId }, 'the core refused what the gateway asked');
    }
    return answer;
  }
  if (error instanceof CoreUnreachable) {
    log.warn({ err: error.cause, requestId }, 'the core cannot be reached');
    return coreUnreachable();
  }
  log.error({ err: error, requestId }, 'unforeseen failure');
  return unforeseen(context);
}
