import { ArgsType, ID, InputType, Int, ObjectType } from 'type-graphql';
import { enumType, Optional, Required } from '../fields.js';
import { NodeType } from '../node/node-type.js';
import { connectionType } from '../paging/connection.js';
import { LOGIC, StringFilter } from '../paging/filters.js';
import { PageArgs } from '../paging/page-args.js';
import { DateTime } from '../scalars.js';

const SessionKind = enumType('SessionKind', 'How a session comes with a request.', {
  COOKIE: 'As a cookie of this server.',
  BEARER: 'As the credential of a front end on another origin.',
});

const SignInMethod = enumType('SignInMethod', 'How somebody came in.', {
  PASSWORD: 'By password.',
  MAGIC_LINK: 'By a link in a mail.',
  INVITATION: 'By an invitation.',
  REGISTRATION: 'By registering.',
  SAML: 'By single sign-on, SAML.',
  OIDC: 'By single sign-on, OpenID Connect.',
});

@ObjectType('Session', {
  implements: NodeType,
  simpleResolvers: true,
  description: 'One person, signed in on one device.',
})
export class SessionType {
  @Required(() => ID, 'Opaque.')
  id!: string;
  @Required(() => ID, "The user's id.")
  userId!: string;
  @Required(() => SessionKind, 'How it comes with a request.')
  kind!: keyof typeof SessionKind;
  @Required(() => SignInMethod, 'How it was begun.')
  method!: keyof typeof SignInMethod;
  @Optional(() => ID, 'The id of the SSO connection that it was begun by; null without one.')
  connectionId!: string | null;
  @Optional(() => String, 'The origin of the front end that it was given to; null of a cookie.')
  origin!: string | null;
  @Optional(() => String, 'The address that it was last used from.')
  address!: string | null;
  @Optional(() => String, 'The user agent that it was begun by.')
  userAgent!: string | null;
  @Required(() => Boolean, 'Whether it is the session of this request.')
  isCurrent!: boolean;
  @Required(() => DateTime, 'When it was begun.')
  createdAt!: string;
  @Required(() => DateTime, 'When the person last signed in, or proved once more to be there.')
  authenticatedAt!: string;
  @Required(() => DateTime, 'When it was last used, to the minute.')
  lastUsedAt!: string;
  @Required(() => DateTime, 'When it ends at the latest; without use it ends earlier.')
  expiresAt!: string;
}

export const SessionConnection = connectionType(
  'Session',
  () => SessionType,
  'One page of sessions, the oldest first.',
);

@InputType('SessionFilter', { description: `Which sessions are listed. ${LOGIC.tree}` })
class SessionFilter {
  @Optional(() => [SessionFilter], LOGIC.and)
  and?: SessionFilter[] | null;
  @Optional(() => [SessionFilter], LOGIC.or)
  or?: SessionFilter[] | null;
  @Optional(() => SessionFilter, LOGIC.not)
  not?: SessionFilter | null;
  @Optional(() => StringFilter, "The session's id.")
  id?: StringFilter | null;
  @Optional(() => StringFilter, "The user's id.")
  userId?: StringFilter | null;
  @Optional(() => StringFilter, 'The id of the SSO connection that it was begun by.')
  connectionId?: StringFilter | null;
}

@ArgsType()
export class SessionListArgs extends PageArgs {
  @Optional(() => SessionFilter, 'Which sessions are listed; left out, all that the actor may see.')
  filter?: SessionFilter | null;
}

@ObjectType('EndSessionPayload', { simpleResolvers: true, description: 'The answer to `endSession`.' })
export class EndSessionPayload {
  @Required(() => SessionType, 'The session, which is over.')
  session!: SessionType;
}

@InputType('EndSessionsInput', { description: 'Whose sessions end.' })
export class EndSessionsInput {
  @Optional(() => ID, "The user's id; left out, whoever asks.")
  userId?: string | null;
  @Optional(() => Boolean, 'Whether the session of this request stays; left out, it ends like the others.')
  keepCurrent?: boolean | null;
}

@ObjectType('EndSessionsPayload', { simpleResolvers: true, description: 'The answer to `endSessions`.' })
export class EndSessionsPayload {
  @Required(() => Int, 'How many sessions ended.')
  ended!: number;
}
