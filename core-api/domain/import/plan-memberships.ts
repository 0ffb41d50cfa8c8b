import type { Database } from '#core-api/persistence/database.js';
import type { TeamRow, UserRow } from '#core-api/persistence/rows.js';
import { membersToImport } from '#core-api/persistence/stores/import-rows.js';
import { DomainError } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { managedTeam } from '../team/team-service.js';
import type { ImportedMembership, ImportRequest } from './import-request.js';
import { type ImportRow, placeOf, refusedRow, toRow } from './import-row.js';
import { type PlannedTeam, StoredTeams } from './plan-teams.js';
import { type PlannedUser, StoredUsers } from './plan-users.js';

/** A user or team: by its id, or by its row of the file for one that is to be made. */
export type Reference = { id: string } | { row: number };

export interface PlannedMembership {
  row: ImportRow;
  /** Null: nothing is written. */
  write: { team: Reference; user: Reference; isIn: boolean } | null;
}

interface Known {
  users: readonly PlannedUser[];
  teams: readonly PlannedTeam[];
  storedUsers: readonly UserRow[];
  storedTeams: readonly TeamRow[];
  directoryNames: ReadonlyMap<string, string>;
}

interface Found {
  reference: Reference;
  name: string;
}

export async function planMemberships(
  db: Database,
  companyId: string,
  { memberships, removeMissing }: ImportRequest,
  known: Known,
): Promise<PlannedMembership[]> {
  const users = new Finder(
    known.users.map(({ row, fileId, userName }) => ({ row, fileId, name: userName })),
    new StoredUsers(known.storedUsers),
    ({ userName }) => userName,
  );
  const teams = new Finder(
    known.teams.map(({ row, fileId, displayName }) => ({ row, fileId, name: displayName })),
    new StoredTeams(known.storedTeams),
    ({ displayName }) => displayName,
  );
  const found = memberships.map((membership) => ({
    user: users.find(membership.userId, membership.userName),
    team: teams.find(membership.teamId, membership.team),
  }));
  const teamIds = [...new Set(found.flatMap(({ team }) => idOf(team)))];
  const userIds = [...new Set(found.flatMap(({ user }) => idOf(user)))];
  const present = await db.run(membersToImport.bind({ companyId, teamIds, userIds, all: removeMissing }));
  const members = new Map(present.map((member) => [`${member.teamId} ${member.userId}`, member]));
  const managers = new Map(known.storedTeams.map(({ id, directoryId }) => [id, directoryId]));
  const requireOwn = (team: Reference) => {
    const directoryId = 'id' in team ? managers.get(team.id) : null;
    if ('id' in team && directoryId != null) throw managedTeam(team.id, known.directoryNames.get(directoryId) ?? null);
  };

  const seen = new Map<string, string>();
  const planned = memberships.map((membership, index): PlannedMembership => {
    const { user, team } = found[index]!;
    const origin = {
      object: 'MEMBERSHIP',
      index,
      line: membership.line,
      name: nameOf(membership, team, user),
    } as const;
    const id = idOf(user)[0] ?? null;
    try {
      if (membership.problem) throw membership.problem;
      if (!team) throw missing('team', membership.team ?? membership.teamId);
      if (!user) throw missing('userName', membership.userName ?? membership.userId);
      const key = `${keyOf(team.reference)} ${keyOf(user.reference)}`;
      const before = seen.get(key);
      if (before !== undefined)
        throw new DomainError('UNIQUENESS', `The file says the same already in ${before}.`, { field: 'userName' });
      seen.set(key, placeOf(origin));
      if (members.has(key)) return { row: toRow(origin, 'SAME', { id }), write: null };
      requireOwn(team.reference);
      const write = { team: team.reference, user: user.reference, isIn: true };
      return { row: toRow(origin, 'CREATE', { id }), write };
    } catch (error) {
      return { row: refusedRow(origin, error, id), write: null };
    }
  });
  if (!removeMissing) return planned;
  const names = new Map(known.storedTeams.map(({ id, displayName }) => [id, displayName]));
  const gone = [...members].filter(([key]) => !seen.has(key));
  return [
    ...planned,
    ...gone.map(([, { teamId, userId, userName }]): PlannedMembership => {
      const origin = { object: 'MEMBERSHIP', index: null, name: `${names.get(teamId)} / ${userName}` } as const;
      try {
        requireOwn({ id: teamId });
        const write = { team: { id: teamId }, user: { id: userId }, isIn: false };
        return { row: toRow(origin, 'REMOVE', { id: userId }), write };
      } catch (error) {
        return { row: refusedRow(origin, error, userId), write: null };
      }
    }),
  ];
}

/** Finds what a membership names: by the id of the file, by an id of the company, by its name afterwards, by its name today. */
class Finder<Row extends { id: string }> {
  readonly #byFileId = new Map<string, Found>();
  readonly #byName = new Map<string, Found>();

  constructor(
    rows: readonly { row: ImportRow; fileId: string | null; name: string | null }[],
    private readonly stored: { find(id: string | null | undefined, name: string | null | undefined): Row | null },
    private readonly nameOf: (row: Row) => string,
  ) {
    for (const { row, fileId, name } of rows) {
      const isThere = row.id !== null || row.verdict === 'CREATE';
      if (!isThere || name === null) continue;
      const found = { reference: row.id === null ? { row: row.index! } : { id: row.id }, name };
      if (fileId !== null) this.#byFileId.set(fileId, found);
      this.#byName.set(foldKey(name), found);
    }
  }

  find(id: string | null | undefined, name: string | null | undefined): Found | null {
    const byFileId = id == null ? undefined : this.#byFileId.get(id);
    if (byFileId) return byFileId;
    const byId = id == null ? null : this.stored.find(id, null);
    const row = byId ?? (name != null && !this.#byName.has(foldKey(name)) ? this.stored.find(null, name) : null);
    if (row) return { reference: { id: row.id }, name: this.nameOf(row) };
    return name == null ? null : (this.#byName.get(foldKey(name)) ?? null);
  }
}

const idOf = (found: Found | null) => (found && 'id' in found.reference ? [found.reference.id] : []);
const keyOf = (reference: Reference) => ('id' in reference ? reference.id : `row ${reference.row}`);

function nameOf(
  { team, teamId, userName, userId }: ImportedMembership,
  inTeam: Found | null,
  user: Found | null,
): string {
  return `${inTeam?.name ?? team ?? teamId ?? ''} / ${user?.name ?? userName ?? userId ?? ''}`;
}

function missing(field: 'team' | 'userName', name: string | null | undefined): DomainError {
  const what = field === 'team' ? 'team' : 'user';
  return new DomainError('NOT_FOUND', `There is no ${what} ${name ?? 'that the row names'}.`, { field });
}
