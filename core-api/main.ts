import 'reflect-metadata';
import { localUrl } from '#schema/settings.js';
import { loadCoreConfig } from './config.js';
import { startCore } from './core.js';
import { listen } from './listen.js';
import { createLog } from './log.js';
import { noteAddress } from './noted-address.js';
import { runProgram } from './program.js';
import { StartError } from './start-error.js';

/** core-api by itself: GraphQL, and the gateway's door over HTTP. */
await runProgram(async () => {
  const config = loadCoreConfig(process.env);
  if (config.gatewayKey === null)
    throw new StartError(
      'ROLLCALL_GATEWAY_KEY is missing: core-api by itself lets in only a gateway that holds the same key.',
    );
  const log = createLog(config);
  let coreUrl = config.publicUrl;
  const core = await startCore({ config, log, apart: true, coreUrl: () => coreUrl });
  const listener = await listen(core.http, config.host, config.port).catch(async (error) => {
    await core.close();
    throw error;
  });
  if (config.port === 0 && !process.env.ROLLCALL_PUBLIC_URL) coreUrl = localUrl(config.host, listener.port);
  const forget = noteAddress(config.dataDir, coreUrl);
  log.info({ port: listener.port }, `core-api is ready on port ${listener.port}`);
  return async () => {
    forget();
    await listener.close(config.shutdownSeconds);
    await core.close();
  };
});
