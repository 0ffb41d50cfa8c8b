import { PROFILES } from '#core-api/domain/directory/profile-presets.js';
import { dialectOf } from '#gateway/translate/dialect.js';

/** Files are written and read by the standard alone: no directory's aliases or extensions stand between, and what is not known is refused. */
export const FILE_DIALECT = dialectOf({ ...PROFILES.rollcall, extensions: [], aliases: {}, strict: true });
