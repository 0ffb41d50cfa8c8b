import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { loadCoreConfig } from '#core-api/config.js';
import { type Core, startCore } from '#core-api/core.js';
import { bootstrapCompany, ensureOperatorKey } from '#core-api/domain/bootstrap.js';
import { listen } from '#core-api/listen.js';
import { createLog } from '#core-api/log.js';
import { noteAddress } from '#core-api/noted-address.js';
import { runProgram } from '#core-api/program.js';
import { createGateway } from '#gateway/app.js';
import { loadGatewayConfig } from '#gateway/config.js';
import { createLog as createGatewayLog } from '#gateway/log.js';
import { type Environment, localUrl } from '#schema/settings.js';

export interface Running {
  /** Where clients reach it, without a slash at the end. */
  publicUrl: string;
  stop(): Promise<void>;
}

/**
 * Gateway and core in one process, on one port: the gateway calls the core's executor instead of sending HTTP, and nothing else differs.
 *
 * @throws StartError
 */
export async function start(env: Environment): Promise<Running> {
  const config = loadCoreConfig(env);
  const gatewayConfig = loadGatewayConfig(env, 'in-process');
  const log = createLog(config);
  let { publicUrl } = config;
  const core = await startCore({ config, log, apart: false, publicUrl: () => publicUrl });
  try {
    // The gateway is made once the port is known: its answers carry the public address.
    let gateway: ReturnType<typeof createGateway> | null = null;
    const listener = await listen(
      (request, response) => {
        if (gateway && isForGateway(request.url)) gateway(request, response);
        else core.http(request, response);
      },
      config.host,
      config.port,
    );
    if (config.port === 0 && !env.ROLLCALL_PUBLIC_URL) publicUrl = localUrl(config.host, listener.port);
    gateway = createGateway({
      config: { ...gatewayConfig, publicUrl },
      door: core.door,
      gatewayKey: core.gatewayKey,
      log: createGatewayLog(gatewayConfig),
    });
    const forget = noteAddress(config.dataDir, publicUrl);
    await greet(core, publicUrl);
    return {
      publicUrl,
      async stop() {
        forget();
        await listener.close(config.shutdownSeconds);
        await gateway?.close();
        await core.close();
      },
    };
  } catch (error) {
    await core.close();
    throw error;
  }
}

function isForGateway(url: string | undefined): boolean {
  return (
    url !== undefined &&
    (url.startsWith('/scim/') || url.startsWith('/.well-known/') || url === '/scim' || url.startsWith('/oauth/'))
  );
}

/** Says where everything is; on an empty database also makes a first operator key and a demo company, whose secrets are shown this once. */
async function greet(core: Core, publicUrl: string): Promise<void> {
  const say = (line = '') => process.stdout.write(`${line}\n`);
  const { db } = core.installation;
  const operatorKey = await ensureOperatorKey(db);
  say(
    `Rollcall is ready.\n  GraphQL  ${publicUrl}/graphql\n  SCIM     ${publicUrl}/scim/v2\n  Sign-in  ${publicUrl}/sign-in`,
  );
  if (operatorKey === null) {
    say('  For a company with its keys: npx rollcall bootstrap --company NAME\n');
    return;
  }
  const demo = await bootstrapCompany(db, { name: 'Demo', preset: 'rollcall' });
  say(`
First start: here is a demo company, and the keys to it. They are shown this once.
  SCIM token    ${demo.scimToken}
  API key       ${demo.apiKey}
  Operator key  ${operatorKey}
  Owner         ${demo.ownerEmail}  ${demo.ownerPassword}

Try it:
  curl -H 'Authorization: Bearer ${demo.scimToken}' '${publicUrl}/scim/v2/Users?count=2'
  curl -H 'Authorization: Bearer ${demo.apiKey}' -H 'Content-Type: application/json' \\
    -d '{"query":"{ viewer { company { name } } users { totalCount nodes { userName } } }"}' ${publicUrl}/graphql
  npx rollcall demo --users 200
  npm run demo:idp
`);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await runProgram(async () => {
    const running = await start(process.env);
    return () => running.stop();
  });
