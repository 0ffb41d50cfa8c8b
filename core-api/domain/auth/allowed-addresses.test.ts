import { describe, expect, it } from 'vitest';
import { checkAllowedAddresses, requireAllowed } from './allowed-addresses.js';

describe('what may be on the list', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    [' 192.0.2.0/24 ', '192.0.2.0/24'],
    ['192.0.2.7/32', '192.0.2.7'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8:0::/32', '2001:db8::/32'],
    ['::1/128', '::1'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:200/120', '192.0.2.0/24'],
  ])('%j is kept as %j', (text, kept) => {
    expect(checkAllowedAddresses([text, text])).toEqual([kept]);
  });

  it.each([
    '',
    'example.com',
    '192.0.2',
    '192.0.2.07',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2.0/2 4',
    '192.0.2.0/8/8',
    '2001:db8::/129',
    '::ffff:192.0.2.7/32',
    'fe80::1%eth0',
    '192.0.2.1-192.0.2.9',
    '192.0.2.7\0',
  ])('%j is refused', (text) => {
    expect(() => checkAllowedAddresses([text])).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', details: { field: 'allowedAddresses' } }),
    );
  });

  it('takes 100 and no more', () => {
    const blocks = Array.from({ length: 101 }, (_, i) => `10.0.${i}.0/24`);

    expect(checkAllowedAddresses(blocks.slice(1))).toHaveLength(100);
    expect(() => checkAllowedAddresses(blocks)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });
});

describe('who may come', () => {
  const allowed = ['192.0.2.0/24', '198.51.100.7', '2001:db8::/32'];

  it.each([
    '192.0.2.255',
    '198.51.100.7',
    '::ffff:192.0.2.1',
    '::FFFF:C633:6407',
    '2001:db8:1::1',
    '2001:0DB8:0:0::1%eth0',
  ])('%s comes from the list', (address) => {
    expect(() => requireAllowed(allowed, address)).not.toThrow();
  });

  it.each(['192.0.3.0', '198.51.100.8', '::ffff:192.0.3.1', '2001:db9::1', '::192.0.2.1', 'nonsense', '', null])(
    '%j does not',
    (address) => {
      expect(() => requireAllowed(allowed, address)).toThrow(expect.objectContaining({ code: 'ADDRESS_NOT_ALLOWED' }));
    },
  );

  it('lets everybody in without a list, also from where nobody knows', () => {
    expect(() => requireAllowed([], '203.0.113.1')).not.toThrow();
    expect(() => requireAllowed([], null)).not.toThrow();
  });
});
