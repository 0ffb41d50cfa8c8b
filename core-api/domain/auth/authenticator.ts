import { hash } from 'node:crypto';
import type { CompiledQuery } from 'kysely';
import type { Database } from '#core-api/persistence/database.js';
import type { DirectoryTokenKind } from '#core-api/persistence/entities/directory.js';
import {
  type DirectoryCredential,
  findApiKeyCredential,
  findDirectoryCredential,
  findOperatorCredential,
  touchApiKey,
  touchDirectoryToken,
} from '#core-api/persistence/stores/credentials.js';
import { findSession, touchSession } from '#core-api/persistence/stores/sessions.js';
import type { ActingDirectory, Actor, CompanyActor } from '../actor.js';
import { permissionsOf } from '../directory/token-scopes.js';
import { companySuspended, DomainError, notFound, unauthenticated } from '../errors.js';
import { isId } from '../new-id.js';
import { PERMISSIONS, type Permission } from '../permissions.js';
import { lacking } from '../provisioning/prerequisites.js';
import { requireAllowed } from './allowed-addresses.js';
import { readClientCredentials } from './client-credentials.js';
import { type ReadToken, readToken, type TokenKind } from './secret-token.js';
import { type TokenCache, tokenCacheOf } from './token-cache.js';
import { WrongCredentials } from './wrong-credentials.js';

/** What is known of a request beside its credential. */
interface RequestOrigin {
  requestId: string;
  clientAddress: string | null;
  userAgent: string | null;
}

interface ApiRequestOrigin extends RequestOrigin {
  /** The header Rollcall-Company: an id or a slug. */
  companyHeader: string | null;
}

interface Options {
  /** Hears when noting a last use fails; the request itself goes on. */
  onError?: (error: unknown) => void;
}

const ALL = new Set<Permission>(PERMISSIONS);
const NONE = new Set<Permission>();
/** All that a token of one user can do beside that user: it may know whose it is. */
const WHOSE = new Set<Permission>(['company:read']);
const BEARER = /^Bearer +(\S{1,200}) *$/i;
const LONGEST_AGENT = 255;
/** Which tokens the gateway's callers send, and as what they are stored. */
const AT_THE_GATEWAY: Partial<Record<TokenKind, DirectoryTokenKind>> = {
  directory: 'BEARER',
  client: 'CLIENT',
  access: 'ACCESS',
};

/** Finds out who asks. One per process; each door takes its own kinds of credentials and answers the others as if they were unknown. */
export class Authenticator {
  readonly #cache: TokenCache;
  /** Credentials whose last use is being noted at this moment. */
  readonly #touching = new Set<string>();
  readonly #wrong = new WrongCredentials();

  constructor(
    private readonly db: Database,
    private readonly options: Options = {},
  ) {
    this.#cache = tokenCacheOf(db);
  }

  /**
   * API keys, sessions of front ends and operator keys. In a suspended company an API key or a session keeps its reads only; its other permissions are
   * withheld.
   *
   * @throws UNAUTHENTICATED | NOT_FOUND (a company that an operator named and that is not there, or that is not the API key's own) | TOO_MANY_ATTEMPTS
   */
  async byApiDoor(authorization: string | null, request: ApiRequestOrigin): Promise<Actor> {
    const token = readBearer(authorization);
    if (token?.kind === 'operator') return this.operator(token, request);
    if (token?.kind === 'apiKey') return this.apiKey(token, request);
    const session = token?.kind === 'session' ? await this.bySession(token, request) : null;
    if (session) return session;
    throw unauthenticated();
  }

  /**
   * The session of a cookie's text; null for one that is none, or over, or of a user that is not active.
   *
   * @throws NOT_FOUND (a company was named that is not the session's) | TOO_MANY_ATTEMPTS
   */
  async byCookie(text: string, request: ApiRequestOrigin): Promise<CompanyActor | null> {
    const token = readToken(text);
    return token?.kind === 'session' ? this.bySession(token, request) : null;
  }

  /** As for an API key: in a suspended company the reads remain. */
  private async bySession({ companyId, hash }: ReadToken, request: ApiRequestOrigin): Promise<CompanyActor | null> {
    if (companyId === null) return null;
    const db = this.db.forCompany(companyId);
    const found = await this.lookUp(hash, request, () => db.run(findSession.bind({ companyId, hash })));
    if (!found?.valid) return null;
    requireNamed(request, found);
    const { id, userId, authenticatedAt, isFresh, connectionId, slug } = found;
    if (found.touchDue)
      this.touch({ companyId, id }, touchSession.bind({ companyId, id, address: request.clientAddress }));
    return {
      kind: 'USER',
      id: userId,
      name: found.userName,
      source: 'CONSOLE',
      companyId,
      ...allowed(found),
      directory: null,
      userId,
      session: { id, authenticatedAt, isFresh, connectionId, slug },
      ...originOf(request),
    };
  }

