import { ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { type DocumentNode, type ExecutionResult, GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import type { Logger } from 'pino';
import { unauthenticated } from '#core-api/domain/errors.js';
import { carry, formatOfApollo, refusalOf } from './apollo-errors.js';
import type { RequestContext } from './context.js';
import { asksOnlyForTheSchema, knownOperationsRule } from './documents.js';
import { LIMITS, limitsRule, MOST_SELECTIONS } from './limits.js';
import { makePlan, type Plan } from './plans.js';
import { toPublicError } from './public-error.js';

/** Plans kept; beyond it the oldest is compiled again when it comes back. */
const MOST_PLANS = 1_000;
/** Faults of a document that are told at once. */
const MOST_ERRORS = 20;

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
  requestId: string;
  /** Null for a request without a credential, which is told the schema and nothing else. */
  context: RequestContext | null;
}

/** What Apollo read of the body or the query string. */
interface Asked {
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

type ApolloContext = Pick<GraphQLRequest, 'requestId' | 'context'>;

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
    const operation = getOperationAST(document, operationName);
    if (!operation) throw badRequest(operationName ? NO_SUCH_OPERATION : SEVERAL_OPERATIONS);
    let byName = plans.get(document);
    if (!byName) {
      if (plans.size >= MOST_PLANS) plans.delete(plans.keys().next().value as DocumentNode);
      byName = new Map();
      plans.set(document, byName);
    }
    const name = operation.name?.value ?? '';
    let plan = byName.get(name);
    if (!plan) {
      plan = makePlan(schema, document, { operationName: name, hideSuggestions: !introspection });
      byName.set(name, plan);
    }
    return plan;
  };

  const execute = async (
    document: DocumentNode,
    { operationName, variables }: Asked,
    context: RequestContext | null,
  ): Promise<ExecutionResult> => {
    if (!context && !asksOnlyForTheSchema(document)) throw unauthenticated();
    return planOf(document, operationName)(context, variables ?? {});
  };

  const apollo = new ApolloServer<ApolloContext>({
    gateway: {
      onSchemaLoadOrUpdate(callback) {
        callback({ apiSchema: schema, coreSupergraphSdl: '' });
        return () => {};
      },
      async load() {
        return {
          executor: async (run) => {
            const { requestId, context } = run.context as ApolloContext;
            const result = await execute(run.document, run.request, context).catch((error: Error) => ({
              data: undefined,
              errors: [error],
            }));
            const errors = result.errors?.map((error) =>
              carry(toPublicError(error, requestId, log), run.response?.http?.headers),
            );
            return errors?.length ? { data: result.data, errors } : { data: result.data };
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
    validationRules: [knownOperationsRule, limitsRule],
    validationOptions: { maxErrors: MOST_ERRORS },
    maxRecursiveSelections: MOST_SELECTIONS,
    parseOptions: { maxTokens: LIMITS.tokens },
    logger: { debug() {}, info() {}, warn: (m) => log.warn(m), error: (m) => log.error(m) },
    plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled()],
    formatError: (formatted, error) => formatOfApollo(formatted, error, log),
  });
  await apollo.start();

  return {
    async execute({ method, headers, search, body, requestId, context }) {
      const map = new HeaderMap();
      for (const [name, value] of headers) map.set(name, value);
      const answer = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method, headers: map, search, body },
        context: async () => ({ requestId, context }),
      });
      return (answer.status ?? 200) < 400 ? answer : refusalOf(answer, requestId);
    },
    stop: () => apollo.stop(),
  };
}

const NO_SUCH_OPERATION = 'The document has no operation of the name that `operationName` gives.';
const SEVERAL_OPERATIONS = 'The document has not one operation but none or several; `operationName` says which to run.';
const badRequest = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
