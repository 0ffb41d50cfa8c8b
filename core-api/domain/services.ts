import type { Database } from '#core-api/persistence/database.js';
import type { KeyRing } from '#core-api/persistence/keyring.js';
import { type Actor, inCompany } from './actor.js';
import { AlarmService } from './alarm/alarm-service.js';
import { ApiKeyService } from './auth/api-key-service.js';
import { BatchService } from './batch/batch-service.js';
import { ChangeService } from './change/change-service.js';
import { CompanyService } from './company/company-service.js';
import { ConflictService } from './conflict/conflict-service.js';
import { DirectoryService } from './directory/directory-service.js';
import { DirectoryTokens } from './directory/directory-tokens.js';
import { DomainClaimService } from './domain-claim/domain-claim-service.js';
import { ErasureService } from './erasure/erasure-service.js';
import { ImportService } from './import/import-service.js';
import type { LookUpTxt } from './ports.js';
import type { Probe } from './probe/probe.js';
import { ProbeService } from './probe/probe-service.js';
import { ProjectService } from './project/project-service.js';
import { HandoverService } from './provisioning/handover-service.js';
import { ProvisioningService } from './provisioning/provisioning-service.js';
import { RequestLogService } from './request-log/request-log-service.js';
import { ToleranceCounts } from './request-log/tolerance-counts.js';
import { AccessService } from './role/access-service.js';
import { RoleMappingService } from './role/role-mapping-service.js';
import { RoleService } from './role/role-service.js';
import { InvitationService } from './sign-in/invitation-service.js';
import { LocalAccountService } from './sign-in/local-account-service.js';
import { SessionService } from './sign-in/session-service.js';
import type { SignInMail } from './sign-in/sign-in-mail.js';
import { GateService } from './sso/gate-service.js';
import type { MetadataMeans } from './sso/idp-metadata.js';
import { SsoConnectionService } from './sso/sso-connection-service.js';
import { SyncRunService } from './sync-run/sync-run-service.js';
import { DeletedTeamService } from './team/deleted-team-service.js';
import { TeamService } from './team/team-service.js';
import { OffboardingService } from './user/offboarding-service.js';
import { UserService } from './user/user-service.js';
import { UsersAndTeamsService } from './users-and-teams/users-and-teams-service.js';

/** All that one actor can do. Except `companies`, each throws INVALID_VALUE for an operator that named no company. */
export interface Services {
  readonly users: UserService;
  readonly teams: TeamService;
  readonly usersAndTeams: UsersAndTeamsService;
  readonly deletedTeams: DeletedTeamService;
  readonly roles: RoleService;
  readonly roleMappings: RoleMappingService;
  readonly access: AccessService;
  readonly projects: ProjectService;
  readonly companies: CompanyService;
  readonly directories: DirectoryService;
  readonly directoryTokens: DirectoryTokens;
  readonly apiKeys: ApiKeyService;
  readonly sessions: SessionService;
  readonly ssoConnections: SsoConnectionService;
  readonly gate: GateService;
  readonly domainClaims: DomainClaimService;
  readonly changes: ChangeService;
  readonly erasures: ErasureService;
  readonly offboardings: OffboardingService;
  readonly invitations: InvitationService;
  readonly localAccounts: LocalAccountService;
  readonly alarms: AlarmService;
  readonly conflicts: ConflictService;
  readonly provisioning: ProvisioningService;
  readonly handovers: HandoverService;
  readonly imports: ImportService;
  readonly requestLog: RequestLogService;
  readonly toleranceCounts: ToleranceCounts;
  readonly syncRuns: SyncRunService;
  readonly probes: ProbeService;
  readonly batches: BatchService;
}

/** What services need beside the database. */
export interface Means extends MetadataMeans {
  readonly keyRing: KeyRing;
  readonly probe: Probe;
  readonly lookUpTxt: LookUpTxt;
  /** Where browsers reach the core, without a slash at the end. */
  readonly coreUrl: () => string;
  readonly mail: SignInMail;
}

/** The services of one request; each is made when it is first used, because most requests use one. */
export function servicesFor(db: Database, means: Means, actor: Actor): Services {
  return new LazyServices(actor.companyId === null ? db : db.forCompany(actor.companyId), means, actor);
}

class LazyServices implements Services {
  #users?: UserService;
  #teams?: TeamService;
  #usersAndTeams?: UsersAndTeamsService;
  #deletedTeams?: DeletedTeamService;
  #roles?: RoleService;
  #roleMappings?: RoleMappingService;
  #access?: AccessService;
  #projects?: ProjectService;
  #companies?: CompanyService;
  #directories?: DirectoryService;
  #directoryTokens?: DirectoryTokens;
  #apiKeys?: ApiKeyService;
  #sessions?: SessionService;
  #ssoConnections?: SsoConnectionService;
  #gate?: GateService;
  #domainClaims?: DomainClaimService;
  #changes?: ChangeService;
  #erasures?: ErasureService;
  #offboardings?: OffboardingService;
  #invitations?: InvitationService;
  #localAccounts?: LocalAccountService;
  #alarms?: AlarmService;
  #conflicts?: ConflictService;
  #provisioning?: ProvisioningService;
  #handovers?: HandoverService;
  #imports?: ImportService;
  #requestLog?: RequestLogService;
  #toleranceCounts?: ToleranceCounts;
  #syncRuns?: SyncRunService;
  #probes?: ProbeService;
  #batches?: BatchService;

