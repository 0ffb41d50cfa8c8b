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
        // Empty, it counts as none, and the schema is told without one; anything that is no key would be refused.
        headers: JSON.stringify({ Authorization: '' }, null, 2),
        // A key that was typed in is gone with the page, rather than kept by the browser.
        shouldPersistHeaders: false,
        defaultQuery: FIRST_QUERY,
      }),
    ),
  );
  return page;
}

/** All that the page needs is in itself; the browser is told to load nothing else, and to ask nobody but us. */
export const EXPLORER_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
} as const;

const FIRST_QUERY = `# The book at the upper left is the documentation.
# For data, put a key into the headers below:
# {"Authorization": "Bearer rck_..."}
{
  viewer {
    actor { kind name }
    company { name }
    permissions
  }
  users(first: 10) {
    totalCount
    nodes { userName active teams { displayName } }
  }
}
`;

let page: Promise<string> | null = null;
