import type { Database } from '#core-api/persistence/database.js';
import * as store from '#core-api/persistence/stores/conflicts.js';
import type { CompanyActor } from '../actor.js';
import { foldKey } from '../fold-key.js';
import { isId } from '../new-id.js';
import { isStorable } from '../text.js';
import { noteConflicts } from './conflict-log.js';

/*
 * Directories are told that an object is not there, or a name not free, whoever has it; the conflict log says who. What was refused may have undone the
 * transaction that it was asked for in, and then nothing can be noted.
 */

const MOST_MEMBERS = 100;
const LONGEST_MEMBER = 100;

function notedBy({ companyId, id, directory, requestId }: CompanyActor) {
  return directory && { companyId, directoryId: directory.id, credentialId: id, requestId };
}

/** Notes that the acting directory wanted to change an object that it was told is not there, if that is another directory's. */
export async function noteOthersObject(
  db: Database,
  actor: CompanyActor,
  type: 'user' | 'team',
  id: string,
): Promise<void> {
  const by = notedBy(actor);
  if (!by || !isId(id) || db.isTransaction) return;
  await db.run((type === 'user' ? store.noteUserOfOther : store.noteTeamOfOther).bind({ ...by, id }));
}

/** Notes that the acting directory wanted a user name that is taken, if another directory's user has it. */
export async function noteOthersUserName(db: Database, actor: CompanyActor, userName: string): Promise<void> {
  const by = notedBy(actor);
  if (!by || db.isTransaction) return;
  await db.run(store.noteUserNameOfOther.bind({ ...by, userNameKey: foldKey(userName) }));
}

/** Notes whom the acting directory named as members of a team and does not see: nobody, or another directory's users and teams. */
export async function noteStrangers(
  db: Database,
  actor: CompanyActor,
  teamId: string,
  members: readonly string[],
): Promise<void> {
  const by = notedBy(actor);
  if (!by || members.length === 0) return;
  const malformed = members.filter((member) => !isId(member));
  await db.run(
    store.noteStrangers.bind({
      ...by,
      teamId,
      ids: members.filter(isId),
      malformed: malformed.map((member) => (isStorable(member) ? member.slice(0, LONGEST_MEMBER) : '')),
      most: MOST_MEMBERS,
    }),
  );
}

/** Notes which teams the acting directory named as members of a team, and could not have there. */
export async function noteSkippedTeams(
  db: Database,
  actor: CompanyActor,
  teamId: string,
  teams: readonly string[],
): Promise<void> {
  if (teams.length === 0) return;
  const details = { count: teams.length, teams: teams.slice(0, MOST_MEMBERS) };
  await noteConflicts(db, actor, [{ kind: 'SKIPPED_TEAM', objectType: 'team', objectId: teamId, details }]);
}
