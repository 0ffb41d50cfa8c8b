import { expect, it } from 'vitest';
import { expiryAfter } from './expiry.js';

const now = new Date('2027-01-30T10:00:00Z');

it.each([
  ['90d', '2027-04-30T10:00:00.000Z'],
  ['12h', '2027-01-30T22:00:00.000Z'],
])('takes %s from now', (duration, moment) => {
  expect(expiryAfter(duration, now).toISOString()).toBe(moment);
});

it.each(['', '90', 'd', '0d', '-1d', '1.5d', '3651d', '5m', '90 d'])('refuses "%s"', (duration) => {
  expect(() => expiryAfter(duration, now)).toThrow('--expires must be like 90d or 12h');
});
