import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Core } from '#gateway/core/client.js';
import type { PageCursors } from '#gateway/routes/page-cursors.js';
import type { Recording } from '#gateway/routes/recording.js';
import type { ScimMediaType } from '#gateway/scim/media-type.js';
import type { Query } from '#gateway/scim/query.js';
import type { Dialect } from '#gateway/translate/dialect.js';

/** One request, authenticated and read, on its way to its handler. */
export interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  core: Core;
  dialect: Dialect;
  /** Reads the profile anew, for whoever does more than once what PROFILE_CHANGED can refuse. */
  renewDialect: () => Promise<Dialect>;
  query: Query;
  mediaType: ScimMediaType;
  /** `https://…/scim/v2`, without a slash at its end. */
  baseUrl: string;
  directoryId: string;
  /** The one user that the caller's token is good for; null: for all of the directory. */
  userId: string | null;
  cursors: PageCursors;
  /** The second part of the path; '' where there is none; at `/Me` the id of the caller's user. */
  id: string;
  requestId: string;
  /** The JSON value of a POST, PUT or PATCH; null otherwise. */
  body: unknown;
  /** Hears what is answered, for the request log. */
  recording: Recording;
}

/** Answers the request, or throws before anything is sent. May be called a second time with a newer dialect. */
export type Handler = (exchange: Exchange) => Promise<void>;

/** Sends one JSON value. */
export function sendJson(
  { res, mediaType, recording }: Pick<Exchange, 'res' | 'mediaType' | 'recording'>,
  status: number,
  value: object,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(value);
  res.writeHead(status, {
    'Content-Type': contentType(mediaType),
    'Content-Length': Buffer.byteLength(text),
    ...headers,
  });
  res.end(text);
  recording.keepAnswer(text);
}

export function sendNothing(
  { res }: Pick<Exchange, 'res'>,
  { status = 204, headers = {} }: { status?: 204 | 304; headers?: Record<string, string> } = {},
): void {
  res.writeHead(status, headers);
  res.end();
}

/**
 * Answers a HEAD whose body would be a stream: with the headers of GET, but for its length, which only reading everything would tell.
 *
 * @returns false for any other method.
 */
export function isHeadAnswered(
  { req, res, mediaType }: Pick<Exchange, 'req' | 'res' | 'mediaType'>,
  headers: Record<string, string> = {},
): boolean {
  if (req.method !== 'HEAD') return false;
  res.writeHead(200, { 'Content-Type': contentType(mediaType), ...headers });
  res.end();
  return true;
}

export function contentType(mediaType: ScimMediaType): string {
  return `${mediaType}; charset=utf-8`;
}
