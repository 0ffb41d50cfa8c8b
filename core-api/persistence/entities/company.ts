import { defineEntity, p } from '@mikro-orm/core';
import { stamps, time } from './columns.js';

export type Plan = 'FREE' | 'TEAM' | 'ENTERPRISE';

/** What provisioning lacks, by the error code that directories get. */
export type ProvisioningLack = 'PLAN_REQUIRED' | 'SSO_REQUIRED' | 'DOMAIN_REQUIRED';

export interface CompanyPolicies {
  unprovisionedSignIn: 'BLOCK' | 'GRACE' | 'ALLOW';
  /** SSO_ONLY shuts every sign-in but single sign-on and that of break-glass accounts. */
  signIn: 'ANY' | 'SSO_ONLY';
  /** Whether local accounts may come in by a link in a mail. */
  magicLinks: boolean;
  /** Who may make an account of their own. */
  selfRegistration: 'OFF' | 'VERIFIED_DOMAINS' | 'ANYONE';
  provisioningNeedsVerifiedDomain: boolean;
  /** A session that is not used for so long is over. */
  sessionIdleMinutes: number;
  /** No session lasts longer. */
  sessionHours: number;
}

export const DEFAULT_POLICIES: CompanyPolicies = {
  unprovisionedSignIn: 'GRACE',
  signIn: 'ANY',
  magicLinks: true,
  selfRegistration: 'OFF',
  provisioningNeedsVerifiedDomain: false,
  sessionIdleMinutes: 480,
  sessionHours: 168,
};

export const CompanySchema = defineEntity({
  name: 'Company',
  tableName: 'company',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    slug: p.text(),
    plan: p.text().$type<Plan>().default('FREE'),
    /** Whether SCIM is switched on (rule 1: only on ENTERPRISE with an active SSO connection). */
    provisioning: p.boolean().default(false),
    /** When it was switched on; null while it is off. */
    provisioningSince: time().nullable(),
    /** Why it rests although it is switched on; null while it does not. */
    provisioningSuspended: p.text().$type<ProvisioningLack>().nullable(),
    policies: p.json<CompanyPolicies>(),
    suspendedAt: time().nullable(),
    /** Set for a hidden company, in which a directory of that company is tried out. */
    probeOf: p.uuid().nullable(),
    ...stamps(),
  },
});

/** The tenant. */
export class Company extends CompanySchema.class {}
CompanySchema.setClass(Company);
