import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { EXPECTED_VERSION } from '../mutation/words.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { BooleanFilter, LOGIC, StringFilter } from '../paging/filters.js';
import { orderInput } from '../paging/order.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime } from '../scalars.js';

const NAME = 'The name that is shown to people.';
const DEFAULT = 'Whether new users get access to it.';

@ObjectType('Project', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'Something that users and teams of one company have access to.',
})
export class ProjectType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => String, 'The name that programs know the project by. Never changes.')
  key!: string;
  @Required(() => String, NAME)
  name!: string;
  @Required(() => Boolean, DEFAULT)
  isDefault!: boolean;
  @Required(() => Int, 'Rises by one with each change.')
  version!: number;
  @Required(() => DateTime, 'When the project was created.')
  createdAt!: string;
  @Required(() => DateTime, 'When the project was last changed.')
  updatedAt!: string;
}

export const ProjectConnection = connectionType('Project', () => ProjectType, 'One page of projects.');

@ObjectType('ChangeProjectPayload', {
  simpleResolvers: true,
  description: 'The answer to a mutation that makes or changes a project.',
})
export class ChangeProjectPayload {
  @Required(() => ProjectType, 'The project as it is stored now.')
  project!: ProjectType;
}

@InputType('ProjectFilter', { description: `Which projects are listed. ${LOGIC.tree}` })
class ProjectFilter {
  @Optional(() => [ProjectFilter], LOGIC.and)
  and?: ProjectFilter[] | null;
  @Optional(() => [ProjectFilter], LOGIC.or)
  or?: ProjectFilter[] | null;
  @Optional(() => ProjectFilter, LOGIC.not)
  not?: ProjectFilter | null;
  @Optional(() => StringFilter, "The project's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, "The project's key.")
  key?: StringFilter | null;
  @Optional(() => StringFilter, 'The name that is shown.')
  name?: StringFilter | null;
  @Optional(() => BooleanFilter, DEFAULT)
  isDefault?: BooleanFilter | null;
}

const ProjectOrderField = enumType('ProjectOrderField', 'What projects can be ordered by.', {
  ID: 'The id, which is the order in which projects were created.',
  KEY: 'The key.',
  NAME: 'The name that is shown.',
});
const ProjectOrder = orderInput('ProjectOrder', ProjectOrderField);

@ArgsType()
export class ProjectListArgs extends PageArgs {
  @Optional(() => ProjectFilter, 'Which projects are listed; left out, all of them.')
  filter?: ProjectFilter | null;
  @Optional(() => ProjectOrder, 'How the list is ordered; left out, by id.')
  orderBy?: InstanceType<typeof ProjectOrder> | null;
}

@InputType('CreateProjectInput', { description: 'A new project.' })
export class CreateProjectInput {
  @Required(() => String, 'The name that programs will know the project by. Unique in the company; never changes.')
  key!: string;
  @Required(() => String, NAME)
  name!: string;
  @Optional(() => Boolean, `${DEFAULT} Left out, they do not.`)
  isDefault?: boolean | null;
}

@InputType('UpdateProjectInput', { description: 'Changes to a project: a field that is left out stays.' })
export class UpdateProjectInput {
  @Required(() => ID, "The project's id.")
  id!: string;
  @Optional(() => String, NAME)
  name?: string | null;
  @Optional(() => Boolean, DEFAULT)
  isDefault?: boolean | null;
  @Optional(() => Int, EXPECTED_VERSION)
  expectedVersion?: number | null;
}

@InputType('ProjectAccessInput', {
  description: 'The access of a user or a team to a project: exactly one of `userId` and `teamId`.',
})
export class ProjectAccessInput {
  @Required(() => ID, "The project's id.")
  projectId!: string;
  @Optional(() => ID, "The user's id.")
  userId?: string | null;
  @Optional(() => ID, "The team's id.")
  teamId?: string | null;
}
