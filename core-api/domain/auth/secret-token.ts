import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { companyOfDigits, hashOfToken, TOKEN_DIGITS } from '#schema/token-text.js';

/** Of an operator key there is no company: operators stand above them. */
export type TokenKind = 'directory' | 'client' | 'access' | 'apiKey' | 'session' | 'oneTime' | 'operator';

const PREFIX = {
  directory: 'rcs',
  client: 'rcc',
  access: 'rca',
  apiKey: 'rck',
  session: 'rcu',
  oneTime: 'rct',
  operator: 'rco',
} as const;
const KIND = {
  rcs: 'directory',
  rcc: 'client',
  rca: 'access',
  rck: 'apiKey',
  rcu: 'session',
  rct: 'oneTime',
  rco: 'operator',
} as const;

const BASE = BigInt(TOKEN_DIGITS.length);
const COMPANY_DIGITS = 22; // 128 bits
const SECRET_DIGITS = 43; // 256 bits
const CHECKSUM_DIGITS = 6; // 32 bits
const SECRET_BYTES = 32;

const FORM = new RegExp(
  `^((?:(rcs|rcc|rca|rck|rcu|rct)_([0-9A-Za-z]{${COMPANY_DIGITS}})|(rco))_[0-9A-Za-z]{${SECRET_DIGITS}})_([0-9A-Za-z]{${CHECKSUM_DIGITS}})$`,
);

export interface MintedToken {
  /** Shown once, stored never. */
  token: string;
  /** SHA-256 of the whole token: what is stored and looked up. */
  hash: Buffer;
  /** Enough to recognise it in a list: prefix and last four characters. */
  hint: string;
}

export interface ReadToken {
  kind: TokenKind;
  /** null of an operator key. Claimed by the bearer: true only if the hash is found in that company. */
  companyId: string | null;
  hash: Buffer;
}

/** A fresh token: `rcs_<company>_<secret>_<checksum>`, and `rco_<secret>_<checksum>` for operators. */
export function mintToken(kind: 'operator', companyId: null): MintedToken;
export function mintToken(kind: Exclude<TokenKind, 'operator'>, companyId: string): MintedToken;
export function mintToken(kind: TokenKind, companyId: string | null): MintedToken {
  const secret = toBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_DIGITS);
  const owner = companyId === null ? [] : [toBase62(BigInt(`0x${companyId.replaceAll('-', '')}`), COMPANY_DIGITS)];
  const body = [PREFIX[kind], ...owner, secret].join('_');
  const token = `${body}_${checksumOf(body)}`;
  return { token, hash: hashOfToken(token), hint: `${PREFIX[kind]}_…${token.slice(-4)}` };
}

/** Form and checksum, without a look into the database; null for anything that was never one of our tokens. */
export function readToken(text: string): ReadToken | null {
  const [, body, prefix, company, operator, checksum] = FORM.exec(text) ?? [];
  if (!body || checksumOf(body) !== checksum) return null;
  if (operator) return { kind: 'operator', companyId: null, hash: hashOfToken(text) };
  const companyId = companyOfDigits(company!); // the form has it wherever it has no `rco`
  return companyId === null ? null : { kind: KIND[prefix as keyof typeof KIND], companyId, hash: hashOfToken(text) };
}

/** Lets secret scanners and typing errors be told from tokens; it protects nothing. */
function checksumOf(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_DIGITS);
}

function toBase62(value: bigint, digits: number): string {
  let text = '';
  for (let rest = value; text.length < digits; rest /= BASE) text = TOKEN_DIGITS[Number(rest % BASE)] + text;
  return text;
}
