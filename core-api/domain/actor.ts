import type { DirectorySettings } from '#core-api/persistence/entities/directory.js';
import type { ChangeAuthor } from '#core-api/persistence/rows.js';
import type { DirectoryProfile } from '#schema/profile.js';
import { companySuspended, DomainError, forbidden } from './errors.js';
import { NIL_ID } from './new-id.js';
import { PERMISSIONS, type Permission } from './permissions.js';

/** Where a change came from, as the change log names it. `DIRECTORY` is shown as SCIM. */
export type ChangeSource = 'DIRECTORY' | 'API' | 'CONSOLE' | 'SSO' | 'SYSTEM';
export type ActorKind = 'OPERATOR' | 'API_KEY' | 'DIRECTORY_TOKEN' | 'USER' | 'VISITOR' | 'SYSTEM';

/** The directory behind a directory token, with the profile that was in force when the token was read (at most 1 s old). */
export interface ActingDirectory {
  readonly id: string;
  readonly name: string;
  readonly profile: DirectoryProfile;
  readonly settings: DirectorySettings;
  /** The request log keeps all bodies until then; null: only what the settings say. ISO 8601. */
  readonly recordsBodiesUntil: string | null;
}

/** An OAuth client that showed its secret: good for an access token of these scopes, and for nothing else. */
interface ActingClient {
  readonly scopes: readonly string[];
  /** As of `ActingDirectory`. */
  readonly settings: DirectorySettings;
  readonly recordsBodiesUntil: string | null;
}

/** A session of a person. */
interface ActingSession {
  readonly id: string;
  /** ISO 8601. */
  readonly authenticatedAt: string;
  /** Whether that was within the last quarter of an hour. */
  readonly isFresh: boolean;
  /** The SSO connection that it was begun by; null without one. */
  readonly connectionId: string | null;
  /** Of the company, for its own sign-in page. */
  readonly slug: string;
}

/** The one user that a token is good for, and what it may do there. */
interface OneUser {
  readonly userId: string;
  readonly permissions: ReadonlySet<Permission>;
}

/** Who asks, for which company, and how the request can be found again. Made once a request by `Authenticator`. */
export interface Actor {
  readonly kind: ActorKind;
  /** The API key's, token's or operator key's id, of an access token its client's; the user's for USER; the nil UUID for SYSTEM and VISITOR. */
  readonly id: string;
  readonly name: string;
  readonly source: ChangeSource;
  /** Null only for an operator that named no company. */
  readonly companyId: string | null;
  readonly permissions: ReadonlySet<Permission>;
  /** What the credential was given, and lacks only for as long as the company is suspended. */
  readonly withheld: ReadonlySet<Permission>;
  /** Set for DIRECTORY_TOKEN only, and not for an OAuth client that showed its secret. */
  readonly directory: ActingDirectory | null;
  /** Set for an OAuth client that showed its secret, which has no permission; not for its access tokens. */
  readonly client?: ActingClient;
  /** The user behind a session or a personal API key. */
  readonly userId?: string;
  /** Set for USER, once signed in. */
  readonly session?: ActingSession;
  /** Set for a token that is bound to one user: whatever is done to others needs permissions that it does not have. */
  readonly boundTo?: OneUser;
  readonly requestId: string | null;
  readonly clientAddress: string | null;
  readonly userAgent: string | null;
}

/** An actor that acts within one company: what every service of tenant rows takes. */
export interface CompanyActor extends Actor {
  readonly companyId: string;
}

/** The platform itself (bootstrap, jobs), acting within `companyId` with every right. */
export function systemActor(companyId: string, permissions: Iterable<Permission>, name = 'rollcall'): CompanyActor {
  return {
    kind: 'SYSTEM',
    id: NIL_ID,
    name,
    source: 'SYSTEM',
    companyId,
    permissions: new Set(permissions),
    withheld: new Set(),
    directory: null,
    requestId: null,
    clientAddress: null,
    userAgent: null,
  };
}

/** @throws INVALID_VALUE for an operator that named no company. */
export function inCompany(actor: Actor): CompanyActor {
  if (actor.companyId === null)
    throw new DomainError(
      'INVALID_VALUE',
      'An operator names the company it acts for in the header Rollcall-Company.',
      {
        field: 'Rollcall-Company',
      },
    );
  return actor as CompanyActor;
}

type Rights = Pick<Actor, 'permissions' | 'withheld' | 'boundTo'>;

/** @throws FORBIDDEN, naming the permission | COMPANY_SUSPENDED, when it is only withheld. */
export function requirePermission({ permissions, withheld, boundTo }: Rights, permission: Permission): void {
  if (permissions.has(permission)) return;
  if (withheld.has(permission)) throw companySuspended();
  if (boundTo) throw forbidden('This token is good for one user, and for nothing else.');
  throw forbidden(`This needs the permission ${permission}.`);
}

/** For what is done to one user; null: to any. @throws as `requirePermission` */
export function requirePermissionOn(actor: Actor, userId: string | null, permission: Permission): void {
  const { boundTo, withheld } = actor;
  const isItsUser = boundTo !== undefined && boundTo.userId === userId;
  requirePermission(isItsUser ? { permissions: boundTo.permissions, withheld } : actor, permission);
}

/** Who holds every permission is an owner, or acts for one. */
export function isOwner({ permissions }: Pick<Actor, 'permissions'>): boolean {
  return PERMISSIONS.every((each) => permissions.has(each));
}

/** @throws FORBIDDEN | COMPANY_SUSPENDED, when some are only withheld. */
export function requireOwner({ permissions, withheld }: Actor): void {
  if (isOwner({ permissions })) return;
  if (isOwner({ permissions: new Set([...permissions, ...withheld]) })) throw companySuspended();
  throw forbidden('Only an owner may do this: it needs every permission.');
}

/** @throws FORBIDDEN for everyone but an operator. */
export function requireOperator(actor: Actor): void {
  if (actor.kind !== 'OPERATOR' && actor.kind !== 'SYSTEM')
    throw forbidden('Only an operator of the platform may do this.');
}

function credentialOf({ kind, id, session }: Actor): string | null {
  if (kind === 'USER') return session?.id ?? null;
  return kind === 'SYSTEM' || kind === 'VISITOR' ? null : id;
}

/** What an actor is called in rows that stay: of a person only which one, since what is sealed into the log no erasure could take out again. */
export function keptNameOf({ kind, id, name }: Pick<Actor, 'kind' | 'id' | 'name'>): string {
  return kind === 'USER' ? `user ${id}` : name;
}

/** The actor as the change log keeps it. */
export function authorOf(actor: CompanyActor): ChangeAuthor {
  return {
    companyId: actor.companyId,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: keptNameOf(actor),
    source: actor.source,
    credentialId: credentialOf(actor),
    requestId: actor.requestId,
  };
}
