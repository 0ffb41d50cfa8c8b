import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { EXPECTED_VERSION } from '../mutation/words.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { BooleanFilter, LOGIC, NumberFilter, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime } from '../scalars.js';

const NAME = 'The name that is shown to people.';
const PERMISSIONS = 'What the role allows, as in `users:read`. Nobody can give what they lack.';
const RANK = 'Higher wins where only one role can be kept.';
const GRANTABLE = 'Whether a directory may grant the role. Never for `owner`.';
const DEFAULT = 'Whether users that have no other role have this one. At most one role of a company is the default.';

@ObjectType('Role', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'A named set of permissions of one company.',
})
export class RoleType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, 'The name that programs and directories know the role by: `manager`. Never changes.')
  key!: string;
  @Required(() => String, NAME)
  name!: string;
  @Required(() => [String], PERMISSIONS)
  permissions!: string[];
  @Required(() => Int, RANK)
  rank!: number;
  @Required(() => Boolean, GRANTABLE)
  grantableByDirectory!: boolean;
  @Required(() => Boolean, DEFAULT)
  isDefault!: boolean;
  @Required(() => Int, 'Rises by one with each change.')
  version!: number;
  @Required(() => DateTime, 'When the role was created.')
  createdAt!: string;
  @Required(() => DateTime, 'When the role was last changed.')
  updatedAt!: string;
}

export const RoleConnection = connectionType('Role', () => RoleType, 'One page of roles.');

@ObjectType('ChangeRolePayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that makes or changes a role.',
})
export class ChangeRolePayload {
  @Required(() => RoleType, 'The role as it is stored now.')
  role!: RoleType;
}

@InputType('RoleFilter', { description: `Which roles are listed. ${LOGIC.tree}` })
class RoleFilter {
  @Optional(() => [RoleFilter], LOGIC.and)
  and?: RoleFilter[] | null;
  @Optional(() => [RoleFilter], LOGIC.or)
  or?: RoleFilter[] | null;
  @Optional(() => RoleFilter, LOGIC.not)
  not?: RoleFilter | null;
  @Optional(() => StringFilter, "The role's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, "The role's key.")
  key?: StringFilter | null;
  @Optional(() => StringFilter, 'The name that is shown.')
  name?: StringFilter | null;
  @Optional(() => NumberFilter, 'The rank.')
  rank?: NumberFilter | null;
  @Optional(() => BooleanFilter, 'Whether it is the default role.')
  isDefault?: BooleanFilter | null;
}

const RoleOrderField = enumType('RoleOrderField', 'What roles can be ordered by.', {
  ID: 'The id, which is the order in which roles were created.',
  RANK: 'The rank.',
  KEY: 'The key.',
  NAME: 'The name that is shown.',
});
const RoleOrder = orderInput('RoleOrder', RoleOrderField);

@ArgsType()
export class RoleListArgs extends PageArgs {
  @Optional(() => RoleFilter, 'Which roles are listed; left out, all of them.')
  filter?: RoleFilter | null;
  @Optional(() => RoleOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof RoleOrder> | null;
}

@InputType('CreateRoleInput', { description: 'A new role.' })
export class CreateRoleInput {
  @Required(
    () => String,
    'The name that programs and directories will know the role by: `manager`. Unique in the company; never changes.',
  )
  key!: string;
  @Required(() => String, NAME)
  name!: string;
  @Required(() => [String], PERMISSIONS)
  permissions!: string[];
  @Required(() => Int, RANK)
  rank!: number;
  @Optional(() => Boolean, `${GRANTABLE} Left out, it may.`)
  grantableByDirectory?: boolean | null;
  @Optional(() => Boolean, `${DEFAULT} Left out, it is not.`)
  isDefault?: boolean | null;
}

@InputType('UpdateRoleInput', { description: 'Changes to a role: a field that is left out stays.' })
export class UpdateRoleInput {
  @Required(() => ID, "The role's id.")
  id!: string;
  @Optional(() => String, NAME)
  name?: string | null;
  @Optional(() => [String], `${PERMISSIONS} Replaces all that were there.`)
  permissions?: string[] | null;
  @Optional(() => Int, RANK)
  rank?: number | null;
  @Optional(() => Boolean, GRANTABLE)
  grantableByDirectory?: boolean | null;
  @Optional(() => Boolean, DEFAULT)
  isDefault?: boolean | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('RoleAssignmentInput', { description: 'A role of a user.' })
export class RoleAssignmentInput {
  @Required(() => ID, "The user's id.")
  userId!: string;
  @Required(() => ID, "The role's id.")
  roleId!: string;
}
