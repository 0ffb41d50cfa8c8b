import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway } from '#gateway/app.js';
import { type ApartGatewayConfig, loadGatewayConfig } from '#gateway/config.js';
import { openHttpDoor } from '#gateway/core/http-door.js';
import { createLog } from '#gateway/log.js';
import { localUrl, SettingError } from '#schema/settings.js';

const GRACE_MS = 10_000;

/** A proxy would be asked for a tunnel by CONNECT; this is none, and says so instead of hanging up. */
const NO_TUNNEL = 'HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

try {
  await start(loadGatewayConfig(process.env));
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  process.stderr.write(`rollcall: ${error.message}\n`);
  process.exitCode = 1;
}

async function start(config: ApartGatewayConfig): Promise<void> {
  const log = createLog(config);
  const core = openHttpDoor(config.coreApiUrl);
  // The bounds of the core's own server: they hold off clients that send nothing or never end.
  const server = createServer({
    keepAliveTimeout: 65_000,
    headersTimeout: 20_000,
    requestTimeout: 60_000,
    noDelay: true,
  });
  server.on('connect', (_request, socket) => socket.end(NO_TUNNEL));
  const port = await listen(server, config);
  // With port 0 the address is known only now.
  const publicUrl = config.port === 0 ? config.publicUrl.replace(/:0$/, `:${port}`) : config.publicUrl;
  const app = createGateway(
    { config: { ...config, publicUrl }, door: core.door, gatewayKey: config.gatewayKey, log },
    { isCoreReady: core.isCoreReady },
  );
  server.on('request', app);
  log.info({ url: `${localUrl(config.host, port)}/scim/v2`, port }, 'listening');

  const stop = () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    log.info('stopping');
    setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
    server.close(() => void app.close().then(() => core.close()));
    server.closeIdleConnections();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
}

/** @returns the port that is listened on. */
function listen(server: Server, { host, port }: ApartGatewayConfig): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(toSettingError(error, host, port)));
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port)); // a TCP server's
  });
}

function toSettingError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new SettingError(`PORT ${port} is taken by another program. Stop it, or set PORT to a free one.`);
    case 'EACCES':
      return new SettingError(`PORT ${port} may not be used by this user. Choose one above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new SettingError(`HOST ${host} is not an address of this machine.`);
    default:
      return error;
  }
}
