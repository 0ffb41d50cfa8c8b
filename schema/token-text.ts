import { hash } from 'node:crypto';

/** The digits of numbers in tokens, from zero on. */
export const TOKEN_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const BASE = BigInt(TOKEN_DIGITS.length);
const DIRECTORY_CREDENTIAL = /^rc[a-z]_([0-9A-Za-z]{22})_\w{1,200}$/;

/** By what a token is stored and looked up: SHA-256 of the whole of it. */
export function hashOfToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** The company that a token claims to be of; null for what has not the form of one. */
export function companyOfToken(token: string): string | null {
  const digits = DIRECTORY_CREDENTIAL.exec(token)?.[1];
  return digits === undefined ? null : companyOfDigits(digits);
}

/** The id that stands in a token as digits; null when they stand for more than 128 bits. */
export function companyOfDigits(digits: string): string | null {
  let value = 0n;
  for (const digit of digits) value = value * BASE + BigInt(TOKEN_DIGITS.indexOf(digit));
  if (value >> 128n) return null;
  return value
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
