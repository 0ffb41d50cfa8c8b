import { expect, it } from 'vitest';
import { clientNetworkOf } from './client-network.js';

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
  ['no address', 'no address'],
])('%j is counted as %j', (address, network) => {
  expect(clientNetworkOf(address)).toBe(network);
});

it('keeps IPv4 addresses apart that come as IPv6, however they are written', () => {
  expect(clientNetworkOf('::ffff:203.0.113.9')).toBe(clientNetworkOf('::FFFF:cb00:7109'));
  expect(clientNetworkOf('::ffff:203.0.113.9')).not.toBe(clientNetworkOf('::ffff:203.0.113.10'));
});
