import { type Actor, inCompany } from '#core-api/domain/actor.js';
import type { ChangeRow } from '#core-api/domain/change/change-service.js';
import type { Page, PageRequest } from '#core-api/domain/paging.js';
import type { CountedTolerance } from '#core-api/domain/request-log/tolerance-counts.js';
import { type Means, type Services, servicesFor } from '#core-api/domain/services.js';
import { heldFor } from '#core-api/domain/sign-in/sessions.js';
import type { ChangePageRequest, RunUserRow, SyncRunRow } from '#core-api/domain/sync-run/sync-run-service.js';
import { pagesOfMembers } from '#core-api/domain/team/members-of-teams.js';
import { lockedFieldsOf } from '#core-api/domain/user/locked-fields.js';
import type { UserView } from '#core-api/domain/user/user-types.js';
import type { Database } from '#core-api/persistence/database.js';
import type { TeamRow } from '#core-api/persistence/rows.js';
import type {
  DirectoryRow,
  DirectoryTokenRow,
  ProjectRow,
  RoleRow,
  SsoConnectionRow,
} from '#core-api/persistence/stores/admin-tables.js';
import { Loader } from './loader.js';
import { PageLoader } from './paging/page-loader.js';
import { changesLoader } from './request-log/changes-loader.js';
import { MemberLoader } from './team/member-connection.js';

/** By which way a request came in: `/graphql`, or the gateway's door. */
type DoorName = 'api' | 'gateway';

/** What is looked up for every row of a page: one statement for all of them. */
interface Loaders {
  /** By user id. */
  projectsOfUser: Loader<ProjectRow[]>;
  /** By team id. */
  projectsOfTeam: Loader<ProjectRow[]>;
  /** By team id. */
  memberCount: Loader<number>;
  /** By team id. */
  memberTeams: Loader<TeamRow[]>;
  /** By team id. */
  parentTeams: Loader<TeamRow[]>;
  /** By team id and page. */
  members: MemberLoader;
  /** By directory id. */
  directory: Loader<DirectoryRow | null>;
  /** By role id. */
  role: Loader<RoleRow | null>;
  /** By team id; a deleted team is null. */
  teamOfMapping: Loader<TeamRow | null>;
  /** By directory id: the fields of its users that only it may change. */
  lockedFields: Loader<string[]>;
  /** By its id. */
  ssoConnection: Loader<SsoConnectionRow | null>;
  /** By user id, for lists that name users of whom only the id is stored. */
  user: Loader<UserView | null>;
  /** By directory id. */
  tokensOfDirectory: Loader<DirectoryTokenRow[]>;
  /** By directory id. */
  ssoConnectionsOfDirectory: Loader<SsoConnectionRow[]>;
  /** By directory id. */
  tolerancesOfDirectory: Loader<CountedTolerance[]>;
  /** By company id. */
  defaultRole: Loader<RoleRow | null>;
  /** By company id. */
  defaultProjects: Loader<ProjectRow[]>;
  changesOfRequest: ReturnType<typeof changesLoader>;
  usersOfRun: PageLoader<SyncRunRow, PageRequest<never, never>, Page<RunUserRow>>;
  changesOfRun: PageLoader<SyncRunRow, ChangePageRequest, Page<ChangeRow>>;
}

/** One request. */
export interface RequestContext {
  readonly actor: Actor;
  readonly services: Services;
  readonly loaders: Loaders;
  readonly requestId: string;
  readonly door: DoorName;
  /** Where browsers reach the core, without a slash at the end. */
  readonly coreUrl: () => string;
}

/** Makes the context of one request, for either door. */
export type MakeContext = (actor: Actor, requestId: string, door: DoorName) => RequestContext;

interface ContextParts extends Means {
  db: Database;
}

export function contextMaker({ db: whole, ...means }: ContextParts): MakeContext {
  return (actor, requestId, door) => {
    const db = heldFor(actor.companyId === null ? whole : whole.forCompany(actor.companyId), actor);
    const services = servicesFor(db, means, actor);
    let loaders: Loaders | undefined;
    return {
      actor,
      services,
      // Most requests, and all of the gateway's, look up nothing by the row.
      get loaders() {
        loaders ??= loadersFor(db, actor, services);
        return loaders;
      },
      requestId,
      door,
      coreUrl: means.coreUrl,
    };
  };
}

function loadersFor(db: Database, actor: Actor, services: Services): Loaders {
  const directoriesById = async (ids: string[]) =>
    new Map((await services.directories.getMany(ids)).map((directory) => [directory.id, directory]));
  return {
    projectsOfUser: new Loader(async (ids) => services.projects.ofUsers(ids), []),
    projectsOfTeam: new Loader(async (ids) => services.projects.ofTeams(ids), []),
    memberCount: new Loader(async (ids) => services.teams.memberCounts(ids), 0),
    memberTeams: new Loader(async (ids) => services.teams.memberTeams(ids), []),
    parentTeams: new Loader(async (ids) => services.teams.parentTeams(ids), []),
    members: new MemberLoader({
      pages: async (teamIds, request) => pagesOfMembers(db, inCompany(actor), teamIds, request),
      users: (ids, parts) => services.users.getMany(ids, parts),
    }),
    directory: new Loader<DirectoryRow | null>(directoriesById, null),
    role: new Loader<RoleRow | null>(
      async (ids) => new Map((await services.roles.getMany(ids)).map((role) => [role.id, role])),
      null,
    ),
    teamOfMapping: new Loader<TeamRow | null>(async (ids) => services.roleMappings.teamsOf(ids), null),
    lockedFields: new Loader(async (ids) => lockedFieldsOf(db, inCompany(actor), ids), []),
    ssoConnection: new Loader<SsoConnectionRow | null>(
      async (ids) => new Map((await services.ssoConnections.getMany(ids)).map((each) => [each.id, each])),
      null,
    ),
    user: new Loader<UserView | null>(
      async (ids) => new Map((await services.users.getMany(ids)).map((user) => [user.id, user])),
      null,
    ),
    tokensOfDirectory: new Loader(async (ids) => services.directoryTokens.ofDirectories(ids), []),
    ssoConnectionsOfDirectory: new Loader(async (ids) => services.directories.ssoConnectionsOf(ids), []),
    tolerancesOfDirectory: new Loader(async (ids) => services.toleranceCounts.ofDirectories(ids), []),
    defaultRole: new Loader<RoleRow | null>(async (ids) => services.companies.defaultRolesOf(ids), null),
    defaultProjects: new Loader(async (ids) => services.companies.defaultProjectsOf(ids), []),
    changesOfRequest: changesLoader((requests) => services.requestLog.changesOf(requests)),
    usersOfRun: new PageLoader((runs, request) => services.syncRuns.usersOf(runs, request)),
    changesOfRun: new PageLoader((runs, request) => services.syncRuns.changesOf(runs, request)),
  };
}
