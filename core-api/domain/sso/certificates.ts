import { X509Certificate } from 'node:crypto';

/** Shorter keys can be forged. */
const LEAST_BITS = 2_048;

/** @returns null for what is no X.509 certificate in PEM. */
export function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/** Why nothing can be verified by a certificate at that time; null: it can. */
export function certificateLack(pem: string, now: Date): string | null {
  const certificate = readCertificate(pem);
  if (!certificate) return 'it is no X.509 certificate in PEM';
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type !== 'rsa') return `its key is ${type}, and signatures are checked with RSA`;
  if ((details?.modulusLength ?? 0) < LEAST_BITS) return `its key has fewer than ${LEAST_BITS} bits`;
  if (certificate.validToDate < now) return 'it has expired';
  if (certificate.validFromDate > now) return 'it is not valid yet';
  return null;
}

/** Those that signatures can be checked with at that time. */
export function usableCertificates(certificates: readonly string[], now: Date): string[] {
  return certificates.filter((pem) => certificateLack(pem, now) === null);
}

/** What a SAML connection's certificates are, for people. */
export function describeCertificates(config: Record<string, unknown>, now: Date) {
  const { certificates = [] } = config as { certificates?: string[] };
  return certificates.flatMap((pem) => {
    const read = readCertificate(pem);
    if (!read) return [];
    return {
      subject: read.subject,
      fingerprint: read.fingerprint256,
      notBefore: read.validFromDate.toISOString(),
      notAfter: read.validToDate.toISOString(),
      problem: certificateLack(pem, now),
    };
  });
}
