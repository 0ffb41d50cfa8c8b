import { hash } from 'node:crypto';
import type { Core } from '#gateway/core/client.js';
import { CoreFailure } from '#gateway/core/core-failure.js';
import { GatewayProfile, type RequestLogSuccesses } from '#schema/generated/gateway.js';
import type { DirectoryProfile } from '#schema/profile.js';

/** Whom a token stands for, and by which profile that directory speaks. It authorises nothing: the core checks each operation. */
export interface CallerProfile {
  companyId: string;
  /** The token. */
  credentialId: string;
  directoryId: string;
  companySlug: string;
  /** The one user that the token is good for; null: for all of the directory. */
  userId: string | null;
  profile: DirectoryProfile;
  /** Which requests that went well the request log keeps. */
  loggedSuccesses: RequestLogSuccesses;
  /** In milliseconds since 1970; until then it keeps all of them with their bodies. */
  recordsBodiesUntil: number;
}

const MAX_AGE_MS = 5_000;
const MAX_ENTRIES = 10_000;

interface Entry {
  profile: Promise<CallerProfile>;
  readAt: number;
}

/** The profiles of the callers, by token: read by one query and kept for 5 s, as many as 10,000. */
export class Profiles {
  /** In the order of their reading, so the first one is the oldest. Keys are digests: no token is kept. */
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly now: () => number = Date.now) {}

  /** @throws CoreFailure (UNAUTHENTICATED, …) | CoreUnreachable; neither is kept. */
  get(core: Core, authorization: string): Promise<CallerProfile> {
    const key = digest(authorization);
    const known = this.#entries.get(key);
    return known && this.now() - known.readAt < MAX_AGE_MS ? known.profile : this.#read(key, core);
  }

  /** Reads it anew, whatever is known. */
  refresh(core: Core, authorization: string): Promise<CallerProfile> {
    return this.#read(digest(authorization), core);
  }

  #read(key: string, core: Core): Promise<CallerProfile> {
    const entry: Entry = { profile: readProfile(core), readAt: this.now() };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!); // not empty
    entry.profile.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry.profile;
  }
}

function digest(authorization: string): string {
  return hash('sha256', authorization, 'base64');
}

async function readProfile(core: Core): Promise<CallerProfile> {
  const { viewer } = await core.request(GatewayProfile, {});
  if (!viewer.directory || !viewer.company) {
    throw new CoreFailure({ message: 'Not a directory.', extensions: { code: 'UNAUTHENTICATED' } });
  }
  const { id, profile, profileVersion, settings, recordsBodiesUntil } = viewer.directory;
  return {
    companyId: viewer.company.id,
    credentialId: viewer.actor.id,
    directoryId: id,
    companySlug: viewer.company.slug,
    userId: viewer.userId,
    profile: { ...(profile as DirectoryProfile), version: profileVersion }, // validated by the core when it was stored
    loggedSuccesses: settings.loggedSuccesses,
    recordsBodiesUntil: recordsBodiesUntil === null ? 0 : Date.parse(recordsBodiesUntil),
  };
}
