import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { forbidden } from '#core-api/domain/errors.js';
import { LOCKED_TEAM_FIELDS } from '#core-api/domain/team/team-service.js';
import type { TeamMember, TeamRow } from '#core-api/domain/team/team-types.js';
import type { RequestContext } from '../context.js';
import { DeletePayload } from '../mutation/payloads.js';
import { connectionOf } from '../paging/connection.js';
import { CursorArgs, pageRequest, wanted } from '../paging/page-args.js';
import type { SelectionInfo } from '../selection.js';
import { partsOfConnection } from '../user/user-parts.js';
import {
  ChangeTeamInput,
  CreateTeamInput,
  ReplaceTeamInput,
  TeamIdInput,
  TeamListArgs,
  UpdateTeamInput,
} from './team-inputs.js';
import { TeamMemberPage, TeamMemberType } from './team-member-type.js';
import { ChangeTeamPayload, TeamConnection, TeamType } from './team-type.js';

@Resolver(() => TeamType)
export class TeamResolver {
  @Query(() => TeamType, {
    description: 'One team by id. NOT_FOUND when there is none in this company. Needs `teams:read`.',
  })
  team(@Arg('id', () => ID, { description: "The team's id." }) id: string, @Ctx() { services }: RequestContext) {
    return services.teams.get(id);
  }

  @Query(() => TeamConnection, { description: "The company's teams. Needs `teams:read`." })
  teams(
    @Args(() => TeamListArgs) args: TeamListArgs,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return connectionOf(services.teams.list(pageRequest(args, info)));
  }

  @Query(() => TeamMemberPage, {
    description:
      "For the gateway, whose answers carry all members of a team: a stretch of the members of several teams, in the order of `teamIds` and by member; teams inside them as the profile says. Only at the gateway's door; FORBIDDEN elsewhere.",
  })
  teamMembers(
    @Arg('teamIds', () => [ID], { description: 'The teams, by id; those that do not exist have no members.' })
    teamIds: string[],
    @Arg('first', () => Int, { nullable: true, description: 'How many memberships: 10,000 by default, and at most.' })
    first: number | null | undefined,
    @Arg('after', () => String, { nullable: true, description: 'Begins behind this `endCursor`.' })
    after: string | null | undefined,
    @Ctx() { services, door }: RequestContext,
  ) {
    if (door !== 'gateway') throw forbidden("Only the gateway's door has teamMembers; use Team.members.");
    return services.teams.memberPage(teamIds, first, after);
  }

  @Mutation(() => ChangeTeamPayload, {
    description: 'Creates a team. UNIQUENESS when the name is taken. Needs `teams:write`.',
  })
  createTeam(
    @Arg('input', () => CreateTeamInput, { description: 'The new team.' }) input: CreateTeamInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { profileVersion, ...fields } = input;
    return services.teams.create(fields, { profileVersion });
  }

  @Mutation(() => ChangeTeamPayload, {
    description:
      'Changes a team, for people: fields that are left out stay. MANAGED_BY_DIRECTORY for a team that belongs to a directory. Needs `teams:write`.',
  })
  updateTeam(
    @Arg('input', () => UpdateTeamInput, { description: 'The team, and what is to change.' }) input: UpdateTeamInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, addMembers, removeMembers, expectedVersion, ...fields } = input;
    return services.teams.update(id, fields, { addMembers, removeMembers, expectedVersion });
  }

  @Mutation(() => ChangeTeamPayload, {
    description: 'Replaces a team and its members, for programs that hold the whole of it. Needs `teams:write`.',
  })
  replaceTeam(
    @Arg('input', () => ReplaceTeamInput, { description: 'The team, and all its fields.' }) input: ReplaceTeamInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, expectedVersion, profileVersion, ...fields } = input;
    return services.teams.replace(id, fields, { expectedVersion, profileVersion });
  }

  @Mutation(() => ChangeTeamPayload, {
    description:
      'Applies changes to a team in order, for programs: all of them, or none. Adding one member costs the same in a team of ten and of 100,000. Needs `teams:write`.',
  })
  changeTeam(
    @Arg('input', () => ChangeTeamInput, { description: 'The team, and the changes.' }) input: ChangeTeamInput,
    @Ctx() { services }: RequestContext,
  ) {
    const { id, changes, expectedVersion, profileVersion } = input;
    return services.teams.change(id, changes, { expectedVersion, profileVersion });
  }

  @Mutation(() => DeletePayload, { description: 'Deletes a team; its memberships end. Needs `teams:write`.' })
  async deleteTeam(
    @Arg('input', () => TeamIdInput, { description: 'The team.' }) { id, expectedVersion }: TeamIdInput,
    @Ctx() { services }: RequestContext,
  ) {
    await services.teams.delete(id, { expectedVersion });
    return { id };
  }

  @FieldResolver()
  members(
    @Root() team: TeamRow,
    @Args(() => CursorArgs) args: CursorArgs,
    @Ctx() { loaders }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return loaders.members.load(team.id, { ...args, ...wanted(info) }, partsOfConnection(info));
  }

  @FieldResolver()
  memberCount(@Root() team: TeamRow, @Ctx() { loaders }: RequestContext) {
    return loaders.memberCount.load(team.id);
  }

  @FieldResolver()
  memberTeams(@Root() team: TeamRow, @Ctx() { loaders }: RequestContext) {
    return loaders.memberTeams.load(team.id);
  }

  @FieldResolver()
  parentTeams(@Root() team: TeamRow, @Ctx() { loaders }: RequestContext) {
    return loaders.parentTeams.load(team.id);
  }

  @FieldResolver()
  projects(@Root() team: TeamRow, @Ctx() { loaders }: RequestContext) {
    return loaders.projectsOfTeam.load(team.id);
  }

  @FieldResolver()
  managedBy(@Root() team: TeamRow, @Ctx() { loaders }: RequestContext) {
    return team.directoryId === null ? null : loaders.directory.load(team.directoryId);
  }

  @FieldResolver()
  lockedFields(@Root() team: TeamRow) {
    return team.directoryId === null ? [] : LOCKED_TEAM_FIELDS;
  }
}

@Resolver(() => TeamMemberType)
export class TeamMemberResolver {
  @FieldResolver()
  userId(@Root() { memberId }: TeamMember) {
    return memberId;
  }
}
