import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** What one document may ask for. Costs are rows that may have to be read: page sizes multiply down the tree. */
export const LIMITS = { depth: 14, aliases: 30, directives: 50, rootFields: 20, tokens: 4_000, cost: 25_000 } as const;

/** Fields and fragments that a document may have once its fragments are put in place; the rest of the limits count each fragment once. */
export const MOST_SELECTIONS = 2_000;
const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 50;
/** What lists without a page size count as: short ones as what they usually have, others as the most that they can have. */
const PLAIN_LISTS: ReadonlyMap<string, number> = new Map([
  ...[
    'teams',
    'outerTeams',
    'memberTeams',
    'parentTeams',
    'roles',
    'projects',
    'tokens',
    'ssoConnections',
    'defaultProjects',
    'tolerances',
  ].map((name) => [name, 5] as const),
  ['shutOutUsers', 100],
  ['chain', 100],
  // What a transfer answers with; lists of that name that have pages are weighed by those.
  ['users', 100],
]);
const WRAPPERS = new Set(['nodes', 'edges', 'node', 'pageInfo']);

interface Weight {
  /** At the top of the selection itself. */
  fields: number;
  depth: number;
  aliases: number;
  directives: number;
  cost: number;
}

/**
 * Refuses a document before it runs (LIMIT_EXCEEDED). Weighs each fragment once, whatever it or the operation is called, so that fragments
 * that double at each level cost nothing to refuse; cycles are refused by GraphQL's own rules.
 */
export const limitsRule: ValidationRule = (context: ValidationContext) => ({
  OperationDefinition(operation) {
    const weights = new Map<string, Weight>();
    const weight = weigh(operation.selectionSet, context, weights, new Set());
    const directives = weight.directives + (operation.directives?.length ?? 0);
    const over = (what: string, is: number, most: number) => {
      if (is > most)
        context.reportError(
          new GraphQLError(
            `The document's ${what} is ${Number.isFinite(is) ? is : 'unbounded'}; at most ${most} is allowed.`,
            {
              extensions: { code: 'LIMIT_EXCEEDED' },
            },
          ),
        );
    };
    over('depth', weight.depth, LIMITS.depth);
    over('number of aliases', weight.aliases, LIMITS.aliases);
    over('number of directives', directives, LIMITS.directives);
    over('number of root fields', weight.fields, LIMITS.rootFields);
    over('cost', weight.cost, LIMITS.cost);
  },
});

function weigh(
  set: SelectionSetNode | undefined,
  context: ValidationContext,
  fragments: Map<string, Weight>,
  open: Set<string>,
): Weight {
  const sum: Weight = { fields: 0, depth: 0, aliases: 0, directives: 0, cost: 0 };
  for (const selection of set?.selections ?? []) {
    sum.directives += selection.directives?.length ?? 0;
    if (selection.kind === 'Field') {
      const below = weigh(selection.selectionSet, context, fragments, open);
      const name = selection.name.value;
      const rows = selection.selectionSet && !WRAPPERS.has(name) ? rowsOf(selection, name, context) : 1;
      // Introspection is read from memory: only its depth counts, and it nests by wrapping types.
      const introspects = name.startsWith('__');
      sum.depth = Math.max(sum.depth, introspects ? 1 : below.depth + 1);
      sum.fields += 1;
      sum.aliases += below.aliases + (selection.alias ? 1 : 0);
      sum.directives += below.directives;
      sum.cost += introspects ? 0 : (selection.selectionSet ? rows : 0) + rows * below.cost;
    } else {
      const below =
        selection.kind === 'InlineFragment'
          ? weigh(selection.selectionSet, context, fragments, open)
          : weighFragment(context.getFragment(selection.name.value), context, fragments, open);
      sum.fields += below.fields;
      sum.depth = Math.max(sum.depth, below.depth);
      sum.aliases += below.aliases;
      sum.directives += below.directives;
      sum.cost += below.cost;
    }
  }
  return sum;
}

function weighFragment(
  fragment: FragmentDefinitionNode | null | undefined,
  context: ValidationContext,
  fragments: Map<string, Weight>,
  open: Set<string>,
): Weight {
  const nothing: Weight = { fields: 0, depth: 0, aliases: 0, directives: 0, cost: 0 };
  if (!fragment || open.has(fragment.name.value)) return nothing;
  const known = fragments.get(fragment.name.value);
  if (known) return known;
  open.add(fragment.name.value);
  const weight = weigh(fragment.selectionSet, context, fragments, open);
  open.delete(fragment.name.value);
  fragments.set(fragment.name.value, weight);
  return weight;
}

function rowsOf(field: FieldNode, name: string, context: ValidationContext): number {
  for (const argument of field.arguments ?? []) {
    if (argument.name.value !== 'first' && argument.name.value !== 'last') continue;
    return argument.value.kind === 'IntValue' ? Math.max(1, Number(argument.value.value)) : LARGEST_PAGE;
  }
  const names = namesIn(field.selectionSet, context, new Set());
  if (names.has('nodes') || names.has('edges')) return DEFAULT_PAGE;
  return names.has('totalCount') || names.has('pageInfo') ? 1 : (PLAIN_LISTS.get(name) ?? 1);
}

/** The fields right below, also those that a fragment brings. */
function namesIn(set: SelectionSetNode | undefined, context: ValidationContext, seen: Set<string>): Set<string> {
  const names = new Set<string>();
  for (const selection of set?.selections ?? []) {
    if (selection.kind === 'Field') names.add(selection.name.value);
    else if (selection.kind === 'InlineFragment')
      for (const each of namesIn(selection.selectionSet, context, seen)) names.add(each);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = context.getFragment(selection.name.value);
      for (const each of namesIn(fragment?.selectionSet, context, seen)) names.add(each);
    }
  }
  return names;
}
