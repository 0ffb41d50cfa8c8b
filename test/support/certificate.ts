import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

export interface SigningKey {
  privateKey: KeyObject;
  /** PEM, self-signed. */
  certificate: string;
}

/** A key and a certificate of its own: good from a day ago for a year, RSA, unless asked otherwise. */
export function aSigningKey(
  options: { type?: 'rsa' | 'ec'; commonName?: string; notBefore?: Date; notAfter?: Date } = {},
): SigningKey {
  const { privateKey, publicKey } =
    options.type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm =
    options.type === 'ec' ? sequence(oid('06082a8648ce3d040302')) : sequence(oid('06092a864886f70d01010b'), der(0x05));
  const day = 86_400_000;
  const name = sequence(
    der(0x31, sequence(oid('0603550403'), der(0x0c, Buffer.from(options.commonName ?? 'Test identity provider')))),
  );
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(
      time(options.notBefore ?? new Date(Date.now() - day)),
      time(options.notAfter ?? new Date(Date.now() + 365 * day)),
    ),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('sha256').update(signed).sign(privateKey);
  const certificate = sequence(signed, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return { privateKey, certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n` };
}

/** One value of ASN.1 in DER (X.690): tag, length, content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const { length } = body;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, Math.floor(length / 0x100), length % 0x100];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
}

const sequence = (...content: Buffer[]) => der(0x30, ...content);
const oid = (hex: string) => Buffer.from(hex, 'hex');
const time = (date: Date) => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`));
