import type { Database } from '#core-api/persistence/database.js';
import { ALWAYS } from '#core-api/persistence/stores/filter-sql.js';
import { countMembers, pageMembers } from '#core-api/persistence/stores/memberships.js';
import { deleteTeam, lockTeam } from '#core-api/persistence/stores/team-deletion.js';
import { addMembers, removeMembers } from '#core-api/persistence/stores/team-member-writes.js';
import { teamsAroundTeams, teamsInTeams } from '#core-api/persistence/stores/team-nesting.js';
import type { ChangedTeam } from '#core-api/persistence/stores/team-write-parts.js';
import {
  changeNestingTeam,
  changeTeam,
  changeWholeNestingTeam,
  changeWholeTeam,
  createNestingTeam,
  createTeam,
} from '#core-api/persistence/stores/team-writes.js';
import { countTeams, findTeam, listTeams, type View } from '#core-api/persistence/stores/teams.js';
import { countAll } from '#core-api/persistence/stores/totals.js';
import { authorOf, type CompanyActor, requirePermission } from '../actor.js';
import { begunAgain } from '../again.js';
import { noteConflicts } from '../conflict/conflict-log.js';
import { noteOthersObject, noteSkippedTeams, noteStrangers } from '../conflict/others-objects.js';
import { conflict, DomainError, invalidValue, notFound, taken, versionMismatch } from '../errors.js';
import { foldKey } from '../fold-key.js';
import { isId, newId } from '../new-id.js';
import { MOST_ROWS, MOST_ROWS_AT_THE_DOOR, readBounds, readPage } from '../page-bounds.js';
import type { Page, PathPageRequest, Warning } from '../paging.js';
import { requireProfile, scopeOf } from '../user/ownership.js';
import { readTeamFields, type TeamPlan, toTeamPlan } from './team-change.js';
import { toTeamCondition } from './team-filter.js';
import { toTeamOrder } from './team-order.js';
import type { TeamChange, TeamFields, TeamFilter, TeamMember, TeamOrderField, TeamRow } from './team-types.js';

const MOST_MEMBERS_OF_A_PAGE = 10_000;
const NIL = '00000000-0000-0000-0000-000000000000';

/** A whole team: members left out stay as they are, and so does an externalId left out. */
export interface WholeTeam extends TeamFields {
  members?: string[] | null;
}

interface Expectation {
  expectedVersion?: number | null;
  /** The version of the directory's profile that the request was translated with. */
  profileVersion?: number | null;
}

/**
 * What a write returns. A member that is not there is skipped with the warning UNKNOWN_MEMBER, a team that the directory's profile skips or that is to be
 * its own member with SKIPPED_TEAM, one for each id.
 */
export interface WrittenTeam {
  team: TeamRow;
  warnings: Warning[];
}

export interface MemberPage {
  members: TeamMember[];
  endCursor: string | null;
  hasNextPage: boolean;
}

/** The teams of the actor's company. Each write is one statement, whatever the team's size. */
export class TeamService {
  readonly #view: View;

  constructor(
    private readonly db: Database,
    private readonly actor: CompanyActor,
  ) {
    this.#view = scopeOf(actor);
  }

