import { excerpt, ScimError, unauthorized } from '#gateway/scim/error.js';
import { TOLERANCES, type Tolerance } from '#schema/tolerances.js';

export type { Tolerance };

/**
 * Says that a habit of the catalogue was met. To those who translate it makes no difference what comes of it: it is counted, or, for a strict directory, it
 * throws what the catalogue has for it.
 *
 * @param place what it was met in, as the sender may find it: `emails.primary`, `Operations[0].op`.
 * @param found what stood there.
 */
export type Note = (tolerance: Tolerance, place: string, found?: string) => void;

/** For whoever does not want to know. */
export const unheard: Note = () => undefined;

/** For a strict directory. @throws ScimError as the catalogue says. */
export const refuse: Note = (tolerance, place, found) => {
  const { rule, refusal } = TOLERANCES[tolerance];
  const met = found === undefined ? excerpt(place) : `${excerpt(place)} is ${excerpt(found)}`;
  const detail = `${met}: ${rule} The directory is strict and refuses it (${tolerance}).`;
  if (refusal === 401) throw unauthorized(detail);
  throw typeof refusal === 'number' ? new ScimError(refusal, null, detail) : new ScimError(400, refusal, detail);
};
