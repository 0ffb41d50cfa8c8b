import { type DocumentNode, GraphQLError, Kind, type ValidationContext, type ValidationRule } from 'graphql';

const OF_THE_SCHEMA = new Set(['__schema', '__type', '__typename']);

/** Whether no operation of the document selects anything at its root but the schema itself. */
export function asksOnlyForTheSchema({ definitions }: DocumentNode): boolean {
  return definitions.every(
    (definition) =>
      definition.kind !== Kind.OPERATION_DEFINITION ||
      definition.selectionSet.selections.every(
        (selection) => selection.kind === Kind.FIELD && OF_THE_SCHEMA.has(selection.name.value),
      ),
  );
}

/** Refuses kinds of operations that the schema does not have, which GraphQL's own rules leave to the execution. */
export const knownOperationsRule: ValidationRule = (context: ValidationContext) => ({
  OperationDefinition(node) {
    if (!context.getSchema().getRootType(node.operation))
      context.reportError(new GraphQLError(`The schema has no ${node.operation}s.`, { nodes: node }));
  },
});
