import type { TeamRow } from '#core-api/persistence/rows.js';
import { invalidValue, taken } from '../errors.js';
import { foldKey } from '../fold-key.js';
import type { readTeamFields } from '../team/team-change.js';
import { managedTeam } from '../team/team-service.js';
import type { TeamFields } from '../team/team-types.js';
import { type ImportRow, type Origins, refusedRow, toRow } from './import-plan.js';
import type { ImportedTeam } from './import-request.js';
import { twice } from './plan-users.js';

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
  read: typeof readTeamFields,
): PlannedTeam[] {
  const stored = new StoredTeams(rows);
  const rowOf = new Map<string, number>();
  const claim = (index: number, displayName: string, externalId: string | null, before: TeamRow | null) => {
    const local = rows.filter(({ directoryId, id }) => directoryId === null && id !== before?.id);
    if (before === null || before.directoryId === null) {
      if (local.some((team) => foldKey(team.displayName) === foldKey(displayName))) throw taken('displayName');
      if (externalId !== null && local.some((team) => team.externalId === externalId)) throw taken('externalId');
    }
    const claims: [string, string][] = [[`displayName ${foldKey(displayName)}`, 'displayName']];
    if (externalId !== null) claims.push([`externalId ${externalId}`, 'externalId']);
    if (before) claims.push([`id ${before.id}`, 'id']);
    for (const [each, field] of claims) if (rowOf.has(each)) throw twice(field, rowOf.get(each)!);
    for (const [each] of claims) rowOf.set(each, index);
  };
  const plan = (origin: Origins, team: ImportedTeam, before: TeamRow | null): Omit<PlannedTeam, 'fileId'> => {
    const fields = read({ displayName: team.displayName ?? undefined, externalId: team.externalId });
    if (!before) {
      if (fields.displayName === undefined) throw invalidValue('displayName', 'A team needs a displayName.');
      const { displayName, externalId = null } = fields;
      claim(origin.index!, displayName, externalId, null);
      const found = Object.entries({ displayName, externalId }).filter(([, after]) => after !== null);
      const differences = found.map(([field, after]) => ({ field, before: null, after }));
      return { row: toRow(origin, 'CREATE', { differences }), displayName, write: { create: { displayName, externalId } } };
    }
    const { displayName = before.displayName, externalId = before.externalId } = fields;
    const differences = Object.entries({ displayName, externalId }).flatMap(([field, after]) => {
      const was = before[field as keyof typeof fields];
      return was === after ? [] : [{ field, before: was, after }];
    });
    if (differences.length > 0 && before.directoryId !== null)
      throw managedTeam(before.id, directoryNames.get(before.directoryId) ?? null);
    claim(origin.index!, displayName, externalId, before);
    if (differences.length === 0)
      return { row: toRow(origin, 'SAME', { id: before.id }), displayName: before.displayName, write: null };
    const row = toRow(origin, 'UPDATE', { id: before.id, differences });
    return { row, displayName, write: { change: fields, before } };
  };
  return teams.map((team, index) => {
    const before = stored.find(team.id, team.displayName);
    const name = team.displayName ?? before?.displayName ?? team.id ?? '';
    const origin = { object: 'TEAM', index, line: team.line, name } as const;
    const is = { fileId: team.id ?? null, displayName: before?.displayName ?? null, write: null };
    try {
      if (team.problem) throw team.problem;
      return { ...is, ...plan(origin, team, before) };
    } catch (error) {
      return { ...is, row: refusedRow(origin, error, before?.id ?? null) };
    }
  });
}
