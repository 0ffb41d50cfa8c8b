import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLNamedType,
  getNamedType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

/** What the core offers, as it is committed: whatever comes to it is asked, too. */
export const SCHEMA = buildSchema(readFileSync(new URL('../../../schema/core.graphql', import.meta.url), 'utf8'));

/** Every query that answers with pages. */
export const CONNECTIONS = Object.values(SCHEMA.getQueryType()!.getFields()).filter(
  (field) => /Connection!?$/.test(String(field.type)) && field.args.some(({ name }) => name === 'after'),
);

/** Everything that can be selected without arguments, two objects deep; secrets and times differ each time. */
export function selectionOf(type: GraphQLNamedType, depth = 3): string {
  if (isLeafType(type) || depth === 0) return '';
  if (!isObjectType(type)) return '{ __typename id }';
  const parts = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument) || /^(secret|hint|digest|edges)$/.test(field.name)) return [];
    const named = getNamedType(field.type);
    if (isLeafType(named)) return [field.name];
    const inner = selectionOf(named, depth - 1);
    return inner === '' ? [] : [`${field.name} ${inner}`];
  });
  return `{ __typename ${parts.join(' ')} }`;
}
