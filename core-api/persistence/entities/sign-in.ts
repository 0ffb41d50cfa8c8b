import { defineEntity, p } from '@mikro-orm/core';
import { stamps, tenantKey, time } from './columns.js';

/** How somebody came in. */
export type SignInMethod = 'PASSWORD' | 'MAGIC_LINK' | 'INVITATION' | 'REGISTRATION' | 'SAML' | 'OIDC';
export type SessionKind = 'COOKIE' | 'BEARER';
/** Why a session is over, where it did not simply run out. */
export type SessionEnd =
  | 'SIGNED_OUT'
  | 'SIGNED_OUT_AT_IDP'
  | 'REPLACED'
  | 'ENDED'
  | 'LOST_ACCESS'
  | 'CREDENTIAL_CHANGED'
  | 'CONNECTION_CHANGED';

export const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    ...tenantKey(),
    userId: p.uuid(),
    /** sha256 of the whole token. */
    hash: p.blob().$type<Buffer>(),
    hint: p.text(),
    kind: p.text().$type<SessionKind>(),
    method: p.text().$type<SignInMethod>(),
    /** The SSO connection that it came in by. */
    connectionId: p.uuid().nullable(),
    /** The identity provider's own name of the session, which a log-out request may give: SAML's SessionIndex, OIDC's `sid`. */
    idpSession: p.text().nullable(),
    /** The front end that a BEARER session was given to. */
    origin: p.text().nullable(),
    address: p.text().nullable(),
    userAgent: p.text().nullable(),
    createdAt: time().defaultRaw('now()'),
    /** When the person last proved to be there: what a step-up looks at. */
    authenticatedAt: time().defaultRaw('now()'),
    /** Noted at most once a minute. */
    lastUsedAt: time().defaultRaw('now()'),
    /** The absolute limit; the idle one is the company's policy, counted from `lastUsedAt`. */
    expiresAt: time(),
    endedAt: time().nullable(),
    endReason: p.text().$type<SessionEnd>().nullable(),
  },
});

/** One person, signed in on one device. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);

/** What a one-time token is good for. */
export type OneTimeTokenKind =
  | 'MAGIC_LINK'
  | 'INVITATION'
  | 'REGISTRATION'
  | 'PASSWORD_RESET'
  | 'SECOND_FACTOR'
  | 'AUTHORIZATION_CODE';

export const OneTimeTokenSchema = defineEntity({
  name: 'OneTimeToken',
  tableName: 'one_time_token',
  properties: {
    ...tenantKey(),
    /** Null where there is no user yet. */
    userId: p.uuid().nullable(),
    kind: p.text().$type<OneTimeTokenKind>(),
    hash: p.blob().$type<Buffer>(),
    data: p.json<Record<string, unknown>>().defaultRaw(`'{}'`),
    createdAt: time().defaultRaw('now()'),
    expiresAt: time(),
    usedAt: time().nullable(),
    /** Set when it was withdrawn before it was used: its user lost access, or a newer one took its place. */
    endedAt: time().nullable(),
  },
});

/** Good once, for one step: links in mails, invitations, codes for front ends, the wait for a second factor. */
export class OneTimeToken extends OneTimeTokenSchema.class {}
OneTimeTokenSchema.setClass(OneTimeToken);

export const SecondFactorSchema = defineEntity({
  name: 'SecondFactor',
  tableName: 'second_factor',
  properties: {
    companyId: p.uuid().primary(),
    userId: p.uuid().primary(),
    /** The TOTP secret, encrypted by the key ring for (company, `second_factor.secret`). */
    secret: p.blob().$type<Buffer>(),
    /** Null until a first code was right; it is not asked for before. */
    confirmedAt: time().nullable(),
    /** The time step of the last code that was taken: none is taken twice. */
    lastStep: p.bigint('string').nullable(),
    createdAt: time().defaultRaw('now()'),
  },
});

/** The TOTP of one user (RFC 6238). */
export class SecondFactor extends SecondFactorSchema.class {}
SecondFactorSchema.setClass(SecondFactor);

export type SsoPurpose = 'SIGN_IN' | 'STEP_UP' | 'TEST';

