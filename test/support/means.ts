import type { Means } from '#core-api/domain/services.js';
import { KeyRing } from '#core-api/persistence/keyring.js';

/** What services need beside the database, for tests that are about neither the world outside nor secrets. */
export const MEANS: Means = {
  keyRing: KeyRing.parse(`k:${Buffer.alloc(32).toString('base64')}`),
  probe: async () => ({ url: '', steps: [] }),
  lookUpTxt: async () => [],
};
