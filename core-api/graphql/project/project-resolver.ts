import { Arg, Args, Ctx, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import { DeletePayload } from '../mutation/payloads.js';
import { connectionOf } from '../paging/connection.js';
import { pageRequest } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import {
  ChangeProjectPayload,
  CreateProjectInput,
  ProjectAccessInput,
  ProjectConnection,
  ProjectListArgs,
  ProjectType,
  UpdateProjectInput,
} from './project-type.js';

@Resolver(() => ProjectType)
export class ProjectResolver {
  @Query(() => ProjectConnection, { description: "The company's projects. Needs `projects:read`." })
  projects(
    @Args(() => ProjectListArgs) args: ProjectListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.projects.list(pageRequest(args, info)));
  }

  @Mutation(() => ChangeProjectPayload, {
    description: 'Creates a project. UNIQUENESS when the key is taken. Needs `projects:write`.',
  })
  async createProject(
    @Arg('input', () => CreateProjectInput, { description: 'The new project.' }) input: CreateProjectInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { project: await services.projects.create(input) };
  }

  @Mutation(() => ChangeProjectPayload, { description: 'Changes a project. Needs `projects:write`.' })
  async updateProject(
    @Arg('input', () => UpdateProjectInput, { description: 'The project, and what is to change.' })
    input: UpdateProjectInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, ...changes } = input;
    return { project: await services.projects.update(id, changes) };
  }

  @Mutation(() => DeletePayload, {
    description: 'Deletes a project. IN_USE while anybody has access to it. Needs `projects:write`.',
  })
  async deleteProject(
    @Arg('input', () => IdInput, { description: 'The project.' }) { id }: IdInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.projects.delete(id);
    return { id };
  }

  @Mutation(() => ChangeProjectPayload, {
    description:
      'Gives a user or a team access to a project. Nothing happens when it is there. Needs `projects:write`.',
  })
  async grantProjectAccess(
    @Arg('input', () => ProjectAccessInput, { description: 'The project, and who gets access.' })
    input: ProjectAccessInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { project: await services.projects.grant(input) };
  }

  @Mutation(() => ChangeProjectPayload, {
    description:
      'Takes access to a project from a user or a team. Nothing happens when there is none. Needs `projects:write`.',
  })
  async revokeProjectAccess(
    @Arg('input', () => ProjectAccessInput, { description: 'The project, and who loses access.' })
    input: ProjectAccessInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { project: await services.projects.revoke(input) };
  }
}
