import { ID, InputType, Int, ObjectType } from 'type-graphql';
import { Optional, Required } from '../fields.js';
import { DateTime } from '../scalars.js';
import { UserType } from '../user/user-type.js';

@ObjectType('Invitation', {
  simpleResolvers: true,
  description: 'A link that lets a local user in for the first time.',
})
export class InvitationType {
  @Required(() => DateTime, 'When it was sent.')
  sentAt!: string;
  @Required(() => DateTime, 'When it runs out.')
  expiresAt!: string;
  @Optional(() => DateTime, 'When it was used; null: it was not.')
  acceptedAt!: string | null;
  @Required(() => Boolean, 'Whether it can still be used: neither used nor withdrawn, and not run out.')
  isOpen!: boolean;
}

@ObjectType('LocalAccount', {
  simpleResolvers: true,
  description:
    "By what a user can come in beside single sign-on. What the company's policies shut is shut all the same.",
})
export class LocalAccountType {
  @Required(() => ID, 'The user.')
  userId!: string;
  @Required(
    () => Boolean,
    'Whether it is an account of last resort: it comes in also where single sign-on is all there is, directories do not see it, and each of its sign-ins raises an alarm.',
  )
  isBreakGlass!: boolean;
  @Required(() => Boolean, 'Whether it has a password.')
  hasPassword!: boolean;
  @Required(() => Boolean, 'Whether a code of an authenticator app is asked for.')
  hasSecondFactor!: boolean;
  @Optional(() => InvitationType, 'The last invitation; null: there was none.')
  invitation!: InvitationType | null;
}

@ObjectType('LocalAccountPayload', {
  simpleResolvers: true,
  description: 'The answer to what changes a local account.',
})
export class LocalAccountPayload {
  @Required(() => LocalAccountType, 'The account as it is now.')
  localAccount!: LocalAccountType;
}

@InputType('InviteUserInput', { description: 'Somebody who shall become a local user.' })
export class InviteUserInput {
  @Required(() => String, "Where the invitation goes; the user's address from then on.")
  email!: string;
  @Optional(() => String, 'The user name; left out, the address.')
  userName?: string | null;
  @Optional(() => String, 'The name that is shown.')
  displayName?: string | null;
  @Optional(() => [ID], 'Roles that are granted directly. Needs `roles:assign`, and nobody grants what they lack.')
  roleIds?: string[] | null;
}

@ObjectType('InvitationPayload', {
  simpleResolvers: true,
  description: 'The answer to `inviteUser` and `resendInvitation`.',
})
export class InvitationPayload {
  @Required(() => UserType, 'The user.')
  user!: UserType;
  @Required(
    () => Boolean,
    'Whether the mail server took the mail. If not, the user is there all the same: send it again.',
  )
  isMailSent!: boolean;
}

@ObjectType('WithdrawInvitationPayload', { simpleResolvers: true, description: 'The answer to `withdrawInvitation`.' })
export class WithdrawInvitationPayload {
  @Required(() => UserType, 'The user, deactivated.')
  user!: UserType;
}

@InputType('SetOwnPasswordInput', { description: 'A new password.' })
export class SetOwnPasswordInput {
  @Optional(() => String, 'The password so far; left out where there is none.')
  currentPassword?: string | null;
  @Required(() => String, 'The new one, of 12 to 128 characters.')
  newPassword!: string;
}

@ObjectType('SetOwnPasswordPayload', { simpleResolvers: true, description: 'The answer to `setOwnPassword`.' })
export class SetOwnPasswordPayload {
  @Required(() => Int, 'How many other sessions ended.')
  sessionsEnded!: number;
}

@InputType('EnrolSecondFactorInput', { description: 'What an authenticator app shall show.' })
export class EnrolSecondFactorInput {
  @Optional(() => String, "How the app calls the account, beside the company's name; left out, the user name.")
  label?: string | null;
}

@ObjectType('EnrolSecondFactorPayload', {
  simpleResolvers: true,
  description: 'The answer to `enrolSecondFactor`. Shown this once.',
})
export class EnrolSecondFactorPayload {
  @Required(() => String, 'The secret in base32, to be typed into an authenticator app.')
  secret!: string;
  @Required(() => String, 'The same as an `otpauth:` address, to be shown as a QR code.')
  uri!: string;
}

@InputType('ConfirmSecondFactorInput', { description: 'Proof that an authenticator app has the secret.' })
export class ConfirmSecondFactorInput {
  @Required(() => String, 'The code that it shows now.')
  code!: string;
}

@InputType('RemoveSecondFactorInput', { description: 'Whose second factor is removed.' })
export class RemoveSecondFactorInput {
  @Optional(() => ID, "The user; left out, one's own.")
  userId?: string | null;
}