  /**
   * Directory tokens and access tokens; and the secret of an OAuth client, by Basic, which has no permission but to get an access token.
   *
   * @throws UNAUTHENTICATED | ADDRESS_NOT_ALLOWED | COMPANY_SUSPENDED | PLAN_REQUIRED | SSO_REQUIRED | DOMAIN_REQUIRED | DIRECTORY_DISABLED
   */
  async byGatewayDoor(authorization: string | null, request: RequestOrigin): Promise<CompanyActor> {
    const client = authorization === null ? null : readClientCredentials(authorization);
    const found = client
      ? await this.directoryCredential(client.secret, true)
      : (this.cached(authorization) ?? (await this.directoryCredential(readBearer(authorization), false)));
    if (client && client.clientId !== found.id) throw unauthenticated();
    requireAllowed(found.allowedAddresses, request.clientAddress);
    requireProvisioning(found);
    if (found.touchDue) {
      const { clientAddress: address, userAgent } = request;
      const agent = userAgent?.slice(0, LONGEST_AGENT) ?? null;
      this.touch(found, touchDirectoryToken.bind({ companyId: found.companyId, id: found.id, address, agent }));
      // The credential stays in the cache for its second: noted once is enough.
      found.touchDue = false;
    }
    return {
      kind: 'DIRECTORY_TOKEN',
      id: found.id,
      name: found.name,
      source: 'DIRECTORY',
      companyId: found.companyId,
      withheld: NONE,
      ...(client ? { permissions: NONE, directory: null, client: clientOf(found) } : reachOf(found)),
      ...originOf(request),
    };
  }

  /** Of a token that was found within the last second nothing is read but its digest. */
  private cached(authorization: string | null): DirectoryCredential | null {
    const text = textOfBearer(authorization);
    const found = text === undefined ? null : this.#cache.get(hash('sha256', text, 'base64'));
    return found && found.kind !== 'CLIENT' ? found : null;
  }

  /** @throws UNAUTHENTICATED */
  private async directoryCredential(token: ReadToken | null, isClient: boolean): Promise<DirectoryCredential> {
    if (!token || token.companyId === null || (token.kind === 'client') !== isClient) throw unauthenticated();
    const kind = AT_THE_GATEWAY[token.kind];
    const found = kind && (await this.findDirectoryCredential(token.companyId, token.hash));
    if (!found?.valid || found.kind !== kind) throw unauthenticated();
    return found;
  }

  private async findDirectoryCredential(companyId: string, hash: Buffer): Promise<DirectoryCredential | null> {
    const key = hash.toString('base64');
    const cached = this.#cache.get(key);
    if (cached) return cached;
    const { generation } = this.#cache;
    const [found] = await this.db.forCompany(companyId).run(findDirectoryCredential.bind({ companyId, hash }));
    // A token of one user ends with that user, at once and in every process; such tokens are few.
    if (found?.valid && found.userId === null) this.#cache.set(key, found, generation);
    return found ?? null;
  }

  private async apiKey({ companyId, hash }: ReadToken, request: ApiRequestOrigin): Promise<Actor> {
    if (companyId === null) throw unauthenticated();
    const db = this.db.forCompany(companyId);
    const found = await this.lookUp(hash, request, () => db.run(findApiKeyCredential.bind({ companyId, hash })));
    if (!found?.valid) throw unauthenticated();
    requireNamed(request, found);
    if (found.touchDue) this.touch({ companyId, id: found.id }, touchApiKey.bind({ companyId, id: found.id }));
    return {
      kind: 'API_KEY',
      id: found.id,
      name: found.name,
      source: 'API',
      companyId,
      ...allowed(found),
      directory: null,
      userId: found.userId ?? undefined,
      ...originOf(request),
    };
  }

