import { createHash } from 'node:crypto';
import type { Database } from '#core-api/persistence/database.js';
import { Directory } from '#core-api/persistence/entities/directory.js';
import { teamsToImport, usersToImport } from '#core-api/persistence/stores/import-rows.js';
import type { CompanyActor } from '../actor.js';
import { foldKey } from '../fold-key.js';
import { isId } from '../new-id.js';
import { isStorable } from '../text.js';
import { UserWriter } from '../user/user-writer.js';
import type { ImportRequest } from './import-request.js';
import type { ImportRow } from './import-row.js';
import { type PlannedMembership, planMemberships } from './plan-memberships.js';
import { type PlannedTeam, planTeams } from './plan-teams.js';
import { type PlannedUser, planUsers } from './plan-users.js';

/** What an import would do, and how. */
export interface ImportPlan {
  users: PlannedUser[];
  teams: PlannedTeam[];
  memberships: PlannedMembership[];
  /** Writes with the directories that the plan was made with. */
  writer: UserWriter;
}

/**
 * Compares what is to be imported with what is there, by the rules that writing it will follow. Changes nothing.
 *
 * A user is the one with the id of its row, else with its user name; a team the one with the id, else with the name, a local one before a directory's.
 */
export async function planImport(db: Database, actor: CompanyActor, request: ImportRequest): Promise<ImportPlan> {
  const { companyId } = actor;
  const { users, teams, memberships } = request;
  const directories = await db.em.find(Directory, { companyId }, { orderBy: { id: 'asc' } });
  const writer = new UserWriter(db, actor, directories);
  const storedUsers = await db.run(
    usersToImport.bind({
      companyId,
      ids: idsOf([...users.map(({ id }) => id), ...memberships.map(({ userId }) => userId)]),
      names: keysOf([...users.map(({ fields }) => fields.userName), ...memberships.map(({ userName }) => userName)]),
      externalIds: textsOf(users.map(({ fields }) => fields.externalId)),
    }),
  );
  const storedTeams = await db.run(
    teamsToImport.bind({
      companyId,
      ids: idsOf([...teams.map(({ id }) => id), ...memberships.map(({ teamId }) => teamId)]),
      names: keysOf([...teams.map(({ displayName }) => displayName), ...memberships.map(({ team }) => team)]),
      externalIds: textsOf(teams.map(({ externalId }) => externalId)),
    }),
  );
  const plannedUsers = await planUsers(users, storedUsers, writer, companyId);
  const directoryNames = new Map(directories.map(({ id, name }) => [id, name]));
  const plannedTeams = planTeams(teams, storedTeams, directoryNames);
  return {
    users: plannedUsers,
    teams: plannedTeams,
    memberships: await planMemberships(db, companyId, request, {
      users: plannedUsers,
      teams: plannedTeams,
      storedUsers,
      storedTeams,
      directoryNames,
    }),
    writer,
  };
}

export function rowsOf({ users, teams, memberships }: ImportPlan): ImportRow[] {
  return [...users, ...teams, ...memberships].map(({ row }) => row);
}

/** The same for two plans that would do the same. */
export function hashOf(rows: readonly ImportRow[]): string {
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

const textsOf = (texts: readonly (string | null | undefined)[]) => [
  ...new Set(texts.filter((text) => text != null && text !== '' && isStorable(text)) as string[]),
];
const idsOf = (ids: readonly (string | null | undefined)[]) => textsOf(ids).filter(isId);
const keysOf = (names: readonly (string | null | undefined)[]) => [...new Set(textsOf(names).map(foldKey))];
