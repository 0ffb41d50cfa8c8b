import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpProxy {
  url: string;
  close(): Promise<void>;
}

/** What a proxy sends on of a request; null when it answered itself. */
type Passed = { method: string; path: string; headers: Record<string, string> };
export type Meddling = (request: Passed, response: ServerResponse) => Passed | null;

/** Stands in front of `target`, as a reverse proxy of a customer's does, and meddles with what it passes on. */
export async function httpProxy(target: string, meddle: Meddling = (request) => request): Promise<HttpProxy> {
  let url = '';
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = Object.fromEntries(
      ['authorization', 'accept', 'content-type'].flatMap((name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
    const passed = meddle({ method: request.method!, path: request.url!, headers }, response);
    if (!passed) return;
    const pieces: Buffer[] = [];
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
    const answer = await fetch(target + passed.path, {
      method: passed.method,
      headers: passed.headers,
      body: pieces.length > 0 ? Buffer.concat(pieces) : undefined,
    });
    response.statusCode = answer.status;
    for (const name of ['content-type', 'location', 'x-request-id']) {
      const value = answer.headers.get(name);
      if (value) response.setHeader(name, value.replace(target, url));
    }
    response.end(Buffer.from(await answer.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
