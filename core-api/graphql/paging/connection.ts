import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { Page } from '#core-api/domain/paging.js';
import { Optional, Required } from '../fields.js';

@ObjectType('PageInfo', {
  simpleResolvers: true,
  description: 'Where a page of a list begins and ends, and whether there is more.',
})
export class PageInfoType {
  @Required(() => Boolean, 'Whether rows follow the page.')
  hasNextPage!: boolean;
  @Required(() => Boolean, 'Whether rows precede the page.')
  hasPreviousPage!: boolean;
  @Optional(() => String, "The first row's cursor; null on an empty page.")
  startCursor!: string | null;
  @Optional(() => String, "The last row's cursor, for `after` of the next page; null on an empty page.")
  endCursor!: string | null;
}

/** Makes `XEdge`: one row of a list with its cursor. */
export function edgeType<T extends object>(name: string, node: () => ClassType<T>) {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: 'One row of a list, with its place in it.' })
  class Edge {
    @Required(() => String, "The row's place, for `after` and `before`. Opaque.")
    cursor!: string;
    @Required(() => node(), 'The row itself.')
    node!: T;
  }
  return Edge;
}

/** Makes `XConnection`, without `totalCount`: for lists that are too long to be counted. */
export function uncountedConnectionType<T extends object>(
  name: string,
  node: () => ClassType<T>,
  edge: ClassType<object>,
  description: string,
) {
  @ObjectType(`${name}Connection`, { simpleResolvers: true, description })
  class UncountedConnection {
    @Required(() => [edge], "The page's rows, each with its cursor.")
    edges!: object[];
    @Required(() => [node()], "The page's rows alone.")
    nodes!: T[];
    @Required(() => PageInfoType, 'Where the page begins and ends.')
    pageInfo!: PageInfoType;
  }
  return UncountedConnection;
}

/** Makes `XConnection`: one page of a list, Relay's way. */
export function connectionType<T extends object>(
  name: string,
  node: () => ClassType<T>,
  description: string,
  edge: ClassType<object> = edgeType(name, node),
) {
  @ObjectType(`${name}Connection`, { simpleResolvers: true, description })
  class CountedConnection {
    @Required(() => [edge], "The page's rows, each with its cursor.")
    edges!: object[];
    @Required(() => [node()], "The page's rows alone.")
    nodes!: T[];
    @Required(() => PageInfoType, 'Where the page begins and ends.')
    pageInfo!: PageInfoType;
    @Field(() => Int, {
      description: 'How many rows the filter matches, on all pages. Costs as much as the page: ask when it is shown.',
    })
    totalCount!: number;
  }
  return CountedConnection;
}

/** A service's page in the shape of a connection. Edges are made only when they are selected. */
export class Connection<T> {
  readonly nodes: T[];
  readonly totalCount: number;

  constructor(private readonly page: Page<T>) {
    this.nodes = page.nodes;
    this.totalCount = page.totalCount;
  }

  get edges(): { cursor: string; node: T }[] {
    return this.nodes.map((node, i) => ({ cursor: this.page.cursors[i]!, node }));
  }

  get pageInfo(): PageInfoType {
    const { cursors, hasNextPage, hasPreviousPage } = this.page;
    return { hasNextPage, hasPreviousPage, startCursor: cursors.at(0) ?? null, endCursor: cursors.at(-1) ?? null };
  }
}

/** `new Connection` for a promise of a page. */
export async function connectionOf<T>(page: Promise<Page<T>>): Promise<Connection<T>> {
  return new Connection(await page);
}