  /** @throws NOT_FOUND */
  async get(id: string): Promise<TeamRow> {
    requirePermission(this.actor, 'teams:read');
    const [team] = isId(id) ? await this.db.run(findTeam.bind({ ...this.#view, teamId: id })) : [];
    if (!team) throw notFound('Team', id);
    return team;
  }

  /** @throws INVALID_VALUE (the page or the order asked for) | UNSUPPORTED_FILTER */
  async list(request: PathPageRequest<TeamFilter, TeamOrderField>): Promise<Page<TeamRow>> {
    requirePermission(this.actor, 'teams:read');
    const filter = toTeamCondition(request.filter, this.actor);
    const order = toTeamOrder(request.orderBy, this.actor.directory === null);
    const bounds = readBounds(request, {
      most: this.actor.directory ? MOST_ROWS_AT_THE_DOOR : MOST_ROWS,
      type: order.by?.type ?? null,
    });
    const view = this.#view;
    return readPage(request, bounds, {
      rows: () => this.db.run(listTeams(view, filter, order, bounds)),
      total: () =>
        this.db.run(filter === ALWAYS ? countAll.bind({ ...view, kinds: ['Team'] }) : countTeams(view, filter)),
    });
  }

  /**
   * Members of several teams, in the order of `teamIds` and by member id; of teams that are not there, none. To a directory they show as its profile says:
   * teams inside them beside the users, or the users of those, or neither, which is also what all others get.
   *
   * @param first 1 to 10,000, which is also the default.
   * @throws INVALID_VALUE (first, after)
   */
  async memberPage(teamIds: readonly string[], first?: number | null, after?: string | null): Promise<MemberPage> {
    requirePermission(this.actor, 'teams:read');
    const limit = first ?? MOST_MEMBERS_OF_A_PAGE;
    if (!Number.isInteger(limit) || limit < 1 || limit > MOST_MEMBERS_OF_A_PAGE)
      throw invalidValue('first', `first must be a whole number from 1 to ${MOST_MEMBERS_OF_A_PAGE}.`);
    const asked = [...new Set(teamIds.filter(isId))];
    const [teamId = '', afterMemberId = '', ...rest] = after == null ? [asked[0], NIL] : after.split('.');
    const start = asked.indexOf(teamId);
    if (after != null && (start < 0 || !isId(afterMemberId) || rest.length > 0))
      throw invalidValue('after', 'after is not a cursor of this list.');

    const members = await this.db.run(
      pageMembers.bind({
        ...this.#view,
        teamIds: asked.slice(start),
        nestedTeams: this.actor.directory?.profile.nestedGroups ?? 'SKIP',
        afterMemberId,
        limit: limit + 1,
      }),
    );
    const hasNextPage = members.length > limit;
    if (hasNextPage) members.pop();
    const last = members.at(-1);
    return { members, endCursor: last ? `${last.teamId}.${last.memberId}` : null, hasNextPage };
  }

  /** The teams that are members of each, by name; what a team is inside of: `parentTeams`. */
  memberTeams(teamIds: readonly string[]): Promise<Map<string, TeamRow[]>> {
    return this.#relatives(teamsInTeams, teamIds);
  }

  /** The teams of which each is a member, by name. */
  parentTeams(teamIds: readonly string[]): Promise<Map<string, TeamRow[]>> {
    return this.#relatives(teamsAroundTeams, teamIds);
  }

  /** How many members each team has; 0 for one that is not there. */
  async memberCounts(teamIds: readonly string[]): Promise<Map<string, number>> {
    requirePermission(this.actor, 'teams:read');
    return this.#countMembers(teamIds);
  }

  /**
   * A directory that meets a local team of the same name adopts it, if its profile says so: that team keeps its members and gains those given.
   *
   * @throws INVALID_VALUE | UNIQUENESS (displayName, externalId) | PROFILE_CHANGED
   */
  async create(
    { members, ...given }: WholeTeam,
    options: Pick<Expectation, 'profileVersion'> = {},
  ): Promise<WrittenTeam> {
    requirePermission(this.actor, 'teams:write');
    requireProfile(this.actor, options.profileVersion);
    const { displayName, externalId } = readTeamFields({ ...given, displayName: given.displayName ?? null });
    if (displayName === undefined) throw invalidValue('displayName', 'A team needs a displayName.');
    const plan = toTeamPlan([{ addMembers: members ?? [] }]);
    return begunAgain(this.db, async () => {
      const given = {
        ...this.#write(plan),
        teamId: newId(),
        displayName,
        displayNameKey: foldKey(displayName),
        externalId: externalId ?? null,
      };
      let [row] = await this.db.run(createTeam.bind(given));
      if (row!.verdict === 'NESTS') [row] = await this.db.run(createNestingTeam.bind(given));
      const { verdict, adoptableId, unknown, skipped, ...team } = row!; // judged is always one row
      if (verdict === 'OK') return { team, warnings: await this.#leftOut(team.id, plan, unknown, skipped) };
      if (verdict === 'UNKNOWN_MEMBER') throw refusedMembers([...plan.malformed, ...unknown]);
      if (this.actor.directory?.profile.adopt !== 'ON_CREATE') throw taken('displayName');
      const fields = { displayName, ...(externalId != null && { externalId }) };
      const adopted = await this.#apply(adoptableId!, { ...plan, fields });
      // The local team went away meanwhile: there is room for a new one.
      if (!adopted) throw conflict();
      return adopted;
    });
  }

  /**
   * For people: `undefined` stays, null clears.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | UNIQUENESS | MANAGED_BY_DIRECTORY
   */
  update(
    id: string,
    fields: TeamFields,
    {
      addMembers,
      removeMembers,
      expectedVersion,
    }: { addMembers?: string[] | null; removeMembers?: string[] | null; expectedVersion?: number | null } = {},
  ): Promise<WrittenTeam> {
    return this.change(id, [{ set: fields }, { addMembers }, { removeMembers }], { expectedVersion });
  }

  /**
   * Sets displayName; members and externalId only where they are given, null counting as left out.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | UNIQUENESS | MANAGED_BY_DIRECTORY | PROFILE_CHANGED
   */
  async replace(
    id: string,
    { displayName, externalId, members }: WholeTeam,
    options: Expectation = {},
  ): Promise<WrittenTeam> {
    return this.change(
      id,
      [{ set: { displayName: displayName ?? null, externalId: externalId ?? undefined } }, { replaceMembers: members }],
      options,
    );
  }

  /**
   * Applies the changes in their order: all of them, or none (RFC 7644 §3.5.2). A directory that changes a local team adopts it.
   *
   * @returns the team as stored; `version` has risen by one if anything differed.
   * @throws NOT_FOUND | VERSION_MISMATCH | INVALID_VALUE | UNIQUENESS | MANAGED_BY_DIRECTORY | PROFILE_CHANGED
   */
  async change(id: string, changes: readonly TeamChange[], options: Expectation = {}): Promise<WrittenTeam> {
    requirePermission(this.actor, 'teams:write');
    requireProfile(this.actor, options.profileVersion);
    const plan = toTeamPlan(changes);
    const written = isId(id) ? await this.#apply(id, plan, options.expectedVersion) : null;
    if (!written) throw await this.#missing(id);
    return written;
  }

  /**
   * Ends its memberships and its access to projects; its name is free then.
   *
   * @throws NOT_FOUND | VERSION_MISMATCH | NOT_MANAGED (a directory, and a team that it does not manage) | MANAGED_BY_DIRECTORY
   */
  async delete(id: string, options: Pick<Expectation, 'expectedVersion'> = {}): Promise<void> {
    requirePermission(this.actor, 'teams:write');
    if (!isId(id)) throw notFound('Team', id);
    const [judged] = await begunAgain(this.db, () =>
      this.db.inTransaction(async (tx) => {
        await tx.run(lockTeam.bind({ ...this.#view, teamId: id }));
        const { expectedVersion = null } = options;
        return tx.run(deleteTeam.bind({ ...this.#view, ...authorOf(this.actor), teamId: id, expectedVersion }));
      }),
    );
    if (!judged) throw await this.#missing(id);
    if (judged.verdict === 'NOT_MANAGED') {
      const details = { action: 'team.delete_refused' };
      await noteConflicts(this.db, this.actor, [{ kind: 'NOT_MANAGED', objectType: 'team', objectId: id, details }]);
      throw new DomainError('NOT_MANAGED', `The directory does not manage team ${id}.`, { id });
    }
    refuse(id, judged);
  }

  /** Null: no such team. */
  async #apply(id: string, plan: TeamPlan, expectedVersion?: number | null): Promise<WrittenTeam | null> {
    const { fields, drops, add, remove, malformed } = plan;
    const isWhole = drops.users || drops.teams;
    const isOfFields = Object.keys(fields).length > 0;
    const given = {
      ...this.#write(plan),
      teamId: id,
      expectedVersion: expectedVersion ?? null,
      displayName: fields.displayName ?? null,
      displayNameKey: fields.displayName === undefined ? null : foldKey(fields.displayName),
      setsExternalId: fields.externalId !== undefined,
      externalId: fields.externalId ?? null,
      remove,
      dropsUsers: drops.users,
      dropsTeams: drops.teams,
      isTouching: isWhole || isOfFields || add.length + remove.length + malformed.length > 0,
    };
    const isOfMembersAlone =
      !isWhole && !isOfFields && malformed.length === 0 && (add.length === 0) !== (remove.length === 0);
    if (isOfMembersAlone) {
      const write = add.length > 0 ? addMembers : removeMembers;
      const [team] = await begunAgain(this.db, () => this.db.run(write.bind(given)));
      if (team) return { team, warnings: [] };
    }
    const changed = await this.#settle(async (db) => {
      // Members that are not simply written may be teams.
      if (isOfMembersAlone) return db.run(changeNestingTeam.bind(given));
      const rows = await db.run((isWhole ? changeWholeTeam : changeTeam).bind(given));
      if (rows[0]?.verdict !== 'NESTS') return rows;
      return db.run((isWhole ? changeWholeNestingTeam : changeNestingTeam).bind(given));
    });
    if (!changed) return null;
    const { verdict, directoryName, unknown, skipped, overwritten, ...team } = changed;
    if (verdict === 'UNKNOWN_MEMBER') throw refusedMembers([...malformed, ...unknown]);
    refuse(id, { verdict, directoryName });
    if (overwritten)
      await noteConflicts(this.db, this.actor, [
        { kind: 'ADOPTED', objectType: 'team', objectId: id, details: { overwritten } },
      ]);
    return { team, warnings: await this.#leftOut(id, plan, unknown, skipped) };
  }

  /** Notes the members that a write left out. @returns a warning for each. */
  async #leftOut(id: string, { malformed }: TeamPlan, unknown: string[], skipped: string[]): Promise<Warning[]> {
    const strangers = [...malformed, ...unknown];
    await noteStrangers(this.db, this.actor, id, strangers);
    await noteSkippedTeams(this.db, this.actor, id, skipped);
    return [...unknownMembers(strangers), ...skippedTeams(skipped)];
  }

  /** The error for a team that is not there, or is another directory's, which is noted. */
  async #missing(id: string): Promise<DomainError> {
    await noteOthersObject(this.db, this.actor, 'team', id);
    return notFound('Team', id);
  }

  /** Runs a write that may find that the team changed under it; the second time it holds the lock, and sees everything. */
  async #settle<R extends { verdict: string }>(write: (db: Database) => Promise<R[]>): Promise<R | undefined> {
    const [first] = await begunAgain(this.db, () => write(this.db));
    if (first?.verdict !== 'STALE') return first;
    return begunAgain(this.db, () =>
      this.db.inTransaction(async (tx) => {
        const [locking] = await write(tx);
        return locking?.verdict === 'STALE' ? (await write(tx))[0] : locking;
      }),
    );
  }

  async #relatives(statement: typeof teamsInTeams, teamIds: readonly string[]): Promise<Map<string, TeamRow[]>> {
    requirePermission(this.actor, 'teams:read');
    const found = await this.db.run(statement.bind({ ...this.#view, teamIds: teamIds.filter(isId) }));
    return Map.groupBy(found, ({ ofId }) => ofId);
  }

  async #countMembers(teamIds: readonly string[]): Promise<Map<string, number>> {
    const counted = await this.db.run(countMembers.bind({ ...this.#view, teamIds: teamIds.filter(isId) }));
    const counts = new Map(teamIds.map((id) => [id, 0]));
    for (const { teamId, total } of counted) counts.set(teamId, total);
    return counts;
  }

  #write({ add, malformed }: TeamPlan) {
    return {
      ...this.#view,
      ...authorOf(this.actor),
      add,
      skipsTeams: this.actor.directory?.profile.nestedGroups === 'SKIP',
      refuseUnknown: this.actor.directory?.profile.unknownMembers === 'REFUSE',
      hasMalformed: malformed.length > 0,
    };
  }
}

/** What of a team that a directory manages only that directory may change. */
export const LOCKED_TEAM_FIELDS: readonly string[] = ['displayName', 'externalId', 'members'];

/** @throws VERSION_MISMATCH | MANAGED_BY_DIRECTORY | CONFLICT, unless the verdict is OK. */
function refuse(id: string, { verdict, directoryName }: Pick<ChangedTeam, 'verdict' | 'directoryName'>): void {
  if (verdict === 'OK') return;
  if (verdict === 'VERSION_MISMATCH') throw versionMismatch('Team', id);
  throw verdict === 'MANAGED_BY_DIRECTORY' ? managedTeam(id, directoryName) : conflict();
}

/** The refusal of a person's change of a directory's team. */
export function managedTeam(id: string, directoryName: string | null): DomainError {
  return new DomainError('MANAGED_BY_DIRECTORY', `Team ${id} is managed by ${directoryName}; change it there.`, {
    id,
    directory: directoryName ?? undefined,
    fields: LOCKED_TEAM_FIELDS,
  });
}

/** One warning for each id. */
export function unknownMembers(ids: readonly string[]): Warning[] {
  return ids.map((id) => ({
    code: 'UNKNOWN_MEMBER',
    field: 'members',
    message: `There is no user or team ${id}; skipped.`,
  }));
}

function skippedTeams(ids: readonly string[]): Warning[] {
  return ids.map((id) => ({
    code: 'SKIPPED_TEAM',
    field: 'members',
    message: `Team ${id} cannot be a member here; skipped.`,
  }));
}

function refusedMembers(ids: readonly string[]): DomainError {
  const shown = ids.slice(0, 10).join(', ');
  return invalidValue(
    'members',
    `There is no user or team ${shown}${ids.length > 10 ? ` (and ${ids.length - 10} more)` : ''}.`,
  );
}
