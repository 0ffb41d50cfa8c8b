import type { IdpKind } from '#core-api/persistence/entities/directory.js';
import type { DirectoryProfile } from '#schema/profile.js';

/** What is tried, in this order. */
export const PROBE_STEPS = [
  'SWITCHED_ON',
  'REACH',
  'WRONG_CREDENTIAL',
  'RIGHT_CREDENTIAL',
  'DISCOVERY',
  'LOOK_UP_MISS',
  'CREATE',
  'LOOK_UP_HIT',
  'PATCH',
  'PUT',
  'ROLE',
  'GROUP',
  'MEMBER_ADD',
  'MEMBER_REMOVE',
  'DEACTIVATE',
  'REACTIVATE',
  'CLEAN_UP',
] as const;
export type ProbeStepName = (typeof PROBE_STEPS)[number];

/** How one step went. */
export interface ProbeStep {
  step: ProbeStepName;
  title: string;
  /** Null: it was not tried, and `got` says why. */
  ok: boolean | null;
  /** Of the last HTTP answer; null when there was none. */
  status: number | null;
  expected: string;
  got: string;
  /** Null unless it failed. */
  howToMend: string | null;
  durationMs: number;
}

/** A directory in a company of its own, which an identity provider may be played against. */
export interface ProbeTarget {
  token: string;
  idpKind: IdpKind;
  profile: DirectoryProfile;
  /** A value of the role attribute that grants a role; null when there is none to grant. */
  roleValue: string | null;
  /** Unique to the directory: what it makes is called so. */
  label: string;
}

/** Plays an identity provider over HTTP against the address that clients reach. It fails in its steps, and never throws. */
export type Probe = (target: ProbeTarget) => Promise<{ url: string; steps: ProbeStep[] }>;
