import { Resolver } from 'node:dns';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { addressBlock } from '#core-api/domain/address-set.js';
import type { Pooler } from '#core-api/persistence/database.js';
import { KeyRing, KeyRingError } from '#core-api/persistence/keyring.js';
import { StartError } from '#core-api/start-error.js';
import { type Environment, type LogLevel, SettingError, SettingsReader } from '#schema/settings.js';

/** What the environment says about core-api, checked and complete. */
export interface CoreConfig {
  /** 0: a free one. */
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  /** null: as `databaseUrl`. */
  readonly databaseOwnerUrl: string | null;
  /** Without a slash at its end. Still with port 0 when `port` is: the listener knows better (`localUrl`). */
  readonly publicUrl: string;
  /** null: generated in the data folder. */
  readonly keys: KeyRing | null;
  /** null: the gateway's door stays shut, unless both run in one process. */
  readonly gatewayKey: string | null;
  readonly allowedOrigins: readonly string[];
  /** What requests to customers' addresses may reach although it is not public, as `addressBlock` writes it. */
  readonly outboundAllow: readonly string[];
  /** Whose word for where a request comes from is taken. */
  readonly trustedProxies: readonly string[];
  readonly introspection: boolean;
  readonly production: boolean;
  readonly logLevel: LogLevel;
  readonly poolSize: number;
  /** What stands before the database of `databaseUrl`. */
  readonly pooler: Pooler;
  /** Whether tenant tables shall have row-level security; null: as they are. */
  readonly rowSecurity: boolean | null;
  /** Whether a PostgreSQL that lacks known fixes is refused. */
  readonly requirePatchedPostgres: boolean;
  /** Whom to ask about verified domains; none: the servers of the system. */
  readonly dnsServers: readonly string[];
  /** Both are set, or none. */
  readonly mail: { readonly smtpUrl: string | null; readonly from: string | null };
  /** Whether this process follows the change log and cleans up. */
  readonly jobs: boolean;
  /** How long a stop waits for requests under way. */
  readonly shutdownSeconds: number;
}

const LOOPBACK = ['127.0.0.0/8', '::1'];
const ROW_SECURITY = { on: true, off: false, 'as it is': null } as const;

/** @throws StartError that names the variable */
export function loadCoreConfig(env: Environment): CoreConfig {
  try {
    return readCoreConfig(env);
  } catch (error) {
    throw error instanceof SettingError ? new StartError(error.message) : error;
  }
}

function readCoreConfig(env: Environment): CoreConfig {
  const settings = new SettingsReader(env, (path) => readFileSync(path, 'utf8'));
  const port = settings.integer('PORT', 0, 65_535);
  const host = settings.host();
  const production = env.NODE_ENV === 'production';
  const databaseUrl = settings.text('DATABASE_URL');
  const databaseOwnerUrl = settings.text('DATABASE_OWNER_URL');
  if (databaseOwnerUrl && !databaseUrl) {
    throw new SettingError('DATABASE_OWNER_URL is set without DATABASE_URL: set both, or neither.');
  }
  return Object.freeze({
    port,
    host,
    dataDir: resolve(settings.text('ROLLCALL_DATA_DIR') ?? '.data'),
    databaseUrl,
    databaseOwnerUrl,
    publicUrl: settings.publicUrl(host, port),
    keys: keysFrom(settings.text('ROLLCALL_KEYS')),
    gatewayKey: settings.gatewayKey(),
    allowedOrigins: Object.freeze(settings.list('ROLLCALL_ALLOWED_ORIGINS').map(exactOrigin)),
    outboundAllow: Object.freeze(outboundAllow(settings, production)),
    trustedProxies: Object.freeze(settings.trustedProxies()),
    introspection: (settings.oneOf('ROLLCALL_INTROSPECTION', ['on', 'off']) ?? (production ? 'off' : 'on')) === 'on',
    production,
    logLevel: settings.logLevel(),
    poolSize: settings.integer('ROLLCALL_POOL_SIZE', 2, 500),
    pooler: settings.oneOf('ROLLCALL_POOLER', ['none', 'prepared', 'unprepared']) ?? 'none',
    rowSecurity: ROW_SECURITY[settings.oneOf('ROLLCALL_ROW_SECURITY', ['on', 'off']) ?? 'as it is'],
    requirePatchedPostgres: settings.oneOf('REQUIRE_PATCHED_PG', ['0', '1']) === '1',
    dnsServers: Object.freeze(settings.list('ROLLCALL_DNS_SERVERS').map(dnsServer)),
    mail: Object.freeze(mailSettings(settings)),
    jobs: settings.oneOf('ROLLCALL_JOBS', ['on', 'off']) !== 'off',
    shutdownSeconds: 10,
  });
}

function outboundAllow(settings: SettingsReader, production: boolean): string[] {
  if (settings.text('ROLLCALL_OUTBOUND_ALLOW') === null) return production ? [] : LOOPBACK;
  return settings.list('ROLLCALL_OUTBOUND_ALLOW').map((text) => {
    const block = addressBlock(text);
    if (block !== null) return block;
    throw new SettingError(
      `ROLLCALL_OUTBOUND_ALLOW lists addresses and ranges like 10.0.0.0/8 or fd00::/8, and "${text}" is none.`,
    );
  });
}

const MAILBOX = /^(?:[^<>\p{C}]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/u;

function mailSettings(settings: SettingsReader): CoreConfig['mail'] {
  const smtpUrl = settings.text('ROLLCALL_SMTP_URL');
  const from = settings.text('ROLLCALL_MAIL_FROM');
  if ((smtpUrl === null) !== (from === null))
    throw new SettingError('ROLLCALL_SMTP_URL and ROLLCALL_MAIL_FROM belong together: set both, or neither.');
  if (smtpUrl !== null && !(URL.canParse(smtpUrl) && /^smtps?:$/.test(new URL(smtpUrl).protocol)))
    throw new SettingError('ROLLCALL_SMTP_URL must be an address like smtps://user:password@mail.example.com.');
  if (from !== null && !MAILBOX.test(from))
    throw new SettingError(`ROLLCALL_MAIL_FROM must be like Rollcall <rollcall@example.com>, and is "${from}".`);
  return { smtpUrl, from };
}

function keysFrom(text: string | null): KeyRing | null {
  if (text === null) return null;
  try {
    return KeyRing.parse(text);
  } catch (error) {
    throw error instanceof KeyRingError ? new SettingError(`ROLLCALL_KEYS: ${error.message}`) : error;
  }
}

function exactOrigin(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text) return text;
  throw new SettingError(
    `ROLLCALL_ALLOWED_ORIGINS lists origins like https://app.example.com (no path, no wildcard), and "${text}" is none.`,
  );
}

function dnsServer(text: string): string {
  try {
    new Resolver().setServers([text]);
    return text;
  } catch {
    throw new SettingError(
      `ROLLCALL_DNS_SERVERS lists addresses like 9.9.9.9 or [2620:fe::fe]:53, and "${text}" is none.`,
    );
  }
}
