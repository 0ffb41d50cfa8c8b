import { Arg, Ctx, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import type { RequestContext } from '../context.js';
import { IdInput } from '../mutation/id-input.js';
import type { SelectionInfo } from '../selection.js';
import { partsOfPayload } from '../user/user-parts.js';
import {
  ConfirmSecondFactorInput,
  EnrolSecondFactorInput,
  EnrolSecondFactorPayload,
  InvitationPayload,
  InviteUserInput,
  LocalAccountPayload,
  LocalAccountType,
  RemoveSecondFactorInput,
  SetOwnPasswordInput,
  SetOwnPasswordPayload,
  WithdrawInvitationPayload,
} from './local-account-type.js';

const USER = { description: 'The user.' };

@Resolver(() => LocalAccountType)
export class LocalAccountResolver {
  @Query(() => LocalAccountType, {
    description: "By what a user can come in beside single sign-on. Needs `users:read`; one's own needs nothing.",
  })
  localAccount(@Arg('userId', () => ID, USER) userId: string, @Ctx() { services }: RequestContext) {
    return services.localAccounts.get(userId);
  }

  @Mutation(() => InvitationPayload, {
    description:
      'Makes a local user and mails a link by which its person comes in and chooses a password. It works for 7 days. Needs `users:write`.',
  })
  inviteUser(
    @Arg('input', () => InviteUserInput, { description: 'Who it is.' }) input: InviteUserInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.invitations.invite(input, partsOfPayload(info));
  }

  @Mutation(() => InvitationPayload, {
    description:
      'Mails a new link to a local user who has not come in yet; the former one works no more. INVITATION_ACCEPTED for who has. Needs `users:write`.',
  })
  resendInvitation(
    @Arg('input', () => IdInput, USER) { id }: IdInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return services.invitations.resend(id, partsOfPayload(info));
  }

  @Mutation(() => WithdrawInvitationPayload, {
    description:
      'Takes an invitation back: its link works no more, and the user is deactivated. INVITATION_ACCEPTED for who has come in. Needs `users:write`.',
  })
  async withdrawInvitation(
    @Arg('input', () => IdInput, USER) { id }: IdInput,
    @Ctx() { services }: RequestContext,
    @Info() info: SelectionInfo,
  ) {
    return { user: await services.invitations.withdraw(id, partsOfPayload(info)) };
  }

  @Mutation(() => SetOwnPasswordPayload, {
    description:
      'Gives whoever is signed in a new password, and ends all their other sessions. For sessions of local users; without a current password within 15 minutes of a sign-in.',
  })
  async setOwnPassword(
    @Arg('input', () => SetOwnPasswordInput, { description: 'The passwords.' }) input: SetOwnPasswordInput,
    @Ctx() { services }: RequestContext,
  ) {
    return {
      sessionsEnded: await services.localAccounts.setOwnPassword(input.currentPassword ?? null, input.newPassword),
    };
  }

  @Mutation(() => EnrolSecondFactorPayload, {
    description:
      'Makes a secret for an authenticator app (TOTP, RFC 6238). It is asked for once `confirmSecondFactor` has seen a code. For sessions of local users, within 15 minutes of a sign-in.',
  })
  enrolSecondFactor(
    @Arg('input', () => EnrolSecondFactorInput, { description: 'What the app shows.' }) input: EnrolSecondFactorInput,
    @Ctx() { services }: RequestContext,
  ) {
    return services.localAccounts.enrolSecondFactor(input.label ?? null);
  }

  @Mutation(() => LocalAccountPayload, {
    description: 'From now on each sign-in asks for a code. For sessions of local users.',
  })
  async confirmSecondFactor(
    @Arg('input', () => ConfirmSecondFactorInput, { description: 'A code.' }) { code }: ConfirmSecondFactorInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { localAccount: await services.localAccounts.confirmSecondFactor(code) };
  }

  @Mutation(() => LocalAccountPayload, {
    description:
      "Takes a second factor away; nothing happens when there is none. One's own within 15 minutes of a sign-in; another's, for who has lost their telephone, for owners: needs every permission.",
  })
  async removeSecondFactor(
    @Arg('input', () => RemoveSecondFactorInput, { description: 'Whose.' }) { userId }: RemoveSecondFactorInput,
    @Ctx() { services }: RequestContext,
  ) {
    return { localAccount: await services.localAccounts.removeSecondFactor(userId ?? null) };
  }

  @Mutation(() => LocalAccountPayload, {
    description:
      'Makes a local user an account of last resort, which comes in also where single sign-on is all there is. For owners: needs every permission.',
  })
  async makeBreakGlass(@Arg('input', () => IdInput, USER) { id }: IdInput, @Ctx() { services }: RequestContext) {
    return { localAccount: await services.localAccounts.setBreakGlass(id, true) };
  }

  @Mutation(() => LocalAccountPayload, {
    description:
      'Makes an account of last resort an ordinary local user. LAST_OWNER for the last owner among them. For owners: needs every permission.',
  })
  async unmakeBreakGlass(@Arg('input', () => IdInput, USER) { id }: IdInput, @Ctx() { services }: RequestContext) {
    return { localAccount: await services.localAccounts.setBreakGlass(id, false) };
  }
}