export const SsoRequestSchema = defineEntity({
  name: 'SsoRequest',
  tableName: 'sso_request',
  properties: {
    ...tenantKey(),
    connectionId: p.uuid(),
    /** Whose sign-in it is, where that is known beforehand: a step-up's, a test's. */
    userId: p.uuid().nullable(),
    purpose: p.text().$type<SsoPurpose>(),
    /** sha256 of RelayState or `state`. */
    stateHash: p.blob().$type<Buffer>(),
    /** The ID of the AuthnRequest, for InResponseTo. */
    requestId: p.text().nullable(),
    /** sha256 of the cookie that binds it to one browser. */
    browserHash: p.blob().$type<Buffer>(),
    /** OIDC's nonce and PKCE verifier, encrypted by the key ring for (company, `sso_request.secrets`). */
    secrets: p.blob().$type<Buffer>().nullable(),
    /** Where the browser goes afterwards. */
    continuation: p.json<Record<string, unknown>>().defaultRaw(`'{}'`),
    createdAt: time().defaultRaw('now()'),
    expiresAt: time(),
    /** Answered, or withdrawn. */
    endedAt: time().nullable(),
  },
});

/** A sign-in that was sent to an identity provider and is not answered yet. */
export class SsoRequest extends SsoRequestSchema.class {}
SsoRequestSchema.setClass(SsoRequest);

export const SsoSubjectSchema = defineEntity({
  name: 'SsoSubject',
  tableName: 'sso_subject',
  properties: {
    companyId: p.uuid().primary(),
    connectionId: p.uuid().primary(),
    subject: p.text().primary(),
    userId: p.uuid(),
    createdAt: time().defaultRaw('now()'),
    lastSignInAt: time().defaultRaw('now()'),
  },
});

/** By which name a connection's identity provider knows a user: bound at the first sign-in, and from then on the only thing that counts. */
export class SsoSubject extends SsoSubjectSchema.class {}
SsoSubjectSchema.setClass(SsoSubject);

export const SeenAssertionSchema = defineEntity({
  name: 'SeenAssertion',
  tableName: 'seen_assertion',
  properties: {
    companyId: p.uuid().primary(),
    connectionId: p.uuid().primary(),
    assertionHash: p.blob().$type<Buffer>().primary(),
    expiresAt: time(),
  },
});

/** What an identity provider sent and may not send again. */
export class SeenAssertion extends SeenAssertionSchema.class {}
SeenAssertionSchema.setClass(SeenAssertion);

export const GateExemptionSchema = defineEntity({
  name: 'GateExemption',
  tableName: 'gate_exemption',
  properties: {
    companyId: p.uuid().primary(),
    userId: p.uuid().primary(),
    createdAt: time().defaultRaw('now()'),
  },
});

/** A user that may sign in without being provisioned. */
export class GateExemption extends GateExemptionSchema.class {}
GateExemptionSchema.setClass(GateExemption);

export type DomainStatus = 'PENDING' | 'VERIFIED' | 'HELD' | 'LAPSED';

export const DomainClaimSchema = defineEntity({
  name: 'DomainClaim',
  tableName: 'domain_claim',
  properties: {
    ...tenantKey(),
    /** In lower case, ASCII (punycode). */
    domain: p.text(),
    /** What the TXT record has to say. */
    challenge: p.text(),
    status: p.text().$type<DomainStatus>().default('PENDING'),
    verifiedAt: time().nullable(),
    checkedAt: time().nullable(),
    failingSince: time().nullable(),
    ...stamps(),
  },
});

/** A domain that a company says is its own. */
export class DomainClaim extends DomainClaimSchema.class {}
DomainClaimSchema.setClass(DomainClaim);

export const VerifiedDomainSchema = defineEntity({
  name: 'VerifiedDomain',
  tableName: 'verified_domain',
  properties: {
    domain: p.text().primary(),
    /** The company. */
    heldBy: p.uuid(),
    claimId: p.uuid(),
    /** Claims of other companies that have shown the same proof, and are held. */
    contenders: p.array().columnType('uuid[]').$type<string[]>().defaultRaw(`'{}'`),
    verifiedAt: time().defaultRaw('now()'),
  },
});

/** Global by design: of which one company is an e-mail address? */
export class VerifiedDomain extends VerifiedDomainSchema.class {}
VerifiedDomainSchema.setClass(VerifiedDomain);

export const SignInAttemptSchema = defineEntity({
  name: 'SignInAttempt',
  tableName: 'sign_in_attempt',
  properties: {
    /** sha256 of whom or from where. */
    keyHash: p.blob().$type<Buffer>().primary(),
    count: p.integer(),
    windowEndsAt: time(),
  },
});

/** Global by design: how often somebody tried to come in, by a digest of the account or the address. */
export class SignInAttempt extends SignInAttemptSchema.class {}
SignInAttemptSchema.setClass(SignInAttempt);
