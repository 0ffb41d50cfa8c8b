import { lookup } from 'node:dns';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { OutboundError } from '#core-api/domain/ports.js';
import { aSigningKey } from '#test/support/certificate.js';
import { outboundHttp } from './outbound-http.js';

const LOOPBACK = ['127.0.0.0/8', '::1'];
const servers: net.Server[] = [];
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** Answers on this machine's own address; `connections` counts who came. */
async function serve(answer: RequestListener | ((socket: net.Socket) => void), raw = false) {
  const server = raw
    ? net.createServer(answer as (socket: net.Socket) => void)
    : createServer(answer as RequestListener);
  servers.push(server);
  let connections = 0;
  server.on('connection', (socket: net.Socket) => {
    connections++;
    sockets.push(socket);
    socket.on('error', () => {}); // the client leaves early by right
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, connections: () => connections };
}

const hello: RequestListener = (_, response) => response.end('hello');

/** A name server that gives these answers one after another, and the last one from then on. */
function names(...answers: string[][]): { lookup: LookupFunction; asked: () => number } {
  let asked = 0;
  return {
    lookup: (_, __, callback) => {
      const addresses = answers[Math.min(asked++, answers.length - 1)]!;
      callback(
        null,
        addresses.map((address) => ({ address, family: net.isIP(address) })),
      );
    },
    asked: () => asked,
  };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof OutboundError) return error.reason;
    throw error;
  }
  return 'none';
}

const reasonOf = (sending: Promise<unknown>) =>
  sending.then(
    () => 'none',
    (error: unknown) => (error instanceof OutboundError ? error.reason : String(error)),
  );

