import { buildSchema, type DocumentNode, executeSync, type GraphQLResolveInfo, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { below, type Selection, selectionOf } from './selection.js';

const schema = buildSchema(`
  type Query { user: User }
  type User { id: ID, teams: [Team], roles: [Team], friend: User }
  type Team { id: ID, members: [User] }
`);

/** What a resolver of `user` sees selected, as names in brackets. */
function selected(document: DocumentNode, variableValues: Record<string, unknown> = {}): string {
  let seen = '';
  const rootValue = {
    user: (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
      seen = show(selectionOf(info));
      return null;
    },
  };
  const { errors } = executeSync({ schema, document, rootValue, variableValues });
  expect(errors).toBeUndefined();
  return seen;
}

const show = (selection: Selection): string =>
  [...selection].map(([name, child]) => (child.size > 0 ? `${name}{${show(child)}}` : name)).join(' ');

describe('selectionOf', () => {
  it.each([
    ['{ user { id } }', 'id'],
    ['{ user { teams { id } renamed: roles { id } } }', 'teams{id} roles{id}'],
    [
      '{ user { ...F friend { id } } } fragment F on User { id friend { ...G } } fragment G on User { roles { id } }',
      'id friend{roles{id} id}',
    ],
    ['{ user { ... on User { teams { id } } ... { id } } }', 'teams{id} id'],
    ['{ user { id } user { teams { id } } }', 'id teams{id}'],
    ['{ user { id @skip(if: true) teams @include(if: false) { id } roles @include(if: true) { id } } }', 'roles{id}'],
  ])('reads %s', (source, expected) => {
    expect(selected(parse(source))).toBe(expected);
  });

  it('follows the variables of @skip and @include from run to run of one document', () => {
    const document = parse(`query ($a: Boolean!, $b: Boolean!) {
      user { teams @include(if: $a) { members @skip(if: $b) { id } id } id }
    }`);

    expect(selected(document, { a: true, b: false })).toBe('teams{members{id} id} id');
    expect(selected(document, { a: false, b: false })).toBe('id');
    expect(selected(document, { a: true, b: true })).toBe('teams{id} id');
    expect(selected(document, { a: true, b: false })).toBe('teams{members{id} id} id');
  });
});

describe('below', () => {
  it('is empty where the path is not selected', () => {
    const selection = new Map([['nodes', new Map([['id', new Map()]])]]) as Selection;

    expect(below(selection, 'nodes').has('id')).toBe(true);
    expect(below(selection, 'edges', 'node').size).toBe(0);
  });
});
