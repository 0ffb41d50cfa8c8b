import { expect, it } from 'vitest';
import { companyOfToken, hashOfToken } from '#schema/token-text.js';

it('finds the company that a token of a directory names', () => {
  const token = (digits: string) => `rcs_${digits.padStart(22, '0')}_${'a'.repeat(43)}_000000`;

  expect(companyOfToken(token('1'))).toBe('00000000-0000-0000-0000-000000000001');
  expect(companyOfToken(token('10'))).toBe('00000000-0000-0000-0000-00000000003e');
  expect(companyOfToken(token('7n42DGM5Tflk9n8mt7Fhc7'))).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff');
  expect(companyOfToken(token('7n42DGM5Tflk9n8mt7Fhc8'))).toBeNull();
});

it.each(['', 'nonsense', 'rco_abc', `rcs_${'z'.repeat(22)}_x_y`, `rcs_${'0'.repeat(22)}`])(
  'finds no company in %j',
  (text) => {
    expect(companyOfToken(text)).toBeNull();
  },
);

it('hashes the whole token by SHA-256', () => {
  expect(hashOfToken('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