  private async operator({ hash }: ReadToken, request: ApiRequestOrigin): Promise<Actor> {
    const header = request.companyHeader || null;
    const isCompanyId = header !== null && isId(header);
    const named = { companyId: isCompanyId ? header : null, slug: isCompanyId ? null : header };
    const found = await this.lookUp(hash, request, () => this.db.run(findOperatorCredential.bind({ hash, ...named })));
    if (!found) throw unauthenticated();
    if (header !== null && found.companyId === null) throw notFound('Company', header);
    return {
      kind: 'OPERATOR',
      id: found.id,
      name: found.name,
      source: 'API',
      companyId: found.companyId,
      permissions: ALL,
      withheld: NONE,
      directory: null,
      ...originOf(request),
    };
  }

  /** Looks a credential up, unless too many that nobody has came from there. @throws TOO_MANY_ATTEMPTS */
  private async lookUp<Row>(
    hash: Buffer,
    { clientAddress }: RequestOrigin,
    find: () => Promise<Row[]>,
  ): Promise<Row | undefined> {
    const digest = hash.toString('base64');
    this.#wrong.check(clientAddress, digest);
    const [found] = await find();
    if (found) this.#wrong.right(digest);
    else this.#wrong.wrong(clientAddress, digest);
    return found;
  }

  /** Notes the last use without letting the request wait for it. */
  private touch({ companyId, id }: { companyId: string; id: string }, query: CompiledQuery<never>): void {
    if (this.#touching.has(id)) return;
    this.#touching.add(id);
    this.db
      .forCompany(companyId)
      .run(query)
      .catch((error: unknown) => this.options.onError?.(error))
      .finally(() => this.#touching.delete(id));
  }
}

/** Whoever names a company means it: to act in another one instead would be worse than to refuse. @throws NOT_FOUND */
function requireNamed(
  { companyHeader }: ApiRequestOrigin,
  { companyId, slug }: { companyId: string; slug: string },
): void {
  if (companyHeader && companyHeader !== companyId && companyHeader !== slug) throw notFound('Company', companyHeader);
}

/** What a credential may do, and what it may not while its company is suspended. */
function allowed({ permissions, suspended }: { permissions: readonly string[]; suspended: boolean }) {
  const given = PERMISSIONS.filter((each) => permissions.includes(each));
  const isWithheld = (permission: Permission) => suspended && isWriting(permission);
  return {
    permissions: new Set(given.filter((each) => !isWithheld(each))),
    withheld: new Set(given.filter(isWithheld)),
  };
}

/** Null for anything that was never a token of ours; no look into the database is needed for that. */
function readBearer(authorization: string | null): ReadToken | null {
  const text = textOfBearer(authorization);
  return text === undefined ? null : readToken(text);
}

function textOfBearer(authorization: string | null): string | undefined {
  return authorization === null ? undefined : BEARER.exec(authorization)?.[1];
}

function directoryOf(found: DirectoryCredential): ActingDirectory {
  const { directoryId: id, directoryName: name, profile, settings, recordsBodiesUntil } = found;
  return { id, name, profile, settings, recordsBodiesUntil };
}

type Reach = Pick<Actor, 'permissions' | 'boundTo' | 'directory'>;

/** Worked out once for as long as a credential is kept. */
const reaches = new WeakMap<DirectoryCredential, Reach>();

function reachOf(found: DirectoryCredential): Reach {
  const known = reaches.get(found);
  if (known) return known;
  const { scopes, userId } = found;
  const permissions = permissionsOf(scopes);
  const directory = directoryOf(found);
  const reach: Reach =
    userId === null ? { permissions, directory } : { permissions: WHOSE, boundTo: { userId, permissions }, directory };
  reaches.set(found, reach);
  return reach;
}

function clientOf({ scopes, settings, recordsBodiesUntil }: DirectoryCredential): Actor['client'] {
  return { scopes, settings, recordsBodiesUntil };
}

function requireProvisioning(credential: DirectoryCredential): void {
  const { suspended, plan, provisioning, provisioningSuspended, directoryStatus } = credential;
  if (suspended) throw companySuspended();
  if (plan !== 'ENTERPRISE') throw lacking('PLAN_REQUIRED');
  if (!provisioning) throw new DomainError('DIRECTORY_DISABLED', 'Provisioning is switched off for the whole company.');
  if (provisioningSuspended) throw lacking(provisioningSuspended);
  if (directoryStatus !== 'ENABLED') throw new DomainError('DIRECTORY_DISABLED', 'The directory is switched off.');
}

function isWriting(permission: Permission): boolean {
  return permission.endsWith(':write') || permission.endsWith(':assign');
}

function originOf({ requestId, clientAddress, userAgent }: RequestOrigin) {
  return { requestId, clientAddress, userAgent };
}
