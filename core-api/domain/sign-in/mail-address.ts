import { domainOfAddress } from '../domain-claim/domain-name.js';
import { invalidValue } from '../errors.js';

/** Nothing that could end a header or begin another address: no space, no control character, none of the signs that structure one (RFC 5322 §3.2.3). */
const LOCAL_PART = /^[^\s\p{C}@<>()[\]\\,;:"]{1,64}$/u;
const LONGEST = 254;

/** An e-mail address as mails are sent to it, its domain in lower case ASCII (punycode); null for what no mail is sent to. */
export function readMailAddress(text: string): { address: string; domain: string } | null {
  const trimmed = text.trim();
  const local = trimmed.slice(0, Math.max(0, trimmed.lastIndexOf('@')));
  const domain = domainOfAddress(trimmed);
  if (domain === null || trimmed.length > LONGEST || !LOCAL_PART.test(local)) return null;
  return { address: `${local}@${domain}`, domain };
}

/** @throws INVALID_VALUE */
export function checkMailAddress(text: string, field: string): { address: string; domain: string } {
  const read = readMailAddress(text);
  if (!read) throw invalidValue(field, `${field} is no e-mail address.`);
  return read;
}
