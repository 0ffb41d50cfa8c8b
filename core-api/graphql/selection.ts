import {
  type FieldNode,
  GraphQLIncludeDirective,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a resolver is told of the request; graphql-js's and graphql-jit's are alike in these. */
export type SelectionInfo = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues'>;

/** The fields that are selected below a field, by their schema names, and what is selected below each. */
export interface Selection extends ReadonlyMap<string, Selection> {}

type Tree = Map<string, Tree>;

/** The selections of one field, by the values of the variables that its directives name. */
interface Kept {
  variables: readonly string[];
  selections: Map<string, Selection>;
}

/** Documents are kept and run again, so what was read of them is kept with them: by the field's node, which belongs to one document. */
const kept = new WeakMap<FieldNode, Kept>();
/** Above this number of variables the combinations are too many to keep. */
const MOST_VARIABLES = 4;
const NOTHING: Selection = new Map();

/**
 * The fields that the client selected below the field being resolved, through fragments, without what `@skip` and `@include` leave out. Fragments
 * on one type of several count as selected: a part that is loaded in vain is better than one that is missing.
 */
export function selectionOf(info: SelectionInfo): Selection {
  const [only] = info.fieldNodes;
  // A field that is selected twice is merged from several nodes, which the first alone does not tell.
  if (!only || info.fieldNodes.length > 1) return read(info, new Set());
  let known = kept.get(only);
  const found = known?.selections.get(keyOf(known, info));
  if (found) return found;
  const variables = new Set<string>();
  const selection = read(info, variables);
  if (!known) {
    known = { variables: [...variables], selections: new Map() };
    kept.set(only, known);
  }
  if (known.variables.length <= MOST_VARIABLES) known.selections.set(keyOf(known, info), selection);
  return selection;
}

/** What is selected below `path`; nothing where the path itself is not selected. */
export function below(selection: Selection, ...path: string[]): Selection {
  return path.reduce<Selection>((at, name) => at.get(name) ?? NOTHING, selection);
}

function keyOf({ variables }: Kept, { variableValues }: SelectionInfo): string {
  return variables.map((name) => variableValues[name]).join();
}

/** @param variables is filled with the names of all variables in directives, also in parts that they leave out. */
function read(info: SelectionInfo, variables: Set<string>): Selection {
  const tree: Tree = new Map();
  for (const node of info.fieldNodes) collect(node.selectionSet, tree, info, variables);
  return tree;
}

function collect(set: SelectionSetNode | undefined, tree: Tree, info: SelectionInfo, variables: Set<string>): void {
  for (const selection of set?.selections ?? []) {
    const into: Tree = isIncluded(selection, info, variables) ? tree : new Map();
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      let child = into.get(name);
      if (!child) {
        child = new Map();
        into.set(name, child);
      }
      collect(selection.selectionSet, child, info, variables);
    } else {
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : info.fragments[selection.name.value];
      collect(fragment?.selectionSet, into, info, variables);
    }
  }
}

function isIncluded(node: SelectionNode, { variableValues }: SelectionInfo, variables: Set<string>): boolean {
  if (!node.directives?.length) return true;
  for (const { arguments: given } of node.directives)
    for (const { value } of given ?? []) if (value.kind === Kind.VARIABLE) variables.add(value.name.value);
  if (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if !== false;
}
