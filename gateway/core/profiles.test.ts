import { describe, expect, it } from 'vitest';
import type { Core } from '#gateway/core/client.js';
import { CoreFailure } from '#gateway/core/core-failure.js';
import { Profiles } from '#gateway/core/profiles.js';
import { aProfile } from '#gateway/translate/testing/a-dialect.js';

function aCore(fail: () => boolean = () => false): { core: Core; reads: () => number } {
  let reads = 0;
  const request = async () => {
    reads++;
    if (fail()) throw new CoreFailure({ message: 'No.', extensions: { code: 'UNAUTHENTICATED' } });
    const settings = { loggedSuccesses: 'NONE' };
    const directory = {
      id: 'd-1',
      name: 'Okta',
      profile: aProfile(),
      profileVersion: reads,
      settings,
      recordsBodiesUntil: '1970-01-01T00:00:01.000Z',
    };
    return { viewer: { userId: null, actor: { id: 't-1' }, company: { id: 'c-1', slug: 'acme' }, directory } };
  };
  return { core: { request: request as unknown as Core['request'] }, reads: () => reads }; // answers one operation only
}

describe('Profiles', () => {
  it('reads a profile once in five seconds, however many ask', async () => {
    let now = 0;
    const { core, reads } = aCore();
    const profiles = new Profiles(() => now);

    await Promise.all([profiles.get(core, 'a'), profiles.get(core, 'a')]);
    now = 4_999;
    expect(await profiles.get(core, 'a')).toMatchObject({
      companyId: 'c-1',
      credentialId: 't-1',
      directoryId: 'd-1',
      companySlug: 'acme',
      userId: null,
      loggedSuccesses: 'NONE',
      recordsBodiesUntil: 1_000,
      profile: { version: 1 },
    });
    expect(reads()).toBe(1);

    now = 5_000;
    expect(await profiles.get(core, 'a')).toMatchObject({ profile: { version: 2 } });
  });

  it('keeps the profiles of different tokens apart', async () => {
    const { core, reads } = aCore();
    const profiles = new Profiles(() => 0);

    await profiles.get(core, 'a');
    await profiles.get(core, 'b');

    expect(reads()).toBe(2);
  });

  it('reads anew on demand, and keeps what it read', async () => {
    const { core, reads } = aCore();
    const profiles = new Profiles(() => 0);

    await profiles.get(core, 'a');
    await profiles.refresh(core, 'a');

    expect(await profiles.get(core, 'a')).toMatchObject({ profile: { version: 2 } });
    expect(reads()).toBe(2);
  });

  it('does not keep a failure', async () => {
    let isDown = true;
    const { core } = aCore(() => isDown);
    const profiles = new Profiles(() => 0);

    await expect(profiles.get(core, 'a')).rejects.toBeInstanceOf(CoreFailure);
    isDown = false;

    expect(await profiles.get(core, 'a')).toMatchObject({ directoryId: 'd-1' });
  });
});
