/** One answer, read whole. `body` is the parsed JSON, or null when there is none. */
export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are asserted member by member
  body: any;
}

interface Company {
  scimBaseUrl: string;
  scimToken: string;
  graphqlUrl: string;
  apiKey: string;
}

type Extra = { token?: string | null; headers?: Record<string, string>; raw?: string | Buffer };

/** Speaks SCIM as a directory's connector does. `body` is sent as JSON; `extra.raw` sends the bytes as they are. */
export function scimClient({ scimBaseUrl, scimToken }: Pick<Company, 'scimBaseUrl' | 'scimToken'>) {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    { token = scimToken, headers = {}, raw }: Extra = {},
  ) => {
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(scimBaseUrl + path, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(text !== undefined && { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      body: text as string,
    });
    return read(response);
  };
  return {
    call,
    get: (path: string, extra?: Extra) => call('GET', path, undefined, extra),
    post: (path: string, body?: unknown, extra?: Extra) => call('POST', path, body, extra),
    put: (path: string, body?: unknown, extra?: Extra) => call('PUT', path, body, extra),
    delete: (path: string, extra?: Extra) => call('DELETE', path, undefined, extra),
    patch: (path: string, operations: unknown, extra?: Extra) =>
      call(
        'PATCH',
        path,
        { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations },
        extra,
      ),
  };
}

/** Asks GraphQL; `data` and `errors` are in the answer's body. */
export function graphqlClient({ graphqlUrl, apiKey }: Pick<Company, 'graphqlUrl' | 'apiKey'>) {
  return async (query: string, variables: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
    read(
      await fetch(graphqlUrl, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      }),
    );
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}
