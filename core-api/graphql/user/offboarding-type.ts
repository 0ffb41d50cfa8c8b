import { ID, ObjectType } from 'type-graphql';
import { ChangeType } from '../change/change-type.js';
import { enumType, Optional, Required } from '../fields.js';
import { DateTime } from '../scalars.js';

const EndedAccessKind = enumType('EndedAccessKind', 'By what a user could come in.', {
  SESSION: 'A session.',
  API_KEY: 'A personal API key.',
  DIRECTORY_TOKEN: 'A token of a directory that was good for this user alone.',
  ONE_TIME_TOKEN: 'A link in a mail, an invitation, or a code that waited to be used.',
  SIGN_IN: 'A sign-in that the identity provider had not answered.',
});

@ObjectType('EndedAccess', {
  simpleResolvers: true,
  description: 'Something that a user could come in by, and that ended.',
})
class EndedAccessType {
  @Required(() => EndedAccessKind, 'What it was.')
  kind!: keyof typeof EndedAccessKind;
  @Required(() => ID, 'Its id, by which the change log knows it.')
  id!: string;
  @Optional(
    () => String,
    'What a key or token was called, how a session was begun (`SAML`), what a link or sign-in was for (`MAGIC_LINK`).',
  )
  what!: string | null;
  @Required(() => DateTime, 'When it ended.')
  endedAt!: string;
}

@ObjectType('OffboardingReceipt', {
  simpleResolvers: true,
  description: 'What ended when a user lost access, as the change log has it.',
})
export class OffboardingReceiptType {
  @Required(() => ID, "The user's id.")
  userId!: string;
  @Required(() => DateTime, 'When access was lost. Nothing of the user got in after that.')
  lostAt!: string;
  @Required(() => ChangeType, 'The entry of the change log by which it was lost: who did it, by which way.')
  change!: ChangeType;
  @Required(() => [EndedAccessType], 'What ended with it, at most 1,000. None of it comes back with the user.')
  ended!: EndedAccessType[];
}
