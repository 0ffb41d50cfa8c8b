import type { Database } from '#core-api/persistence/database.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import { type Actor, inCompany } from './actor.js';
import { ApiKeyService } from './auth/api-key-service.js';
import { ChangeService } from './change/change-service.js';
import { CompanyService } from './company/company-service.js';
import { DirectoryService } from './directory/directory-service.js';
import { ProjectService } from './project/project-service.js';
import { RoleService } from './role/role-service.js';
import { SsoConnectionService } from './sso/sso-connection-service.js';
import { TeamService } from './team/team-service.js';
import { UserService } from './user/user-service.js';

/** All that one actor can do. Except `companies`, each throws INVALID_VALUE for an operator that named no company. */
export interface Services {
  readonly users: UserService;
  readonly teams: TeamService;
  readonly roles: RoleService;
  readonly projects: ProjectService;
  readonly companies: CompanyService;
  readonly directories: DirectoryService;
  readonly apiKeys: ApiKeyService;
  readonly ssoConnections: SsoConnectionService;
  readonly changes: ChangeService;
}

/** The services of one request; each is made when it is first used, because most requests use one. */
export function servicesFor(db: Database, keyRing: KeyRing, actor: Actor): Services {
  return new LazyServices(db, keyRing, actor);
}

class LazyServices implements Services {
  #users?: UserService;
  #teams?: TeamService;
  #roles?: RoleService;
  #projects?: ProjectService;
  #companies?: CompanyService;
  #directories?: DirectoryService;
  #apiKeys?: ApiKeyService;
  #ssoConnections?: SsoConnectionService;
  #changes?: ChangeService;

  constructor(
    private readonly db: Database,
    private readonly keyRing: KeyRing,
    private readonly actor: Actor,
  ) {}

  get users(): UserService {
    this.#users ??= new UserService(this.db, inCompany(this.actor));
    return this.#users;
  }

  get teams(): TeamService {
    this.#teams ??= new TeamService(this.db, inCompany(this.actor));
    return this.#teams;
  }

  get roles(): RoleService {
    this.#roles ??= new RoleService(this.db, inCompany(this.actor));
    return this.#roles;
  }

  get projects(): ProjectService {
    this.#projects ??= new ProjectService(this.db, inCompany(this.actor));
    return this.#projects;
  }

  get companies(): CompanyService {
    this.#companies ??= new CompanyService(this.db, this.actor);
    return this.#companies;
  }

  get directories(): DirectoryService {
    this.#directories ??= new DirectoryService(this.db, inCompany(this.actor));
    return this.#directories;
  }

  get apiKeys(): ApiKeyService {
    this.#apiKeys ??= new ApiKeyService(this.db, inCompany(this.actor));
    return this.#apiKeys;
  }

  get ssoConnections(): SsoConnectionService {
    this.#ssoConnections ??= new SsoConnectionService(this.db, inCompany(this.actor), this.keyRing);
    return this.#ssoConnections;
  }

  get changes(): ChangeService {
    this.#changes ??= new ChangeService(this.db, inCompany(this.actor));
    return this.#changes;
  }
}
