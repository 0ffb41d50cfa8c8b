import { ID, ObjectType } from 'type-graphql';
import { CompanyType } from '../company/company-type.js';
import { DirectoryType } from '../directory/directory-type.js';
import { Optional, Required } from '../fields.js';
import { ActorKind } from './actor-kind.js';

@ObjectType('Actor', { simpleResolvers: true, description: 'Who asks, by the credential of the request.' })
class ActorType {
  @Required(() => ActorKind, 'What kind of actor it is.')
  kind!: keyof typeof ActorKind;
  @Required(() => ID, "The credential's id.")
  id!: string;
  @Required(() => String, 'What people call the credential.')
  name!: string;
}

@ObjectType('Viewer', { simpleResolvers: true, description: 'Whoever sends the request, and what they may do.' })
export class ViewerType {
  @Required(() => ActorType, 'Who it is.')
  actor!: ActorType;
  @Optional(() => CompanyType, 'The company that the request is for; null for an operator that named none.')
  company!: CompanyType | null;
  @Optional(() => DirectoryType, "The directory whose token was sent; null at any but the gateway's door.")
  directory!: DirectoryType | null;
  @Optional(
    () => ID,
    'The id of the user who is signed in, whose the key is, or that the token is good for; null: it is nobody in particular.',
  )
  userId!: string | null;
  @Required(
    () => [String],
    'What the credential allows, as in `users:read`, in alphabetical order; of one that is bound to a user, to that user.',
  )
  permissions!: string[];
}
