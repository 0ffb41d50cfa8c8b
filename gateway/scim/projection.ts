import { splitAttrPath } from '#gateway/scim/attr-path.js';
import { invalidValue } from '#gateway/scim/error.js';
import { findAttribute, type ResourceSchema, type SchemaDefinition, urnsOf } from '#gateway/scim/schemas.js';

/**
 * What `attributes` and `excludedAttributes` leave of a resource (RFC 7644 §3.9). `whole`: nothing was asked, and
 * the resource goes out as it is.
 */
export type Projection =
  | { kind: 'whole' }
  | { kind: 'only'; wanted: Selection }
  | { kind: 'without'; unwanted: Selection };

/** Names in lower case, at the top level also URNs; `'all'` is the attribute with everything in it. */
type Selection = Map<string, 'all' | Selection>;

const WHOLE: Projection = { kind: 'whole' };
const ALWAYS_RETURNED = [['schemas'], ['id']];

/**
 * Reads the two parameters: comma-separated names in any case, URNs and sub-attributes included, or the URN of a whole
 * extension. A name that no schema knows is no error. A parameter without a value is absent.
 *
 * @throws invalidValue when both are given.
 */
export function parseProjection(
  attributes: string | null,
  excludedAttributes: string | null,
  schema: ResourceSchema,
): Projection {
  const wanted = attributes?.trim();
  const unwanted = excludedAttributes?.trim();
  if (wanted && unwanted) throw invalidValue('Send attributes or excludedAttributes, not both.');
  if (wanted) {
    const named = keysNamed(wanted, schema, 'never');
    return { kind: 'only', wanted: selection([...ALWAYS_RETURNED, ...keysReturned('always', schema), ...named]) };
  }
  // What never is returned needs no cutting off: the translator has no place to read a password from.
  const unasked = keysReturned('request', schema);
  if (!unwanted && unasked.length === 0) return WHOLE;
  return { kind: 'without', unwanted: selection([...unasked, ...keysNamed(unwanted ?? '', schema, 'always')]) };
}

/** The parts of the resource that the projection leaves. The resource itself is never changed. */
export function project(resource: object, projection: Projection): object {
  switch (projection.kind) {
    case 'whole':
      return resource;
    case 'only':
      return withItsSchemas(cut(resource, projection.wanted, true), resource);
    case 'without':
      return withItsSchemas(cut(resource, projection.unwanted, false), resource);
  }
}

/** `schemas` names what is in the resource: an extension that was cut away is no longer one of them. */
function withItsSchemas(left: object, whole: object): object {
  const { schemas } = left as { schemas?: string[] };
  if (!schemas?.some((urn) => Object.hasOwn(whole, urn) && !Object.hasOwn(left, urn))) return left;
  return { ...left, schemas: schemas.filter((urn) => !Object.hasOwn(whole, urn) || Object.hasOwn(left, urn)) };
}

/** Whether anything of this top-level attribute will be returned; if not, it need not be fetched. */
export function wants(projection: Projection, attribute: string): boolean {
  const name = attribute.toLowerCase();
  switch (projection.kind) {
    case 'whole':
      return true;
    case 'only':
      return projection.wanted.has(name);
    case 'without':
      return projection.unwanted.get(name) !== 'all';
  }
}

/** Where an attribute stands in a resource: its keys from the top, in lower case. */
type Keys = string[];

/** @param unmoved attributes that are returned so (`always`, `never`) are what the parameter cannot change. */
function keysNamed(names: string, schema: ResourceSchema, unmoved: 'always' | 'never'): Keys[] {
  const urns = urnsOf(schema);
  return names.split(',').flatMap((name) => {
    const path = splitAttrPath(name.trim(), 1, urns);
    if (!path) return [];
    if (path.urn !== null && path.name === '') return keysOfSchema(path.urn, schema, unmoved);

    const found = findAttribute(schema, path.urn, path.name, path.sub);
    // A name outside the schema may still be one that the directory's profile adds to its answers.
    if (!found) return path.urn === null ? [keys(path.name, path.sub)] : [];
    const { extension, attribute, sub } = found;
    if (attribute.returned === unmoved || sub?.returned === unmoved) return [];
    return [keys(extension, attribute.name, sub?.name)];
  });
}

/** All of an extension is one member of the resource; all of the core schema is many. */
function keysOfSchema(urn: string, { core }: ResourceSchema, unmoved: 'always' | 'never'): Keys[] {
  if (urn.toLowerCase() !== core.id.toLowerCase()) return [keys(urn)];
  return core.attributes.filter(({ returned }) => returned !== unmoved).map(({ name }) => keys(name));
}

function keysReturned(returned: 'always' | 'request', { core, extensions }: ResourceSchema): Keys[] {
  const keysIn = ({ attributes }: SchemaDefinition, urn: string | null) =>
    attributes.filter((attribute) => attribute.returned === returned).map(({ name }) => keys(urn, name));
  return [...keysIn(core, null), ...extensions.flatMap((extension) => keysIn(extension, extension.id))];
}

function keys(...names: (string | null | undefined)[]): Keys {
  return names.filter((name) => name != null).map((name) => name.toLowerCase());
}

function selection(all: Keys[]): Selection {
  const root: Selection = new Map();
  for (const path of all) select(root, path);
  return root;
}

function select(into: Selection, [key, ...rest]: Keys): void {
  if (key === undefined) return;
  const present = into.get(key);
  if (rest.length === 0 || present === 'all') {
    into.set(key, 'all');
    return;
  }
  const below: Selection = present ?? new Map();
  into.set(key, below);
  select(below, rest);
}

/** A copy of the object with only the selected parts, or without them. */
function cut(resource: object, selected: Selection, keep: boolean): object {
  const entries = Object.entries(resource).flatMap(([key, value]): [string, unknown][] => {
    const part = selected.get(key.toLowerCase());
    if (part === undefined || part === 'all') return (part === 'all') === keep ? [[key, value]] : [];
    const rest = cutValue(value, part, keep);
    return rest === undefined ? [] : [[key, rest]];
  });
  return Object.fromEntries(entries);
}

/** Cuts an object, or each one of an array; undefined when nothing is left (empty is unassigned, RFC 7643 §2.5). */
function cutValue(value: unknown, selected: Selection, keep: boolean): unknown {
  if (Array.isArray(value)) {
    const elements = value.map((element) => cutValue(element, selected, keep)).filter((rest) => rest !== undefined);
    return elements.length > 0 ? elements : undefined;
  }
  if (typeof value !== 'object' || value === null) return keep ? undefined : value;
  const rest = cut(value, selected, keep);
  return Object.keys(rest).length > 0 ? rest : undefined;
}
