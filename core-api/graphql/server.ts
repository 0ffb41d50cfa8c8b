import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { type DocumentNode, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { RequestContext } from './context.js';
import { LIMITS, limitsRule } from './limits.js';
import { makePlan, type Plan } from './plans.js';
import { toPublicError } from './public-error.js';

/** Plans kept; beyond it the oldest is compiled again when it comes back. */
const MOST_PLANS = 1_000;

interface ServerParts {
  schema: GraphQLSchema;
  introspection: boolean;
  log: Logger;
}

export interface GraphQLRequest {
  method: string;
  headers: Iterable<[string, string]>;
  /** The query string with its `?`, or ''. */
  search: string;
  /** The parsed body; undefined for GET. */
  body: unknown;
  context: RequestContext;
}

export interface GraphQLServer {
  execute(request: GraphQLRequest): Promise<HTTPGraphQLResponse>;
  stop(): Promise<void>;
}

/**
 * Apollo in front of compiled plans: it keeps the document store, validation, CSRF prevention and HTTP's rules; its per-field machinery is
 * left out, because an executor of our own runs the operations.
 */
export async function startGraphQLServer({ schema, introspection, log }: ServerParts): Promise<GraphQLServer> {
  const plans = new Map<DocumentNode, Map<string, Plan>>();
  const planOf = (document: DocumentNode, operationName: string | null | undefined): Plan => {
    let byName = plans.get(document);
    if (!byName) {
      if (plans.size >= MOST_PLANS) plans.delete(plans.keys().next().value as DocumentNode);
      byName = new Map();
      plans.set(document, byName);
    }
    const name = operationName ?? '';
    let plan = byName.get(name);
    if (!plan) {
      plan = makePlan(schema, document, operationName);
      byName.set(name, plan);
    }
    return plan;
  };

  const apollo = new ApolloServer<RequestContext>({
    gateway: {
      onSchemaLoadOrUpdate(callback) {
        callback({ apiSchema: schema, coreSupergraphSdl: '' });
        return () => {};
      },
      async load() {
        return {
          executor: async ({ document, operationName, request, context, response }) => {
            const { requestId } = context as RequestContext;
            const plan = planOf(document, operationName);
            const result = await plan(context, request.variables ?? {});
            if (!result.errors?.length) return result;
            const errors = result.errors.map((error) => toPublicError(error, requestId, log));
            if (response?.http && errors.some((error) => error.extensions?.code === 'DATABASE_UNAVAILABLE')) {
              response.http.status = 503;
              response.http.headers.set('retry-after', '2');
            }
            return { data: result.data, errors: errors.map(carry) };
          },
        };
      },
      async stop() {},
    },
    introspection,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    stopOnTerminationSignals: false,
    validationRules: [limitsRule],
    maxRecursiveSelections: 2_000,
    parseOptions: { maxTokens: LIMITS.tokens },
    logger: { debug() {}, info() {}, warn: (m) => log.warn(m), error: (m) => log.error(m) },
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled()],
    formatError: (formatted, error) => {
      if (error instanceof GraphQLError && error.originalError instanceof PublicError)
        return error.originalError.formatted;
      // Apollo's own refusals: parsing, validation, the HTTP form.
      // A validation rule's own code is behind Apollo's.
      const cause = error instanceof GraphQLError ? error.originalError : null;
      const code = (cause instanceof GraphQLError && cause.extensions.code) || formatted.extensions?.code;
      if (code !== 'INTERNAL_SERVER_ERROR') return { ...formatted, extensions: { code } };
      log.error({ err: error as Error }, 'unforeseen failure');
      return { message: 'Internal error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    },
  });
  await apollo.start();

  return {
    execute({ method, headers, search, body, context }) {
      const map = new HeaderMap();
      for (const [name, value] of headers) map.set(name, value);
      return apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method, headers: map, search, body },
        context: async () => context,
      });
    },
    stop: () => apollo.stop(),
  };
}

/** Takes an error that is already fit for the client past Apollo's own formatting, which hands on what was thrown. */
function carry(formatted: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(formatted.message, { originalError: new PublicError(formatted) });
}

class PublicError extends Error {
  constructor(readonly formatted: GraphQLFormattedError) {
    super(formatted.message);
  }
}
