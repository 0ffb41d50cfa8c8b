import {
  type FieldNode,
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  type GraphQLResolveInfo,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What a resolver is told of the request; graphql-js's and graphql-jit's are alike in these. */
export type SelectionInfo = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments' | 'variableValues'>;

/** The fields that are selected below a field, by their schema names, and what is selected below each. */
export interface Selection extends ReadonlyMap<string, Selection> {}

type Tree = Map<string, Tree>;

/** Documents are kept and run again, so their trees are kept with them: by the field's node, which belongs to one document. */
const constant = new WeakMap<FieldNode, Selection>();
const NOTHING: Selection = new Map();

/**
 * The fields that the client selected below the field being resolved, through fragments, without what `@skip` and `@include` leave out. Fragments
 * on one type of several count as selected: a part that is loaded in vain is better than one that is missing.
 */
export function selectionOf(info: SelectionInfo): Selection {
  const [only] = info.fieldNodes;
  // A field that is selected twice is merged from several nodes, which the first alone does not tell.
  const keepFor = info.fieldNodes.length === 1 ? only : undefined;
  const kept = keepFor && constant.get(keepFor);
  if (kept) return kept;
  const reading = { info, variable: false };
  const tree: Tree = new Map();
  for (const node of info.fieldNodes) collect(node.selectionSet, tree, reading);
  if (keepFor && !reading.variable) constant.set(keepFor, tree);
  return tree;
}

/** What is selected below `path`; nothing where the path itself is not selected. */
export function below(selection: Selection, ...path: string[]): Selection {
  return path.reduce<Selection>((at, name) => at.get(name) ?? NOTHING, selection);
}

interface Reading {
  info: SelectionInfo;
  /** Whether a variable had a say, so that the next run can select otherwise. */
  variable: boolean;
}

function collect(set: SelectionSetNode | undefined, into: Tree, reading: Reading): void {
  for (const selection of set?.selections ?? []) {
    if (!isIncluded(selection, reading)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = selection.name.value;
      let tree = into.get(name);
      if (!tree) {
        tree = new Map();
        into.set(name, tree);
      }
      collect(selection.selectionSet, tree, reading);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, into, reading);
    else collect(reading.info.fragments[selection.name.value]?.selectionSet, into, reading);
  }
}

function isIncluded(node: SelectionNode, reading: Reading): boolean {
  if (!node.directives?.length) return true;
  reading.variable ||= node.directives.some((each) => each.arguments?.some(({ value }) => value.kind === Kind.VARIABLE));
  const { variableValues } = reading.info;
  if (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if !== false;
}
