import type { TeamRow } from '#core-api/persistence/rows.js';
import { invalidValue } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { readTeamFields } from '../team/team-change.js';
import { managedTeam } from '../team/team-service.js';
import type { TeamFields } from '../team/team-types.js';
import { Claims } from './claims.js';
import type { ImportedTeam } from './import-request.js';
import { type ImportRow, type Origins, refusedRow, toRow } from './import-row.js';

export interface PlannedTeam {
  row: ImportRow;
  fileId: string | null;
  /** The name that it has afterwards; null for one that is refused and not there. */
  displayName: string | null;
  /** Null: nothing is written. */
  write: { create: TeamFields } | { change: TeamFields; before: TeamRow } | null;
}

/** Teams by every name that a row can give them; of two with one name the first, which is a local one. */
export class StoredTeams {
  readonly #byId: ReadonlyMap<string, TeamRow>;
  readonly #byKey: ReadonlyMap<string, TeamRow>;

  constructor(readonly rows: readonly TeamRow[]) {
    this.#byId = new Map(rows.map((team) => [team.id, team]));
    this.#byKey = new Map(rows.toReversed().map((team) => [foldKey(team.displayName), team]));
  }

  find(id: string | null | undefined, displayName: string | null | undefined): TeamRow | null {
    return (id != null && this.#byId.get(id)) || this.named(displayName);
  }

  named(displayName: string | null | undefined): TeamRow | null {
    return (displayName != null && this.#byKey.get(foldKey(displayName))) || null;
  }
}

export function planTeams(
  teams: readonly ImportedTeam[],
  rows: readonly TeamRow[],
  directoryNames: ReadonlyMap<string, string>,
): PlannedTeam[] {
  const stored = new StoredTeams(rows);
  const claims = new Claims(
    'displayName',
    rows.map((team) => ({ id: team.id, ...claimsOf(team) })),
  );
  return teams.map((team, index) => {
    const before = stored.find(team.id, team.displayName);
    const name = team.displayName ?? before?.displayName ?? team.id ?? '';
    const origin = { object: 'TEAM', index, line: team.line, name } as const;
    const is = { fileId: team.id ?? null, displayName: before?.displayName ?? null, write: null };
    try {
      if (team.problem) throw team.problem;
      const fields = readTeamFields({ displayName: team.displayName ?? undefined, externalId: team.externalId });
      const planned = before ? planChange(origin, fields, before, directoryNames) : planNew(origin, fields);
      claims.take(origin, claimsOf({ directoryId: null, ...before, ...planned.after }), before?.id ?? null);
      return { ...is, row: planned.row, displayName: planned.after.displayName, write: planned.write };
    } catch (error) {
      return { ...is, row: refusedRow(origin, error, before?.id ?? null) };
    }
  });
}

type Fields = ReturnType<typeof readTeamFields>;
type Planned = Pick<PlannedTeam, 'row' | 'write'> & { after: { displayName: string; externalId: string | null } };

function planNew(origin: Origins, { displayName, externalId = null }: Fields): Planned {
  if (displayName === undefined) throw invalidValue('displayName', 'A team needs a displayName.');
  const after = { displayName, externalId };
  const said = Object.entries(after).filter(([, value]) => value !== null);
  const differences = said.map(([field, value]) => ({ field, before: null, after: value }));
  return { row: toRow(origin, 'CREATE', { differences }), after, write: { create: after } };
}

function planChange(
  origin: Origins,
  fields: Fields,
  before: TeamRow,
  directoryNames: ReadonlyMap<string, string>,
): Planned {
  const { id, directoryId } = before;
  const after = { displayName: before.displayName, externalId: before.externalId, ...fields };
  const differences = (['displayName', 'externalId'] as const)
    .filter((field) => before[field] !== after[field])
    .map((field) => ({ field, before: before[field], after: after[field] }));
  if (differences.length === 0) return { row: toRow(origin, 'SAME', { id }), after, write: null };
  if (directoryId !== null) throw managedTeam(id, directoryNames.get(directoryId) ?? null);
  return { row: toRow(origin, 'UPDATE', { id, differences }), after, write: { change: fields, before } };
}

/** Names and externalIds are those of the teams that the company manages itself; each directory has its own. */
function claimsOf({
  directoryId,
  displayName,
  externalId,
}: Pick<TeamRow, 'directoryId' | 'displayName' | 'externalId'>) {
  return directoryId === null ? { key: foldKey(displayName), externalId } : { key: null, externalId: null };
}
