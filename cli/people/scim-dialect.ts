import { PROFILES } from '#core-api/domain/directory/profile-presets.js';
import { excerpt, invalidPath } from '#gateway/scim/error.js';
import type { Note } from '#gateway/scim/tolerances.js';
import { type Dialect, dialectOf } from '#gateway/translate/dialect.js';

/** A file may come from any product: its habits are met, but nothing in it is skipped. */
const note: Note = (tolerance, place) => {
  if (tolerance === 'UNKNOWN_ATTRIBUTE') throw invalidPath(`There is no attribute ${excerpt(place)}.`);
};

/** Files are written and read by the standard alone: no directory's aliases or extensions stand between, and what is not known is refused. */
export const FILE_DIALECT: Dialect = { ...dialectOf({ ...PROFILES.rollcall, extensions: [], aliases: {} }), note };
