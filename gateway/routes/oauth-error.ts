/** The error codes of RFC 6749 §5.2, and those that §4.1.2.1 has for failures of the server. */
type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'server_error'
  | 'temporarily_unavailable';

/** A token request that is refused. The description has no quotation mark and no backslash: the RFC allows none. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';

  constructor(
    readonly status: number,
    readonly code: OAuthErrorCode,
    readonly description: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(description);
  }

  static invalidRequest(description: string): OAuthError {
    return new OAuthError(400, 'invalid_request', description);
  }

  /** The same for every client that does not do: it tells nothing about which clients there are. */
  static invalidClient(): OAuthError {
    return new OAuthError(401, 'invalid_client', 'The client or its secret is missing, unknown, revoked or expired.', {
      'WWW-Authenticate': 'Basic realm="Rollcall"',
    });
  }

  get body(): object {
    return { error: this.code, error_description: this.description };
  }
}
