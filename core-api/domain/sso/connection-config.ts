import type { SsoKind } from '#core-api/persistence/entities/sso-connection.js';
import { usableCertificates } from './certificates.js';

/** `config` of a SAML connection: all of it public. */
export interface SamlConfig {
  /** The identity provider's entity id. */
  issuer: string;
  /** Where AuthnRequests go: https, or http on this machine in development. */
  entryPoint: string;
  /** Where the identity provider takes log-outs; null: nowhere. */
  logoutUrl?: string | null;
  /** What it signs with, PEM; during a change of keys two. */
  certificates: string[];
  /** Where its metadata are read again from. */
  metadataUrl?: string | null;
  /** The attribute that is the subject; left out: the NameID. */
  subjectAttribute?: string | null;
  /** Which claim says what of a user. */
  claims?: ClaimNames;
}

/** `config` of an OIDC connection: all of it public. */
export interface OidcConfig {
  /** As in its discovery document, exactly. */
  issuer: string;
  clientId: string;
  /** Beside `openid`; left out: `profile email`. */
  scopes?: string[];
  claims?: ClaimNames;
}

/** Names of claims or SAML attributes; what is left out has the usual ones, tried in order. */
export interface ClaimNames {
  userName?: string;
  externalId?: string;
  email?: string;
  givenName?: string;
  familyName?: string;
  displayName?: string;
  groups?: string;
}

/** What an identity provider asserted of whoever signed in, after every check of the protocol. */
export interface AssertedIdentity {
  /** NameID or `sub`. Never folded: it is the provider's own. */
  subject: string;
  userName: string | null;
  externalId: string | null;
  email: string | null;
  /** OIDC's `email_verified`; true for SAML, whose provider answers for what it signs. */
  emailVerified: boolean;
  givenName: string | null;
  familyName: string | null;
  displayName: string | null;
  groups: string[];
  /** SAML's SessionIndex or OIDC's `sid`. */
  idpSession: string | null;
}

export const claimsOf = (config: Record<string, unknown>) => config.claims as ClaimNames | undefined;

/** Whether answers can be checked by it at that time: the connection that bootstrap lays as configuration names no certificate, and lets nobody in. */
export function isComplete(kind: SsoKind, config: Record<string, unknown>, now: Date): boolean {
  const { issuer, entryPoint, certificates = [], clientId } = config as Partial<SamlConfig & OidcConfig>;
  if (!issuer) return false;
  return kind === 'OIDC' ? Boolean(clientId) : Boolean(entryPoint) && usableCertificates(certificates, now).length > 0;
}
