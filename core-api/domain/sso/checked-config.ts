import type { SsoKind } from '#core-api/persistence/entities/sso-connection.js';
import { type DomainError, invalidValue } from '../errors.js';
import { OutboundError, type OutboundHttp } from '../ports.js';
import { isStorable } from '../text.js';
import { certificateLack, readCertificate } from './certificates.js';
import { isComplete } from './connection-config.js';

type Check = (value: unknown, path: string, outbound: OutboundHttp) => unknown;
type Members = Readonly<Record<string, Check>>;

const LONGEST_TEXT = 1_024;
const LONGEST_URL = 2_048;
const LONGEST_CERTIFICATE = 16_384;
const MOST_CERTIFICATES = 10;
const MOST_SCOPES = 20;
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
const SCOPE = /^[!-[\]-~]{1,100}$/;

const text: Check = (value, path) => {
  if (typeof value !== 'string' || value.trim() === '' || value.length > LONGEST_TEXT)
    throw invalidValue(path, `${path} must be a text of 1 to ${LONGEST_TEXT} characters.`);
  if (!isStorable(value)) throw invalidValue(path, `${path} holds a character that cannot be stored.`);
  return value.trim();
};

/** Where browsers are sent: to https, and on this machine, where a test provider may run, also by plain http. */
const address: Check = (value, path) => {
  const url = typeof value === 'string' && value.length <= LONGEST_URL ? URL.parse(value) : null;
  const isOpen = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (!url || !isOpen || url.username !== '' || url.password !== '' || url.hash !== '')
    throw invalidValue(path, `${path} must be an https address without user name and fragment.`);
  return value;
};

/** Where requests of our own go. */
const outboundAddress: Check = (value, path, outbound) => {
  address(value, path, outbound);
  try {
    outbound.check(value as string);
  } catch (error) {
    if (error instanceof OutboundError) throw invalidValue(path, `${path}: ${error.message}`);
    throw error;
  }
  return value;
};

const certificate: Check = (value, path) => {
  const read = typeof value === 'string' && value.length <= LONGEST_CERTIFICATE ? readCertificate(value) : null;
  if (!read) throw invalidValue(path, `${path} must be an X.509 certificate in PEM.`);
  return read.toString();
};

const listOf =
  (check: Check, most: number): Check =>
  (value, path, outbound) => {
    if (!Array.isArray(value) || value.length > most)
      throw invalidValue(path, `${path} must be a list of at most ${most}.`);
    return [...new Set(value.map((each, i) => check(each, `${path}.${i}`, outbound)))];
  };

const objectOf =
  (members: Members): Check =>
  (value, path, outbound) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalidValue(path, `${path} must be an object.`);
    const given = Object.entries(value).filter(([, member]) => member != null);
    return Object.fromEntries(
      given.map(([name, member]) => {
        const check = Object.hasOwn(members, name) ? members[name] : undefined;
        if (!check)
          throw invalidValue(`${path}.${name}`, `${path} has no ${name}: it has ${Object.keys(members).join(', ')}.`);
        return [name, check(member, `${path}.${name}`, outbound)];
      }),
    );
  };

const scope: Check = (value, path) => {
  if (typeof value !== 'string' || !SCOPE.test(value))
    throw invalidValue(path, `${path} must be a scope of OAuth 2.0.`);
  return value;
};

const claims = objectOf({
  userName: text,
  externalId: text,
  email: text,
  givenName: text,
  familyName: text,
  displayName: text,
  groups: text,
});

const CONFIG: Record<SsoKind, Check> = {
  SAML: objectOf({
    issuer: text,
    entryPoint: address,
    logoutUrl: address,
    certificates: listOf(certificate, MOST_CERTIFICATES),
    metadataUrl: outboundAddress,
    subjectAttribute: text,
    claims,
  }),
  OIDC: objectOf({ issuer: outboundAddress, clientId: text, scopes: listOf(scope, MOST_SCOPES), claims }),
};

/**
 * A connection's `config` as it is stored: members that are null or left out are not there. A draft may lack anything.
 *
 * @throws INVALID_VALUE (`config.…`)
 */
export function checkedConfig(kind: SsoKind, config: unknown, outbound: OutboundHttp): Record<string, unknown> {
  return CONFIG[kind](config, 'config', outbound) as Record<string, unknown>;
}

/** Nobody could be let in, or anybody would have to be: such a connection is not switched on. @throws INVALID_VALUE, naming what is missing */
export function requireComplete(kind: SsoKind, config: Record<string, unknown>, now: Date): void {
  if (isComplete(kind, config, now)) return;
  throw lackOf(kind, config, now);
}

function lackOf(kind: SsoKind, config: Record<string, unknown>, now: Date): DomainError {
  const needed = kind === 'SAML' ? ['issuer', 'entryPoint', 'certificates'] : ['issuer', 'clientId'];
  const missing = needed.find((name) => config[name] === undefined);
  if (missing) return invalidValue(`config.${missing}`, `Nobody can sign in by it before config.${missing} is set.`);
  const [first] = config.certificates as string[];
  const lack = first === undefined ? 'there is none' : certificateLack(first, now);
  return invalidValue('config.certificates', `No signature can be checked by config.certificates: ${lack}.`);
}
