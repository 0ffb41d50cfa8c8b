import { costOfBulk, postBulk } from '#gateway/routes/bulk.js';
import * as discovery from '#gateway/routes/discovery.js';
import type { Handler } from '#gateway/routes/exchange.js';
import * as groups from '#gateway/routes/groups.js';
import { searchIn } from '#gateway/routes/search.js';
import * as users from '#gateway/routes/users.js';
import { listUsersAndGroups } from '#gateway/routes/users-and-groups.js';
import { MOST_BULK_BYTES } from '#gateway/scim/bulk.js';
import { methodNotAllowed, ScimError } from '#gateway/scim/error.js';

export interface Route {
  methods: Methods;
  /** What a failure of the core is about; null in discovery. */
  resourceType: 'User' | 'Group' | null;
  /** The company of `/companies/{slug}/…`; null when the path names none. */
  companySlug: string | null;
  /** Whether a slash follows, which makes another address of it (RFC 3986 §6.2.3). */
  endsWithSlash: boolean;
  /** '' on a collection. */
  id: string;
  /** The largest body it reads. */
  maxBytes: number;
  tokens: Tokens;
  /** Says what the profile is right now, so a profile that was read a moment ago will not do. */
  readsProfile: boolean;
  /** How many requests more this one counts as, for the rate. */
  costOf?: (body: unknown) => number;
}

type Methods = Readonly<Record<string, Handler>>;

/** Whose tokens get an answer: those of a directory, those that are bound to one user (`/Me`, RFC 7644 §3.11), or both. */
type Tokens = 'DIRECTORY' | 'USER' | 'BOTH';

interface Endpoint {
  resourceType: Route['resourceType'];
  collection: Methods;
  /** At `/.search` below it. */
  search?: Methods;
  item: Methods;
  maxBytes: number;
  tokens: Tokens;
  readsProfile?: true;
  costOf?: Route['costOf'];
}

const MEGABYTE = 1024 * 1024;

const ONE_USER: Methods = {
  GET: users.getUser,
  PUT: users.replaceUser,
  PATCH: users.patchUser,
  DELETE: users.deleteUser,
};

export const ENDPOINTS = new Map<string, Endpoint>([
  [
    '',
    {
      resourceType: null,
      collection: { GET: listUsersAndGroups },
      search: { POST: searchIn(listUsersAndGroups) },
      item: {},
      maxBytes: MEGABYTE,
      tokens: 'DIRECTORY',
    },
  ],
  [
    'Users',
    {
      resourceType: 'User',
      collection: { GET: users.listUsers, POST: users.createUser },
      search: { POST: searchIn(users.listUsers) },
      item: ONE_USER,
      maxBytes: MEGABYTE,
      tokens: 'DIRECTORY',
    },
  ],
  [
    'Groups',
    {
      resourceType: 'Group',
      collection: { GET: groups.listGroups, POST: groups.createGroup },
      search: { POST: searchIn(groups.listGroups) },
      item: { GET: groups.getGroup, PUT: groups.replaceGroup, PATCH: groups.patchGroup, DELETE: groups.deleteGroup },
      // Okta's wizard apps PUT whole groups: 70,000 members are 13 MB.
      maxBytes: 16 * MEGABYTE,
      tokens: 'DIRECTORY',
    },
  ],
  // No POST: the user that a token is bound to is there.
  ['Me', { resourceType: 'User', collection: ONE_USER, item: {}, maxBytes: MEGABYTE, tokens: 'USER' }],
  [
    'Bulk',
    {
      resourceType: null,
      collection: { POST: postBulk },
      item: {},
      maxBytes: MOST_BULK_BYTES,
      tokens: 'DIRECTORY',
      costOf: costOfBulk,
    },
  ],
  ['ServiceProviderConfig', discoveryEndpoint({ GET: discovery.getServiceProviderConfig }, {})],
  ['Schemas', discoveryEndpoint({ GET: discovery.listSchemas }, { GET: discovery.getSchema })],
  ['ResourceTypes', discoveryEndpoint({ GET: discovery.listResourceTypes }, { GET: discovery.getResourceType })],
]);

function discoveryEndpoint(collection: Methods, item: Methods): Endpoint {
  return { resourceType: null, collection, item, maxBytes: MEGABYTE, tokens: 'BOTH', readsProfile: true };
}

/**
 * Finds what is at an address.
 *
 * @param path what follows `/scim/v2`, without the query, still with its percent escapes.
 * @throws 404
 */
export function findRoute(path: string): Route {
  const segments = segmentsOf(path);
  const companySlug = segments[0] === 'companies' && segments.length > 1 ? segments[1]! : null;
  const isSearch = segments.at(-1) === '.search';
  const [name = '', id = '', ...rest] = segments.slice(companySlug === null ? 0 : 2, isSearch ? -1 : undefined);
  const endpoint = ENDPOINTS.get(name);
  const methods = isSearch ? id === '' && endpoint?.search : id === '' ? endpoint?.collection : endpoint?.item;
  if (!endpoint || !methods || rest.length > 0 || Object.keys(methods).length === 0) throw noSuchAddress();

  const { resourceType, tokens, readsProfile = false, costOf } = endpoint;
  const maxBytes = isSearch ? MEGABYTE : endpoint.maxBytes;
  return {
    methods,
    resourceType,
    companySlug,
    endsWithSlash: path.endsWith('/'),
    id,
    maxBytes,
    tokens,
    readsProfile,
    ...(costOf && { costOf }),
  };
}

/** HEAD is answered by whoever answers GET. Nothing but the method of the request itself counts: headers that name another are not read. */
export function handlerOf(methods: Methods, method: string): Handler {
  const handler = methods[method === 'HEAD' ? 'GET' : method];
  if (!handler) throw methodNotAllowed(method, allowedMethods(methods));
  return handler;
}

/** For the header Allow. */
export function allowedMethods(methods: Methods): string[] {
  const own = Object.keys(methods).flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : [each]));
  return [...own, 'OPTIONS'];
}

export function noSuchAddress(): ScimError {
  return new ScimError(404, null, 'There is nothing at this address.');
}

/** One slash at the end is tolerated (`/Users/?filter=…`). Each part is decoded by itself, so `%2F` parts nothing. */
function segmentsOf(path: string): string[] {
  const parts = path.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  const segments = parts.map(decode);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (segments.some((segment) => segment === '' || /[\0-\x1f\x7f]/.test(segment))) throw noSuchAddress();
  return segments;
}

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    throw noSuchAddress();
  }
}
