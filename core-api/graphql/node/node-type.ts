import 'reflect-metadata';
import { ID, InterfaceType } from 'type-graphql';
import { Required } from '../fields.js';

/** A row that was found by its id alone, with the type that it turned out to be. */
export interface FoundNode {
  __typename: string;
  id: string;
}

@InterfaceType('Node', {
  description: 'An object with an id that is unique among all objects. `Query.node` finds it again.',
  resolveType: (value: FoundNode) => value.__typename,
})
export abstract class NodeType {
  @Required(() => ID, 'Opaque; never used again for another object.')
  id!: string;
}