  constructor(
    private readonly db: Database,
    private readonly means: Means,
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

  get usersAndTeams(): UsersAndTeamsService {
    this.#usersAndTeams ??= new UsersAndTeamsService(this.db, inCompany(this.actor));
    return this.#usersAndTeams;
  }

  get deletedTeams(): DeletedTeamService {
    this.#deletedTeams ??= new DeletedTeamService(this.db, inCompany(this.actor));
    return this.#deletedTeams;
  }

  get roles(): RoleService {
    this.#roles ??= new RoleService(this.db, inCompany(this.actor));
    return this.#roles;
  }

  get roleMappings(): RoleMappingService {
    this.#roleMappings ??= new RoleMappingService(this.db, inCompany(this.actor));
    return this.#roleMappings;
  }

  get access(): AccessService {
    this.#access ??= new AccessService(this.db, inCompany(this.actor));
    return this.#access;
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

  get directoryTokens(): DirectoryTokens {
    this.#directoryTokens ??= new DirectoryTokens(this.db, inCompany(this.actor));
    return this.#directoryTokens;
  }

  get apiKeys(): ApiKeyService {
    this.#apiKeys ??= new ApiKeyService(this.db, inCompany(this.actor));
    return this.#apiKeys;
  }

  get sessions(): SessionService {
    this.#sessions ??= new SessionService(this.db, inCompany(this.actor));
    return this.#sessions;
  }

  get ssoConnections(): SsoConnectionService {
    this.#ssoConnections ??= new SsoConnectionService(this.db, inCompany(this.actor), this.means);
    return this.#ssoConnections;
  }

  get gate(): GateService {
    this.#gate ??= new GateService(this.db, inCompany(this.actor));
    return this.#gate;
  }

  get domainClaims(): DomainClaimService {
    this.#domainClaims ??= new DomainClaimService(this.db, inCompany(this.actor), this.means.lookUpTxt);
    return this.#domainClaims;
  }

  /** Also for the gateway itself, which is of no company. */
  get requestLog(): RequestLogService {
    this.#requestLog ??= new RequestLogService(this.db, this.actor);
    return this.#requestLog;
  }

  /** Also for the gateway itself. */
  get toleranceCounts(): ToleranceCounts {
    this.#toleranceCounts ??= new ToleranceCounts(this.db, this.actor);
    return this.#toleranceCounts;
  }

  get probes(): ProbeService {
    this.#probes ??= new ProbeService(this.db, inCompany(this.actor), this.means.probe);
    return this.#probes;
  }

  get batches(): BatchService {
    this.#batches ??= new BatchService(this.db, inCompany(this.actor), this);
    return this.#batches;
  }

  get invitations(): InvitationService {
    this.#invitations ??= new InvitationService(this.db, inCompany(this.actor), this.means.mail);
    return this.#invitations;
  }

  get localAccounts(): LocalAccountService {
    this.#localAccounts ??= new LocalAccountService(this.db, inCompany(this.actor), this.means.keyRing);
    return this.#localAccounts;
  }

  get alarms(): AlarmService {
    this.#alarms ??= new AlarmService(this.db, inCompany(this.actor));
    return this.#alarms;
  }

  get conflicts(): ConflictService {
    this.#conflicts ??= new ConflictService(this.db, inCompany(this.actor));
    return this.#conflicts;
  }

  get syncRuns(): SyncRunService {
    this.#syncRuns ??= new SyncRunService(this.db, inCompany(this.actor));
    return this.#syncRuns;
  }

  get provisioning(): ProvisioningService {
    this.#provisioning ??= new ProvisioningService(this.db, inCompany(this.actor));
    return this.#provisioning;
  }

  get handovers(): HandoverService {
    this.#handovers ??= new HandoverService(this.db, inCompany(this.actor));
    return this.#handovers;
  }

  get imports(): ImportService {
    this.#imports ??= new ImportService(this.db, inCompany(this.actor));
    return this.#imports;
  }

  get changes(): ChangeService {
    this.#changes ??= new ChangeService(this.db, inCompany(this.actor));
    return this.#changes;
  }

  get erasures(): ErasureService {
    this.#erasures ??= new ErasureService(this.db, inCompany(this.actor));
    return this.#erasures;
  }

  get offboardings(): OffboardingService {
    this.#offboardings ??= new OffboardingService(this.db, inCompany(this.actor));
    return this.#offboardings;
  }
}
