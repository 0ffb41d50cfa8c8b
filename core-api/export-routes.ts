import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXPORT_FORMATS, type ExportFormat, exportChanges } from './domain/change/change-export.js';
import type { ChangeService } from './domain/change/change-service.js';
import { readExportFilter } from './domain/change/export-filter.js';

const PATH = /^\/export\/changes\.(csv|jsonl)$/;
/** A client that takes nothing for so long is gone. */
const STALLED_AFTER_MS = 60_000;

/** What the path asks for; null when nothing is exported there. */
export function exportFormatOf(path: string): ExportFormat | null {
  return (PATH.exec(path)?.[1] as ExportFormat | undefined) ?? null;
}

/**
 * Sends the change log at the pace in which it is taken. A failure on the way breaks the connection, so that nobody takes a part for the whole; a
 * client that leaves ends the work.
 *
 * @param search the query of the address, with the parameters of `readExportFilter`.
 * @throws INVALID_VALUE | UNSUPPORTED_FILTER | FORBIDDEN, before anything is sent
 */
export async function sendChanges(
  changes: ChangeService,
  format: ExportFormat,
  search: string,
  response: ServerResponse,
): Promise<void> {
  const pieces = exportChanges(changes, readExportFilter(new URLSearchParams(search)), format);
  const first = await pieces.next();
  response.writeHead(200, {
    'content-type': EXPORT_FORMATS[format].mediaType,
    'content-disposition': `attachment; filename="changes.${format}"`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.setTimeout(STALLED_AFTER_MS, () => response.destroy());
  if (first.done) return void response.end();
  const all = async function* () {
    yield first.value;
    yield* pieces;
  };
  try {
    await pipeline(Readable.from(all(), { highWaterMark: 1 }), response);
  } catch (error) {
    // The client's leaving is no failure.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
