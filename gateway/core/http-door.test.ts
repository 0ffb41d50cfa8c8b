import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { CoreUnreachable } from '#gateway/core/core-failure.js';
import { type HttpDoor, openHttpDoor } from '#gateway/core/http-door.js';
import type { DoorRequest } from '#schema/gateway-door.js';

const REQUEST: DoorRequest = {
  operationId: 'GetUser.1',
  variables: { id: 'u-1' },
  authorization: 'Bearer t',
  gatewayKey: 'key',
  requestId: 'r-1',
  clientAddress: '10.0.0.1',
  userAgent: null,
};

let server: Server | undefined;
let opened: HttpDoor | undefined;
afterEach(async () => {
  await opened?.close();
  server?.closeAllConnections();
  server?.close();
});

async function doorTo(answer: {
  status: number;
  body: string;
}): Promise<{ door: HttpDoor; seen: { req: IncomingMessage; body: string }[] }> {
  const seen: { req: IncomingMessage; body: string }[] = [];
  server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    seen.push({ req, body });
    res.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  opened = openHttpDoor(`http://127.0.0.1:${(server.address() as AddressInfo).port}/core`);
  return { door: opened, seen };
}

describe('the door over HTTP', () => {
  it('sends the operation and who asks, and hands back the answer', async () => {
    const { door, seen } = await doorTo({ status: 200, body: '{"data":{"user":{"id":"u-1"}}}' });

    expect(await door.door(REQUEST)).toEqual({ data: { user: { id: 'u-1' } } });

    expect(seen[0]?.req).toMatchObject({
      url: '/core/gateway/graphql',
      method: 'POST',
      headers: {
        authorization: 'Bearer t',
        'rollcall-gateway-key': 'key',
        'x-request-id': 'r-1',
        'rollcall-client-address': '10.0.0.1',
      },
    });
    expect(seen[0]?.req.headers).not.toHaveProperty('rollcall-client-agent');
    expect(JSON.parse(seen[0]!.body)).toEqual({ operationId: 'GetUser.1', variables: { id: 'u-1' } });
  });

  it('hands back what the core refuses, whatever the status', async () => {
    const { door } = await doorTo({
      status: 401,
      body: '{"errors":[{"message":"No.","extensions":{"code":"UNAUTHENTICATED"}}]}',
    });

    expect(await door.door(REQUEST)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it.each([
    ['the page of a proxy', { status: 502, body: '<html>' }],
    ['JSON that is not the core’s', { status: 404, body: '{"message":"no route"}' }],
  ])('takes %s for a core that cannot be reached', async (_, answer) => {
    const { door } = await doorTo(answer);

    await expect(door.door(REQUEST)).rejects.toBeInstanceOf(CoreUnreachable);
    expect(await door.isCoreReady()).toBe(false);
  });

  it('says that nobody is there', async () => {
    opened = openHttpDoor('http://127.0.0.1:1');

    await expect(opened.door(REQUEST)).rejects.toBeInstanceOf(CoreUnreachable);
    expect(await opened.isCoreReady()).toBe(false);
  });
});
