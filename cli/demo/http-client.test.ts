import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { HttpClient } from './http-client.js';

let server: Server | null = null;
let client: HttpClient | null = null;

async function clientOf(listener: RequestListener, path = ''): Promise<HttpClient> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, 'secret', 2);
  return client;
}

afterEach(async () => {
  await client?.close();
  server?.close();
});

it('waits as long as the server asks for, and sends the request again', async () => {
  const arrivals: number[] = [];
  const http = await clientOf((_request, response) => {
    arrivals.push(performance.now());
    if (arrivals.length === 1) response.writeHead(429, { 'retry-after': '1' }).end('{"status":"429"}');
    else response.writeHead(200).end('{"ok":true}');
  });

  expect(await http.send({ method: 'GET', path: '/Users' })).toEqual({ status: 200, body: { ok: true } });

  expect(arrivals[1]! - arrivals[0]!).toBeGreaterThan(950);
  expect(http.pauses).toBe(1);
  expect(http.milliseconds).toHaveLength(2);
});

it('sends path, token, headers and JSON below its base URL', async () => {
  const seen: unknown[] = [];
  const http = await clientOf((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { authorization, accept } = request.headers;
      seen.push({ url: request.url, method: request.method, authorization, accept, body });
      response.writeHead(204).end();
    });
  }, '/scim/v2/');

  const answer = await http.send({
    method: 'PATCH',
    path: '/Users/7?',
    headers: { accept: 'application/json' },
    body: { a: 1 },
  });

  expect(answer).toEqual({ status: 204, body: null });
  expect(seen).toEqual([
    {
      url: '/scim/v2/Users/7?',
      method: 'PATCH',
      authorization: 'Bearer secret',
      accept: 'application/json',
      body: '{"a":1}',
    },
  ]);
});

it('says in one line that something else answers there', async () => {
  const http = await clientOf((_request, response) => response.end('<html>'));
  await expect(http.send({ method: 'GET', path: '/Users' })).rejects.toThrow(
    'GET /Users: what answers there is not Rollcall ("<html>…").',
  );
});

it('says in one line that nothing answers', async () => {
  const http = await clientOf(() => undefined);
  server?.close();
  await once(server!, 'close');
  await expect(http.send({ method: 'GET', path: '/Users' })).rejects.toThrow(
    /^GET \/Users: no answer \(.*ECONNREFUSED/,
  );
});
