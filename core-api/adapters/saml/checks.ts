import { usableCertificates } from '#core-api/domain/sso/certificates.js';
import type { SamlConfig } from '#core-api/domain/sso/connection-config.js';
import { SsoRefusal } from '#core-api/domain/sso/refusal.js';
import { malformed } from './message.js';
import { attributeOf, onlyChild } from './xml.js';

/** By how much two clocks may differ. */
export const SKEW_MS = 120_000;
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/**
 * Those of the connection's certificates that are good now.
 *
 * @throws SsoRefusal (CERTIFICATE) when none is: then nothing that is signed can be believed.
 */
export function certificatesOf({ certificates }: SamlConfig, now: Date): string[] {
  const good = usableCertificates(certificates ?? [], now);
  if (good.length > 0) return good;
  throw new SsoRefusal('CERTIFICATE', 'The connection has no certificate that is good now.');
}

/** @throws SsoRefusal (ISSUER) */
export function checkIssuer(message: Element, { issuer }: SamlConfig): void {
  if (onlyChild(message, 'saml:Issuer')?.textContent !== issuer)
    throw new SsoRefusal('ISSUER', 'The issuer is not the identity provider of this connection.');
}

/** @returns the time that an attribute says; null where there is none. @throws SsoRefusal (MALFORMED): no time in UTC (SAML Core §1.3.3) */
export function timeOf(element: Element, name: string): Date | null {
  const text = attributeOf(element, name);
  if (text === null) return null;
  const time = new Date(text);
  if (!UTC.test(text) || Number.isNaN(time.getTime())) throw malformed(`${name} is no time in UTC.`);
  return time;
}

/** @returns until when it is good, with the skew, in ms. @throws SsoRefusal (MALFORMED | EXPIRED) */
export function checkNotOver(element: Element, name: string, now: Date): number {
  const end = timeOf(element, name);
  if (!end) throw malformed(`There is no ${name}.`);
  const last = end.getTime() + SKEW_MS;
  if (now.getTime() >= last) throw new SsoRefusal('EXPIRED', `${name} is over.`);
  return last;
}

/** @throws SsoRefusal (NOT_YET_VALID) */
export function checkNotAhead(element: Element, name: string, now: Date): void {
  const begin = timeOf(element, name);
  if (begin && begin.getTime() - SKEW_MS > now.getTime())
    throw new SsoRefusal('NOT_YET_VALID', `${name} is still to come.`);
}
