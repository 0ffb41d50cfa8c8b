import { ID, ObjectType } from 'type-graphql';
import { Optional, Required } from '../fields.js';

@ObjectType('DeletePayload', { simpleResolvers: true, description: 'What is left of an object that was deleted.' })
export class DeletePayload {
  @Required(() => ID, 'The id that the object had.')
  id!: string;
}

@ObjectType('Warning', { simpleResolvers: true, description: 'Something that was skipped rather than refused.' })
export class WarningType {
  @Required(
    () => String,
    'What kind of thing was skipped, for programs: `UNKNOWN_MEMBER`, `SKIPPED_TEAM`; or `CREATED_ON_MISS` for a directory whose filter matched no element, so that one was made.',
  )
  code!: string;
  @Optional(() => String, 'The input field that it was about, dotted; null when it was about the whole.')
  field!: string | null;
  @Required(() => String, 'What was skipped and why, for people.')
  message!: string;
}