describe('S-16 addresses that customers name', () => {
  it.each([
    ...[
      '127.0.0.1',
      '127.8.8.8',
      '[::1]',
      '0.0.0.0',
      '[::]',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
    ],
    ...['169.254.169.254', '168.63.129.16', '100.64.0.1', '100.100.100.200', '198.18.0.1', '192.0.2.1', '203.0.113.9'],
    ...['[fc00::1]', '[fd12:3456::1]', '[fe80::1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::a00:1]'],
    ...['[2002:7f00:1::]', '[2001::1]', '[2001:db8::1]', '224.0.0.1', '[ff02::1]', '255.255.255.255', '240.0.0.1'],
  ])('W-01 are refused when they are %s, at save and at send, and the other party hears nothing', async (host) => {
    const http = outboundHttp({ allow: [] });
    expect(refusal(() => http.check(`https://${host}/metadata`))).toBe('ADDRESS');
    expect(await reasonOf(http.send({ url: `https://${host}/metadata` }))).toBe('ADDRESS');
  });

  it.each([
    ...['https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://127.1/', 'https://134744072/'],
    ...['https://[::ffff:127.0.0.1]/', 'https://[0:0::1]/', 'https://１２７.0.0.1/', 'https://bücher.example/'],
    ...[
      'https://id.example.com./',
      'https://good@127.0.0.1/',
      'https://u:p@id.example.com/',
      'https://id.exa%6dple.com/',
    ],
    ...[
      'https:/\\127.0.0.1/',
      'https:127.0.0.1',
      'https://id.example.com\\@127.0.0.1/',
      'https://id.\texample.com/',
      '',
    ],
    ...['file:///etc/passwd', 'ftp://id.example.com/', 'gopher://id.example.com/', 'javascript:alert(1)', 'data:,x'],
    ...[
      'http://id.example.com/',
      'https://id.example.com:22/',
      'https://id.example.com:25/',
      'https://id.example.com:5432/',
    ],
    `https://id.example.com/${'x'.repeat(3_000)}`,
  ])('W-02 are refused when they are written as %s', async (url) => {
    const http = outboundHttp({ allow: [] });
    expect(refusal(() => http.check(url))).toBe('URL');
    expect(await reasonOf(http.send({ url }))).toBe('URL');
  });

  it.each([
    ...[
      'https://id.example.com/',
      'https://ID.example.com:8443/a?b=c',
      'https://xn--bcher-kva.example/',
      'https://9.9.9.9/',
    ],
    ...['https://[2606:4700::1111]/', 'https://id.example.com'],
  ])('are taken when they are written as %s', (url) => {
    expect(outboundHttp({ allow: [] }).check(url)).toEqual(new URL(url));
  });

  it.each([
    ['private', ['10.0.0.1']],
    ['public and private', ['9.9.9.9', '10.0.0.1']],
    ['private and public', ['::1', '2606:4700::1111']],
    ['mapped', ['::ffff:127.0.0.1']],
  ])('W-03 are refused when the name leads to %s addresses', async (_, answer) => {
    const http = outboundHttp({ allow: [], lookup: names(answer).lookup });
    expect(http.check('https://id.example.com/')).toBeInstanceOf(URL);
    expect(await reasonOf(http.send({ url: 'https://id.example.com/' }))).toBe('ADDRESS');
  });

  it('W-03 are connected to where they were looked at: a second answer of the name server is looked at, too', async () => {
    const server = await serve(hello);
    const changing = names(['127.0.0.1'], ['127.0.0.2']);
    const http = outboundHttp({ allow: ['127.0.0.1'], lookup: changing.lookup });
    const url = `http://id.example.com:${server.port}/`;

    expect((await http.send({ url })).status).toBe(200);
    expect([changing.asked(), server.connections()]).toEqual([1, 1]);
    expect(await reasonOf(http.send({ url }))).toBe('ADDRESS');
    expect([changing.asked(), server.connections()]).toEqual([2, 1]);
  });

  it('are reached by http, and at any port, only where the operator allows the address', async () => {
    const server = await serve(hello);
    const open = outboundHttp({ allow: LOOPBACK, lookup });
    expect((await open.send({ url: `http://localhost:${server.port}/` })).body.toString()).toBe('hello');
    expect(await reasonOf(outboundHttp({ allow: ['10.0.0.0/8'] }).send({ url: server.url }))).toBe('ADDRESS');
    const elsewhere = outboundHttp({ allow: LOOPBACK, lookup: names(['9.9.9.9']).lookup });
    expect(await reasonOf(elsewhere.send({ url: 'http://id.example.com/' }))).toBe('ADDRESS');
    expect(await reasonOf(elsewhere.send({ url: 'https://id.example.com:5432/' }))).toBe('ADDRESS');
    expect(server.connections()).toBe(1);
  });

  it.each([301, 302, 303, 307, 308])('W-04 are not left when the answer is %d', async (status) => {
    const inside = await serve(hello);
    const server = await serve((_, response) => response.writeHead(status, { location: inside.url }).end());
    const http = outboundHttp({ allow: LOOPBACK });
    expect(await reasonOf(http.send({ url: server.url }))).toBe('REDIRECT');
    expect(inside.connections()).toBe(0);
  });

  it.each([
    ['never answers', () => {}, 'TIMEOUT'],
    ['sends a byte now and then', drip, 'TIMEOUT'],
    ['has a body without an end', endless('HTTP/1.1 200 OK\r\n\r\n'), 'TOO_LARGE'],
    ['has a head without an end', endless('HTTP/1.1 200 OK\r\nx: '), 'FAILED'],
    ['closes within the head', (socket: net.Socket) => socket.end('HTTP/1.1 200 OK\r\nx: '), 'FAILED'],
    ['speaks another protocol', (socket: net.Socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'), 'FAILED'],
  ])('fail in time when what is there %s', async (_, behaviour, reason) => {
    const server = await serve(behaviour as (socket: net.Socket) => void, true);
    const http = outboundHttp({ allow: LOOPBACK, withinMs: 400 });
    expect(await reasonOf(http.send({ url: server.url }))).toBe(reason);
  });

  it('fail when what is there speaks no TLS, or has a certificate that nobody vouches for', async () => {
    const plain = await serve(hello);
    const http = outboundHttp({ allow: LOOPBACK });
    expect(await reasonOf(http.send({ url: `https://127.0.0.1:${plain.port}/` }))).toBe('FAILED');

    const { privateKey, certificate } = aSigningKey({ commonName: 'localhost' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    let requests = 0;
    const server = createTlsServer({ key, cert: certificate }, (_, response) => response.end(`${++requests}`));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await reasonOf(http.send({ url: `https://localhost:${port}/` }))).toBe('FAILED');
    expect(requests).toBe(0);
  });

  it('are read up to the length that is asked for', async () => {
    const server = await serve((_, response) => response.end('x'.repeat(65_537)));
    const http = outboundHttp({ allow: LOOPBACK });
    expect(await reasonOf(http.send({ url: server.url }))).toBe('TOO_LARGE');
    expect((await http.send({ url: server.url, mostBytes: 65_537 })).body).toHaveLength(65_537);
  });

  it('get method, headers and body as given, and no compressed answer is asked for', async () => {
    const server = await serve(async (request, response) => {
      let body = '';
      for await (const piece of request) body += piece;
      const { method, url, headers } = request;
      response.writeHead(418, { 'x-a': '1' }).end(JSON.stringify({ method, url, body, headers }));
    });
    const http = outboundHttp({ allow: LOOPBACK });
    const answer = await http.send({
      url: `${server.url}/token?a=b`,
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'hello',
    });
    expect([answer.status, answer.headers.get('x-a')]).toEqual([418, '1']);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      method: 'POST',
      url: '/token?a=b',
      body: 'hello',
      headers: { 'content-type': 'text/plain', 'accept-encoding': 'identity', 'user-agent': 'Rollcall' },
    });
  });

  it('that do not answer say so without telling what is behind them', async () => {
    const server = await serve((socket: net.Socket) => socket.end('secret of the inside\r\n'), true);
    const http = outboundHttp({ allow: LOOPBACK });
    const error = await http.send({ url: server.url }).catch((thrown: Error) => thrown);
    expect((error as Error).message).not.toContain('secret');
  });
});

function drip(socket: net.Socket): void {
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  const timer = setInterval(() => socket.write('x'), 50);
  socket.on('close', () => clearInterval(timer));
}

function endless(start: string) {
  return (socket: net.Socket) => {
    socket.write(start);
    const more = () => {
      while (socket.writable && socket.write('x'.repeat(16_384))) {
        // until it wants to rest
      }
    };
    socket.on('drain', more);
    more();
  };
}
