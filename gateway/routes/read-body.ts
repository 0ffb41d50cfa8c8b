import type { IncomingMessage } from 'node:http';
import { invalidSyntax, payloadTooLarge, ScimError, unsupportedMediaType } from '#gateway/scim/error.js';
import { parseJson } from '#gateway/scim/json.js';
import { isJsonContentType, isScimContentType } from '#gateway/scim/media-type.js';
import type { Note } from '#gateway/scim/tolerances.js';

const LARGE_BYTES = 1024 * 1024;

/** What is read and thrown away of a body that is too large, so that its sender gets to see the answer. */
const DRAINED_BYTES = 32 * 1024 * 1024;

interface Hearing {
  whenLarge: () => Promise<void>;
  keep: (bytes: Buffer) => void;
  note: Note;
}

/**
 * Reads a body of JSON.
 *
 * @param whenLarge is waited for before more than 1 MB is held in memory.
 * @param keep hears the bytes before they are read; of a body that is too large the beginning.
 * @param note hears of a body that does not say what it is.
 * @throws 415 for another media type or encoding, 413 over `maxBytes`, invalidSyntax | invalidValue like `parseJson`.
 */
export async function readBody(
  req: IncomingMessage,
  maxBytes: number,
  { whenLarge, keep, note }: Hearing,
): Promise<unknown> {
  if (!isJsonContentType(req.headers['content-type'])) throw unsupportedMediaType();
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new ScimError(415, null, 'Send the body as it is: compressed bodies are not read here.', {
      'Accept-Encoding': 'identity',
    });
  }
  const type = req.headers['content-type']?.trim();
  if (!type) note('NO_CONTENT_TYPE', 'Content-Type');
  else if (!isScimContentType(type)) note('OTHER_CONTENT_TYPE', 'Content-Type', type);
  const bytes = await readBytes(req, maxBytes, whenLarge, keep);
  keep(bytes);
  return parseJson(decode(bytes), note);
}

async function readBytes(
  req: IncomingMessage,
  maxBytes: number,
  whenLarge: () => Promise<void>,
  keep: (bytes: Buffer) => void,
): Promise<Buffer> {
  const declared = Number(req.headers['content-length'] ?? 0);
  let isHeld = declared > LARGE_BYTES && declared <= maxBytes;
  if (isHeld) await whenLarge();

  const chunks: Buffer[] = [];
  let size = 0;
  // Left early, the iterator must not destroy the socket: the answer goes out on it.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes + DRAINED_BYTES) break;
    if (size > maxBytes) {
      if (chunks.length > 0) keep(Buffer.concat(chunks, Math.min(size - chunk.length, LARGE_BYTES)));
      chunks.length = 0;
      continue;
    }
    chunks.push(chunk);
    if (size > LARGE_BYTES && !isHeld) {
      isHeld = true;
      await whenLarge();
    }
  }
  if (size <= maxBytes) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);

  const { status, scimType, detail } = payloadTooLarge(maxBytes);
  throw new ScimError(status, scimType, detail, { Connection: 'close' });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); // which means that it stays in the text

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw invalidSyntax('The body is not UTF-8.');
  }
}
