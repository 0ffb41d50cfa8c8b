import { loadCoreConfig } from '#core-api/config.js';
import { startCore } from '#core-api/core.js';
import { listen } from '#core-api/listen.js';
import { createLog } from '#core-api/log.js';
import type { TestRollcall } from './rollcall.js';

/** One more core on the same database: it shares nothing else with the first one. */
export async function secondInstance({ settings }: Pick<TestRollcall, 'settings'>) {
  const config = loadCoreConfig(settings);
  let url = '';
  // Where it listens is nobody's address, unless none is set for all of them.
  const coreUrl = () => ('ROLLCALL_PUBLIC_URL' in settings ? config.publicUrl : url);
  const core = await startCore({ config, log: createLog(config), apart: true, coreUrl });
  const listener = await listen(core.http, '127.0.0.1', 0);
  url = `http://127.0.0.1:${listener.port}`;
  return {
    graphqlUrl: `${url}/graphql`,
    async stop() {
      await listener.close(1);
      await core.close();
    },
  };
}
