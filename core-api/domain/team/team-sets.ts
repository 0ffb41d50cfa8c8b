import type { Database } from '#core-api/persistence/database.js';
import {
  createTeams,
  lockMembers,
  lockTeams,
  type MemberMove,
  moveMembers,
  type NewTeamRow,
} from '#core-api/persistence/stores/team-set-writes.js';
import { authorOf, type CompanyActor } from '../actor.js';
import { ClaimedNames } from '../batch/claimed-names.js';
import type { DoneOfSet } from '../batch/done-of-set.js';
import { DomainError } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { isId, newId } from '../new-id.js';
import { scopeOf } from '../user/ownership.js';
import { readTeamFields, type TeamPlan, toTeamPlan } from './team-change.js';
import type { WholeTeam } from './team-service.js';
import type { TeamChange } from './team-types.js';

/** Whoever names more gets a statement of its own. */
const MOST_MEMBERS = 1_000;

interface ChangedMembers {
  id: string;
  changes: readonly TeamChange[];
  expectedVersion?: number | null;
}

/** Writes many teams in a few statements, as `UserSets` does users: what goes through without a question is done, all else is left untouched (null). */
export class TeamSets {
  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {}

  async create(list: readonly WholeTeam[]): Promise<DoneOfSet> {
    const names = new ClaimedNames();
    const made = list.map((team, place): NewTeamRow | null => {
      const plan = planOf([{ addMembers: team.members ?? [] }]);
      const fields = plan && fieldsOf(team);
      if (!plan || !fields) return null;
      const row = { place, id: newId(), ...fields, displayNameKey: foldKey(fields.displayName), members: plan.add };
      const { displayNameKey, externalId } = row;
      const isFirst = names.claim([
        `displayName ${displayNameKey}`,
        ...(externalId === null ? [] : [`externalId ${externalId}`]),
      ]);
      return isFirst && isSmall(plan) ? row : null;
    });
    const rows = made.filter((row) => row !== null);
    if (rows.length === 0) return made.map(() => null);
    const written = await this.db.run(
      createTeams.bind({
        ...authorOf(this.actor),
        ...scopeOf(this.actor),
        userIds: [...new Set(rows.flatMap(({ members }) => members))],
        rows: JSON.stringify(rows),
      }),
    );
    const versions = new Map(written.map(({ id, version }) => [id, version]));
    return made.map((row) => (row && versions.has(row.id) ? { id: row.id, version: versions.get(row.id)! } : null));
  }

  /** Adds and removes members; a team may stand in several places, and its changes stay in their order. */
  async change(list: readonly ChangedMembers[]): Promise<DoneOfSet> {
    const plans = list.map(({ id, changes }) => (isId(id) ? planOf(changes) : null));
    const fitting = plans.filter((plan): plan is TeamPlan => plan !== null && isOfMembers(plan));
    if (fitting.length === 0) return list.map(() => null);
    return this.db.inTransaction(async (tx) => {
      const scope = scopeOf(this.actor);
      const teamIds = [...new Set(list.map(({ id }) => id).filter(isId))];
      const teams = new Map((await tx.run(lockTeams.bind({ ...scope, teamIds }))).map((team) => [team.id, team]));
      const ids = [...new Set(fitting.flatMap(({ add, remove }) => [...add, ...remove]))];
      const users = new Map((await tx.run(lockMembers.bind({ ...scope, ids }))).map(({ id, isSeen }) => [id, isSeen]));

      const moves = new Map<string, MemberMove>();
      /** Teams among these. */
      const moving = new Set<string>();
      /** Those of which a change is left: what comes after it has to wait for it. */
      const left = new Set<string>();
      const isDone = list.map(({ id, expectedVersion }, place) => {
        const plan = plans[place];
        const team = teams.get(id);
        const moved = plan ? movesOf(plan, id, place) : [];
        const isPlain =
          plan != null &&
          isOfMembers(plan) &&
          team !== undefined &&
          team.directoryId === scope.directoryId &&
          (expectedVersion == null || (expectedVersion === team.version && !moving.has(id))) &&
          moved.every(({ userId, isIn }) => (isIn ? users.get(userId) === true : users.has(userId))) &&
          moved.every((move) => !moves.has(keyOf(move)));
        if (!isPlain || left.has(id)) {
          left.add(id);
          return false;
        }
        for (const move of moved) moves.set(keyOf(move), move);
        if (moved.length > 0) moving.add(id);
        return true;
      });
      const rows = [...moves.values()];
      const written =
        rows.length === 0
          ? []
          : await tx.run(moveMembers.bind({ ...authorOf(this.actor), rows: JSON.stringify(rows) }));
      for (const { id, version } of written) teams.set(id, { ...teams.get(id)!, version });
      return list.map(({ id }, place) => (isDone[place] ? { id, version: teams.get(id)!.version } : null));
    });
  }
}

/** Null for what is refused. */
function planOf(changes: readonly TeamChange[]): TeamPlan | null {
  return unlessRefused(() => toTeamPlan(changes));
}

function fieldsOf({ displayName, externalId }: WholeTeam): { displayName: string; externalId: string | null } | null {
  const fields = unlessRefused(() => readTeamFields({ displayName: displayName ?? null, externalId }));
  return fields?.displayName === undefined
    ? null
    : { displayName: fields.displayName, externalId: fields.externalId ?? null };
}

function unlessRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DomainError) return null;
    throw error;
  }
}

function isSmall({ add, remove, malformed }: TeamPlan): boolean {
  return malformed.length === 0 && add.length + remove.length <= MOST_MEMBERS;
}

/** Whether it moves members that it names, and nothing else. Teams among them are left to `TeamService`. */
function isOfMembers(plan: TeamPlan): boolean {
  return !plan.drops.users && !plan.drops.teams && Object.keys(plan.fields).length === 0 && isSmall(plan);
}

function movesOf({ add, remove }: TeamPlan, teamId: string, place: number): MemberMove[] {
  return [
    ...add.map((userId) => ({ place, teamId, userId, isIn: true })),
    ...remove.map((userId) => ({ place, teamId, userId, isIn: false })),
  ];
}

const keyOf = ({ teamId, userId }: MemberMove) => `${teamId} ${userId}`;
