/** Why something of a run was kept as it is. */
export type KeptReason =
  | 'BACK_ALREADY'
  | 'CHANGED_LATER'
  | 'VALUES_KEPT'
  | 'DELETED_LATER'
  | 'TRANSFERRED'
  | 'ERASED'
  | 'NAME_TAKEN'
  | 'EXTERNAL_ID_TAKEN'
  | 'TEAM_GONE'
  | 'USER_GONE';

export interface Kept {
  object: 'USER' | 'TEAM' | 'MEMBERSHIP' | 'ATTRIBUTES';
  /** The user's or team's; of a membership the team's. */
  id: string;
  /** Of a membership the team's. */
  name: string;
  /** Of a membership only. */
  userId: string | null;
  reason: KeptReason;
}

export interface Restored {
  users: number;
  teams: number;
  members: number;
  roles: number;
  accesses: number;
}

/** What a revert gave back, and what it left. */
export interface RunReport {
  restored: Restored;
  /** The first 1,000 of `keptCount`. */
  kept: Kept[];
  keptCount: number;
}

const MOST_KEPT = 1_000;

export function runReport(restored: Restored, kept: readonly Kept[]): RunReport {
  return { restored, kept: kept.slice(0, MOST_KEPT), keptCount: kept.length };
}
