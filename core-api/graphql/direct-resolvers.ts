import { type GraphQLFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import type { RequestContext } from './context.js';

type Resolve = GraphQLFieldResolver<unknown, RequestContext, Record<string, unknown>>;
type Storage = ReturnType<typeof getMetadataStorage>;
type Parameter = Storage['params'][number];
type Handler = Pick<Storage['queries'][number], 'target' | 'methodName' | 'schemaName'>;

/**
 * Lets every field call its resolver's method itself. type-graphql's own way copies each argument into instances of its input classes, walking all
 * their fields (12 us a write, 2.3 ms for a filter of 200 terms), and awaits each; services take plain objects.
 */
export function resolveDirectly(schema: GraphQLSchema): void {
  const storage = getMetadataStorage();
  const instances = new Map<object, object>();
  const direct = (typeName: string, handler: Handler) => {
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[handler.schemaName] : undefined;
    if (!field) throw new Error(`There is no field ${typeName}.${handler.schemaName}.`);
    let instance = instances.get(handler.target);
    if (!instance) {
      instance = Reflect.construct(handler.target, []) as object;
      instances.set(handler.target, instance);
    }
    field.resolve = resolverOf(instance, handler, storage.params);
  };
  for (const query of storage.queries) direct('Query', query);
  for (const mutation of storage.mutations) direct('Mutation', mutation);
  for (const handler of storage.fieldResolvers) {
    const shown = storage.resolverClasses.find(({ target }) => target === handler.target)?.getObjectType();
    const type = storage.objectTypes.find(({ target }) => target === shown);
    if (type) direct(type.name, handler);
  }
}

function resolverOf(instance: object, { target, methodName }: Handler, all: readonly Parameter[]): Resolve {
  const method = (instance as Record<string, (...values: unknown[]) => unknown>)[methodName]!;
  const parameters = all
    .filter((each) => each.target === target && each.methodName === methodName)
    .sort((a, b) => a.index - b.index);
  return (root, args, context, info) =>
    method.apply(
      instance,
      parameters.map((parameter) => {
        switch (parameter.kind) {
          case 'root':
            return root;
          case 'arg':
            return args[parameter.name];
          case 'args':
            return args;
          case 'context':
            return context;
          case 'info':
            return info;
          default:
            throw new Error(`${methodName}: a parameter of kind ${parameter.kind} has no value here.`);
        }
      }),
    );
}
