import type { RequestOfChanges } from '#core-api/persistence/stores/request-log.js';
import { Loader } from '../loader.js';

/** The positions of the changes that requests caused: those of a page by one look-up. */
export function changesLoader(find: (requests: RequestOfChanges[]) => Promise<Map<string, string[]>>) {
  const requests = new Map<string, RequestOfChanges>();
  const loader = new Loader<string[]>(async (ids) => find(ids.map((id) => requests.get(id)!)), []); // set before it is asked for
  return ({ requestId, at, durationMs }: RequestOfChanges): Promise<string[]> => {
    requests.set(requestId, { requestId, at, durationMs });
    return loader.load(requestId);
  };
}
