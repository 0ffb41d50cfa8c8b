/** What an identity provider has to be told of a connection, and where people begin. Made of ids alone: no renaming moves them. */
export interface ConnectionAddresses {
  /** SAML: what Rollcall is called. It is the address of its metadata. */
  entityId: string;
  metadataUrl: string;
  /** SAML: where responses are posted to. */
  acsUrl: string;
  /** SAML: where log-outs are sent to. */
  sloUrl: string;
  /** OpenID Connect: where the code is brought. */
  redirectUri: string;
  /** Where a sign-in by the connection begins. */
  signInUrl: string;
  testSignInUrl: string;
}

/** @param coreUrl without a slash at its end */
export function connectionAddresses(coreUrl: string, companyId: string, connectionId: string): ConnectionAddresses {
  const base = `${coreUrl}/sso/${companyId}/${connectionId}`;
  return {
    entityId: `${base}/metadata`,
    metadataUrl: `${base}/metadata`,
    acsUrl: `${base}/acs`,
    sloUrl: `${base}/slo`,
    redirectUri: `${base}/callback`,
    signInUrl: `${base}/start`,
    testSignInUrl: `${base}/test`,
  };
}
