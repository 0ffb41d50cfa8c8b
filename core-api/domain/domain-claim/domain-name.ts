import { domainToASCII } from 'node:url';
import { invalidValue } from '../errors.js';

/** Where the proof stands, below the domain. */
const RECORD_LABEL = '_rollcall';
/** A name in DNS has at most 253 characters, and the record's name is the longer one. */
const LONGEST = 253 - RECORD_LABEL.length - 1;
/** What a browser would read as the end of a host, or decode in it, stands in no domain: a look-up by another reading would be another's. */
const PLAIN = /^[^\s\p{Cc}/\\?#%@:[\]]{1,253}$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The domain in the one form in which it is kept and compared: lower case, ASCII (punycode), no dot at its end; null for whatever is no domain that a
 * company could have: a name without a dot, an address of a machine, a wildcard.
 */
export function domainNameOf(text: string): string | null {
  const trimmed = text.trim();
  if (!PLAIN.test(trimmed)) return null;
  const name = domainToASCII(trimmed).replace(/\.$/, '');
  const labels = name.split('.');
  const isName = labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !/^\d|^0x/.test(labels.at(-1)!);
  return isName && name.length <= LONGEST ? name : null;
}

/** @throws INVALID_VALUE */
export function checkDomain(text: string): string {
  const name = domainNameOf(text);
  if (name !== null) return name;
  throw invalidValue(
    'domain',
    `domain must be a name like example.com: two labels or more, ${LONGEST} characters at most, no wildcard and no address of a machine.`,
  );
}

/** The domain of an e-mail address, as `domainNameOf`; it says nothing of what stands before the last @. */
export function domainOfAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  return at < 1 ? null : domainNameOf(address.slice(at + 1));
}

export const recordNameOf = (domain: string): string => `${RECORD_LABEL}.${domain}`;
