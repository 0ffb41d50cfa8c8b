import type { InferKyselyDB } from '@mikro-orm/postgresql';
import { ApiKeySchema, OperatorKeySchema } from './api-key.js';
import { ChangeEpochSchema, ChangeSchema, ChangeSealSchema } from './change.js';
import { CompanySchema } from './company.js';
import { DirectorySchema, DirectorySsoConnectionSchema, DirectoryTokenSchema } from './directory.js';
import { ProjectAccessSchema, ProjectSchema } from './project.js';
import { ResourceCountSchema } from './resource-count.js';
import { RoleAssignmentSchema, RoleMappingSchema, RoleSchema } from './role.js';
import {
  DomainClaimSchema,
  GateExemptionSchema,
  OneTimeTokenSchema,
  SecondFactorSchema,
  SeenAssertionSchema,
  SessionSchema,
  SignInAttemptSchema,
  SsoRequestSchema,
  SsoSubjectSchema,
  VerifiedDomainSchema,
} from './sign-in.js';
import { SsoConnectionSchema } from './sso-connection.js';
import { PendingMembershipSchema, TeamMembershipSchema, TeamNestingSchema, TeamSchema } from './team.js';
import { LocalCredentialSchema, UserSchema, UserValueSchema } from './user.js';
import { AlarmSchema, ConflictSchema, RequestLogSchema, SyncRunSchema, ToleranceCountSchema } from './watch.js';

/** Every table. */
export const ENTITIES = [
  CompanySchema,
  UserSchema,
  UserValueSchema,
  LocalCredentialSchema,
  TeamSchema,
  TeamMembershipSchema,
  PendingMembershipSchema,
  TeamNestingSchema,
  ResourceCountSchema,
  RoleSchema,
  RoleAssignmentSchema,
  RoleMappingSchema,
  ProjectSchema,
  ProjectAccessSchema,
  DirectorySchema,
  DirectoryTokenSchema,
  DirectorySsoConnectionSchema,
  SsoConnectionSchema,
  ApiKeySchema,
  OperatorKeySchema,
  ChangeSchema,
  ChangeEpochSchema,
  ChangeSealSchema,
  AlarmSchema,
  ConflictSchema,
  SyncRunSchema,
  RequestLogSchema,
  ToleranceCountSchema,
  SessionSchema,
  OneTimeTokenSchema,
  SecondFactorSchema,
  SsoRequestSchema,
  SsoSubjectSchema,
  SeenAssertionSchema,
  GateExemptionSchema,
  DomainClaimSchema,
  VerifiedDomainSchema,
  SignInAttemptSchema,
] as const;

/** The row types of typed SQL, by table and column name; made from the entities, so that a column is written down once. */
export type Tables = InferKyselyDB<(typeof ENTITIES)[number]>;
