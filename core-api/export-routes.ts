import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXPORT_FORMATS, type ExportFormat, exportChanges } from './domain/change/change-export.js';
import { readExportFilter } from './domain/change/export-filter.js';
import { invalidValue } from './domain/errors.js';
import { PEOPLE_EXPORTS, type PeopleExport } from './domain/export/people-export.js';
import type { Services } from './domain/services.js';

const PATH = /^\/export\/(?:changes\.(csv|jsonl)|(users|teams|memberships)\.csv)$/;
/** A client that takes nothing for so long is gone. */
const STALLED_AFTER_MS = 60_000;

/** A file that is made while it is sent. */
export interface Export {
  fileName: string;
  mediaType: string;
  /**
   * @param search the query of the address; the change log's parameters are those of `readExportFilter`, the others have none.
   * @throws INVALID_VALUE; with the first piece what reading throws
   */
  pieces(services: Services, search: string): AsyncGenerator<string, void, undefined>;
}

/** What the path asks for; null when nothing is exported there. */
export function exportAt(path: string): Export | null {
  const [, format, people] = PATH.exec(path) ?? [];
  if (people !== undefined) return peopleExport(people as PeopleExport);
  return format === undefined ? null : changesExport(format as ExportFormat);
}

function changesExport(format: ExportFormat): Export {
  return {
    fileName: `changes.${format}`,
    mediaType: EXPORT_FORMATS[format].mediaType,
    pieces: ({ changes }, search) => exportChanges(changes, readExportFilter(new URLSearchParams(search)), format),
  };
}

function peopleExport(name: PeopleExport): Export {
  return {
    fileName: `${name}.csv`,
    mediaType: EXPORT_FORMATS.csv.mediaType,
    pieces(services, search) {
      for (const parameter of new URLSearchParams(search).keys())
        throw invalidValue(parameter.slice(0, 100), 'This export takes no parameters: it is all there is.');
      return PEOPLE_EXPORTS[name](services);
    },
  };
}

/**
 * Sends a file at the pace in which it is taken. A failure on the way breaks the connection, so that nobody takes a part for the whole; a client that
 * leaves ends the work.
 *
 * @throws what `pieces` throws, before anything is sent
 */
export async function sendExport(
  { fileName, mediaType, pieces: begin }: Export,
  services: Services,
  search: string,
  response: ServerResponse,
): Promise<void> {
  const pieces = begin(services, search);
  const first = await pieces.next();
  response.writeHead(200, {
    'content-type': mediaType,
    'content-disposition': `attachment; filename="${fileName}"`,
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
