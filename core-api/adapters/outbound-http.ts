import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { AddressSet } from '#core-api/domain/address-set.js';
import { OutboundError, type OutboundHttp } from '#core-api/domain/ports.js';
import { whyNoAnswer } from './no-answer.js';

const WITHIN_MS = 10_000;
const MOST_BYTES = 65_536;
const LONGEST_URL = 2_048;
/** Where HTTPS is usually served. Any other port may be something that is no HTTP, and that a request should not be made to talk to. */
const HTTPS_PORTS = ['', '443', '4443', '8443', '9443'];

/** Everything in it is somebody's own network, or nobody's (IANA's registries of special-purpose addresses). */
const NOT_PUBLIC = new AddressSet([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  // The host of every virtual machine at Azure, by a public address.
  '168.63.129.16',
  // Teredo and others that carry IPv4 along; documentation; 6to4.
  ...['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
]);
/** All that IPv6 gives to the public: what carries IPv4 (mapped, NAT64) is outside, as are local and multicast addresses. */
const PUBLIC_IPV6 = new AddressSet(['2000::/3']);

interface Options {
  /** Addresses that are allowed although they are not public, as `addressBlock` writes them: also by plain http, and at every port. */
  allow: readonly string[];
  /** Who knows the names. */
  lookup?: LookupFunction;
  withinMs?: number;
}

/**
 * Requests to addresses that customers name, made so that nobody reaches by them what only this machine can reach: every address that a connection is
 * made to is looked at, after the name is resolved and before the first packet. Names are resolved once for each connection, and a connection serves
 * one request. Redirects are not followed.
 */
export function outboundHttp({ allow, lookup = systemLookup, withinMs = WITHIN_MS }: Options): OutboundHttp {
  const allowed = new AddressSet(allow);
  const isAllowed = (address: string) => allowed.has(address);
  const isOpen = (address: string) => isAllowed(address) || isPublic(address);
  const anywhere = connectorTo(isOpen, lookup, withinMs);
  const onlyAllowed = connectorTo(isAllowed, lookup, withinMs);
  const agent = new Agent({
    pipelining: 0,
    connect: (options, callback) => (isUsual(options) ? anywhere : onlyAllowed)(options, callback),
  });

  function check(text: string): URL {
    const url = readUrl(text);
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const mayConnect = isUsual(url) ? isOpen : isAllowed;
    if (isIP(host) && !mayConnect(host)) throw notForCustomers();
    if (allow.length === 0 && !isUsual(url))
      throw new OutboundError(
        'URL',
        `The address must begin with https:// and have no port, or one of ${HTTPS_PORTS.filter(Boolean).join(', ')}.`,
      );
    return url;
  }

  return {
    check,
    async send({ url, method = 'GET', headers, body, mostBytes = MOST_BYTES }) {
      const { origin, pathname, search } = check(url);
      try {
        const answer = await agent.request({
          origin,
          path: pathname + search,
          method,
          headers: { 'user-agent': 'Rollcall', 'accept-encoding': 'identity', ...headers },
          body,
          signal: AbortSignal.timeout(withinMs),
        });
        // Where it is not read to its end it fails, after everybody has stopped to listen.
        answer.body.on('error', () => {});
        if (answer.statusCode >= 300 && answer.statusCode < 400) {
          answer.body.destroy();
          throw new OutboundError('REDIRECT', 'The address leads on to another one: give that one.');
        }
        return {
          status: answer.statusCode,
          headers: headersOf(answer.headers),
          body: await read(answer.body, mostBytes),
        };
      } catch (error) {
        throw toOutboundError(error);
      }
    },
  };
}

function isPublic(address: string): boolean {
  return !NOT_PUBLIC.has(address) && (!address.includes(':') || PUBLIC_IPV6.has(address));
}

/** What else than this is a request to an internal service, more likely than not. */
function isUsual({ protocol, port }: Pick<URL, 'protocol' | 'port'>): boolean {
  return protocol === 'https:' && HTTPS_PORTS.includes(port);
}

function connectorTo(mayConnect: (address: string) => boolean, lookup: LookupFunction, timeout: number) {
  const checkedLookup: LookupFunction = (name, options, callback) =>
    lookup(name, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = typeof found === 'string' ? [] : found; // asked for all of them
      // One that is not for customers among others that are: whoever answers for the name is up to something.
      if (!addresses.every(({ address }) => mayConnect(address))) return callback(notForCustomers(), []);
      if (options.all) callback(null, addresses);
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
    });
  const connect = buildConnector({ lookup: checkedLookup, timeout } as buildConnector.BuildOptions);
  return ((options, callback) => {
    // An address is not looked up.
    if (isIP(options.hostname) && !mayConnect(options.hostname)) return callback(notForCustomers(), null);
    return connect(options, callback);
  }) satisfies buildConnector.connector;
}

/** @throws OutboundError for an address in which something else stands than is connected to, or that a request may not have. */
function readUrl(text: string): URL {
  const [, written = ''] = /^https?:\/\/([^/?#]*)/i.exec(text) ?? [];
  const url = text.length <= LONGEST_URL && URL.canParse(text) ? new URL(text) : null;
  const host = written.replace(/:\d+$/, '').toLowerCase();
  // The parser makes 127.0.0.1 of 0x7f.1, 2130706433 and of digits from other scripts, and drops what stands before an @.
  if (url && /^https?:$/.test(url.protocol) && host !== '' && host === url.hostname && !host.endsWith('.')) return url;
  throw new OutboundError(
    'URL',
    'The address must be like https://id.example.com/path: the host in plain ASCII, without user name, password or a dot at its end.',
  );
}

function notForCustomers(): OutboundError {
  return new OutboundError('ADDRESS', 'The address leads into a network that requests are not sent to.');
}

function headersOf(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(raw))
    for (const value of [values ?? []].flat()) headers.append(name, value);
  return headers;
}

async function read(body: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) throw new OutboundError('TOO_LARGE', `The answer is longer than ${mostBytes} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function toOutboundError(error: unknown): OutboundError {
  if (error instanceof OutboundError) return error;
  const { sentence, code, isLate } = whyNoAnswer(error);
  return new OutboundError(isLate ? 'TIMEOUT' : 'FAILED', `${sentence} (${code})`);
}
