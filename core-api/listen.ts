import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from './start-error.js';

/** A proxy would be asked for a tunnel by CONNECT; this is none, and says so instead of hanging up. */
const NO_TUNNEL = 'HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

export interface Listener {
  port: number;
  /** Takes no new requests, lets the running ones end, and cuts off what is left after `seconds`. */
  close(seconds: number): Promise<void>;
}

/**
 * Listens, with bounds that hold off clients which send nothing or never end.
 *
 * @param port 0 takes a free one
 * @throws StartError when the port is taken or not ours to take
 */
export async function listen(handler: RequestListener, host: string, port: number): Promise<Listener> {
  const server = createServer(
    { keepAliveTimeout: 65_000, headersTimeout: 20_000, requestTimeout: 60_000, noDelay: true },
    handler,
  );
  server.on('connect', (_request, socket) => socket.end(NO_TUNNEL));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(startError(error, host, port)));
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: (seconds) => close(server, seconds) };
}

async function close(server: Server, seconds: number): Promise<void> {
  const cutOff = setTimeout(() => server.closeAllConnections(), seconds * 1000);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await closed;
  clearTimeout(cutOff);
}

function startError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new StartError(`Port ${port} on ${host} is taken by another program; set PORT to a free one.`);
  if (error.code === 'EACCES')
    return new StartError(`Port ${port} on ${host} may only be taken with more rights; set PORT to one above 1023.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new StartError(`HOST ${host} is no address of this machine.`);
  return error;
}
