/**
 * The explorer at `GET /graphql`, for development: GraphiQL, whole in one page from the installed package, so that it works without a
 * content delivery network. The page weighs 9 MB, and is made when it is first asked for.
 */
export function explorerPage(): Promise<string> {
  page ??= import('@graphql-yoga/render-graphiql').then(({ renderGraphiQL }) =>
    String(
      renderGraphiQL({
        title: 'Rollcall GraphQL',
        endpoint: '/graphql',
        headers: JSON.stringify({ Authorization: 'Bearer rck_…' }, null, 2),
        defaultQuery:
          '# Put an API key into the headers below, then run this.\n{\n  viewer {\n    company { name }\n    permissions\n  }\n  users(first: 10) {\n    totalCount\n    nodes { userName active teams { displayName } }\n  }\n}\n',
      }),
    ),
  );
  return page;
}

let page: Promise<string> | null = null;
