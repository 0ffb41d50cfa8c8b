import { ID, InputType } from 'type-graphql';
import { Required } from '../fields.js';

@InputType('IdInput', { description: 'Names one object.' })
export class IdInput {
  @Required(() => ID, "The object's id.")
  id!: string;
}
