import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { trustedProxies } from './client-address.js';

const from = (remoteAddress: string | undefined, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

it.each<[string, string[], string | undefined, string | undefined, string | null]>([
  ['the other end of the connection', [], '198.51.100.7', undefined, '198.51.100.7'],
  ['nobody else, whatever a stranger says', [], '198.51.100.7', '203.0.113.9', '198.51.100.7'],
  ['nobody else, where the stranger is no proxy', ['10.0.0.0/8'], '198.51.100.7', '203.0.113.9', '198.51.100.7'],
  ['whom a proxy names', ['10.0.0.0/8'], '10.1.2.3', '203.0.113.9', '203.0.113.9'],
  [
    'whom the proxy names, and not what was said to it',
    ['10.0.0.0/8'],
    '10.1.2.3',
    '192.0.2.1, 203.0.113.9',
    '203.0.113.9',
  ],
  ['the first that is no proxy', ['uniquelocal'], '10.1.2.3', '192.0.2.1, 203.0.113.9, 10.9.9.9', '203.0.113.9'],
  ['a proxy that says nothing', ['loopback'], '127.0.0.1', undefined, '127.0.0.1'],
  ['a proxy that says nonsense', ['loopback'], '127.0.0.1', 'somebody', '127.0.0.1'],
  ['whom a proxy names, by IPv6', ['loopback'], '::1', '2001:db8::1', '2001:db8::1'],
  ['IPv4 in the clothes of IPv6', ['10.0.0.1'], '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['nobody, once the connection is gone', ['loopback'], undefined, '203.0.113.9', null],
])('a request comes from %s (A-16)', (_whom, proxies, remote, forwarded, address) => {
  expect(trustedProxies(proxies).clientAddressOf(from(remote, forwarded))).toBe(address);
});
