const TOO_LATE = 'No answer came in time.';

const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name is not known (DNS).',
  EAI_AGAIN: 'The name server does not answer (DNS).',
  ECONNREFUSED: 'Nothing listens there.',
  ECONNRESET: 'The connection was broken off.',
  UND_ERR_SOCKET: 'The connection was broken off.',
  UND_ERR_HEADERS_OVERFLOW: 'The head of the answer has no end.',
  EHOSTUNREACH: 'No way leads there.',
  ENETUNREACH: 'No way leads there.',
  ETIMEDOUT: TOO_LATE,
  UND_ERR_CONNECT_TIMEOUT: TOO_LATE,
  CERT_HAS_EXPIRED: 'The TLS certificate has expired.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The TLS certificate is for another name.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'The TLS certificate is self-signed.',
  SELF_SIGNED_CERT_IN_CHAIN: 'The TLS certificate is self-signed.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'The TLS certificate comes without those that vouch for it.',
};

/** Why a request got no answer: one sentence, and what Node, undici or OpenSSL call it. */
export function whyNoAnswer(error: unknown): { sentence: string; code: string; isLate: boolean; isTls: boolean } {
  const { name, code, cause } = error as {
    name?: string;
    code?: unknown;
    cause?: { code?: unknown; message?: string };
  };
  const found =
    [cause?.code, code, cause?.message?.slice(0, 100)].find((each) => typeof each === 'string') ?? name ?? '';
  const isLate = name === 'TimeoutError' || name === 'AbortError' || CAUSES[found] === TOO_LATE;
  return {
    sentence: isLate ? TOO_LATE : (CAUSES[found] ?? 'The request failed.'),
    code: found,
    isLate,
    isTls: /CERT|TLS|SSL/.test(found),
  };
}
