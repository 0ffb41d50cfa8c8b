import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  parse,
  print,
} from 'graphql';
import { newId } from '#core-api/domain/new-id.js';

export interface LeastOperation {
  document: DocumentNode;
  text: string;
  variables: Record<string, unknown>;
}

/** The shortest operation that calls the field with everything that it requires, made of the schema. */
export function leastOperation(kind: 'query' | 'mutation', field: GraphQLField<unknown, unknown>): LeastOperation {
  const needed = field.args.filter((arg) => isNonNullType(arg.type));
  const declared = needed.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const args = needed.map(({ name }) => `${name}: $${name}`).join(', ');
  const inBrackets = (text: string) => text && `(${text})`;
  const selection = isLeafType(getNamedType(field.type)) ? '' : '{ __typename }';
  const document = parse(`${kind} ${inBrackets(declared)} { ${field.name}${inBrackets(args)} ${selection} }`);
  const variables = Object.fromEntries(needed.map(({ name, type }) => [name, leastValue(type)]));
  return { document, text: print(document), variables };
}

/** The least value that the type takes. */
function leastValue(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return leastValue(type.ofType);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return { Int: 1, Float: 1, Boolean: true, ID: newId() }[type.name] ?? 'text';
  const fields = Object.values(type.getFields()).filter(
    (field, i) => isRequiredInputField(field) || (type.isOneOf && i === 0),
  );
  return Object.fromEntries(fields.map((field) => [field.name, leastValue(field.type)]));
}
