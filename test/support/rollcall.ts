import 'reflect-metadata';
import pg from 'pg';
import { loadCoreConfig } from '#core-api/config.js';
import { type Core, startCore } from '#core-api/core.js';
import { bootstrapCompany } from '#core-api/domain/bootstrap.js';
import { type Listener, listen } from '#core-api/listen.js';
import { createLog } from '#core-api/log.js';
import type { Database } from '#core-api/persistence/database.js';
import { createGateway } from '#gateway/app.js';
import { type GatewayConfig, loadGatewayConfig } from '#gateway/config.js';
import { openHttpDoor } from '#gateway/core/http-door.js';
import { createLog as createGatewayLog } from '#gateway/log.js';
import type { ProfilePreset } from '#schema/profile.js';
import { createTestDatabase } from './test-database.js';

export type Mode = 'one-process' | 'two-processes';
export const MODES: readonly Mode[] = ['one-process', 'two-processes'];
/** For suites of thousands of requests whose subject is the gateway alone: two processes are what others show, and `npm run test:long`. */
export const LONG_MODES: readonly Mode[] = process.env.LONG ? MODES : ['one-process'];

/** What the gateway vouches with at the core's door. */
export const GATEWAY_KEY = 'test-gateway-key-of-forty-characters-long';

export interface TestCompany {
  companyId: string;
  companySlug: string;
  directoryId: string;
  scimBaseUrl: string;
  scimToken: string;
  graphqlUrl: string;
  apiKey: string;
  ownerEmail: string;
  ownerPassword: string;
}

export interface TestRollcall {
  scimBaseUrl: string;
  graphqlUrl: string;
  /** The environment that it was started with. */
  settings: Readonly<Record<string, string>>;
  db: Database;
  /** The text of every statement that the core has sent, in order. */
  statements: string[];
  /** Runs SQL as the owner of the tables, past the product. */
  asOwner<Row extends object>(sql: string): Promise<Row[]>;
  newCompany(options?: { preset?: ProfilePreset; name?: string }): Promise<TestCompany>;
  stop(): Promise<void>;
}

interface Options {
  mode: Mode;
  env?: Record<string, string>;
  /** Puts something between the core and its database, and says on which port it listens. */
  through?: (target: { host: string; port: number }) => Promise<number>;
}

let companies = 0;
const STOP_MS = 45_000;

/**
 * The product on a database of its own. `two-processes` wires gateway and core as the two programs do, each behind its own port with HTTP between
 * them; only the operating system's process is shared, so that a test can hold both.
 */
export async function startRollcall({ mode, env = {}, through }: Options): Promise<TestRollcall> {
  const database = await createTestDatabase();
  const appUrl = new URL(database.appUrl);
  if (through) appUrl.port = String(await through({ host: appUrl.hostname, port: Number(appUrl.port) }));
  const statements: string[] = [];
  const gatewayKey = GATEWAY_KEY;
  const settings = {
    DATABASE_URL: appUrl.href,
    DATABASE_OWNER_URL: database.ownerUrl,
    PORT: '0',
    ROLLCALL_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
    ROLLCALL_LOG_LEVEL: 'silent',
    ROLLCALL_SCIM_RATE: '0',
    ROLLCALL_POOL_SIZE: '8',
    // Statements are counted, and a test that wants what a job does says when.
    ROLLCALL_JOBS: 'off',
    ROLLCALL_GATEWAY_KEY: gatewayKey,
    ...env,
  };
  const config = loadCoreConfig(settings);
  let publicUrl = config.publicUrl;
  let ownUrl = config.publicUrl;
  const core = await startCore({
    config,
    log: createLog(config),
    apart: mode === 'two-processes',
    publicUrl: () => publicUrl,
    coreUrl: () => ownUrl,
    // What the gateway tells afterwards comes when it comes, and no request waits for it.
    onStatement: (sql) => void (/\b(request_log|tolerance_count)\b/.test(sql) || statements.push(sql)),
  });
  const { coreUrl, gatewayUrl, parts } = await wire(core, mode, settings, gatewayKey);
  publicUrl = gatewayUrl;
  if (!('ROLLCALL_PUBLIC_URL' in settings)) ownUrl = coreUrl;

  return {
    scimBaseUrl: `${gatewayUrl}/scim/v2`,
    graphqlUrl: `${coreUrl}/graphql`,
    settings,
    db: core.installation.db,
    statements,
    async asOwner<Row extends object>(sql: string) {
      const client = new pg.Client({ connectionString: database.ownerUrl });
      await client.connect();
      try {
        return (await client.query<Row>(sql)).rows;
      } finally {
        await client.end();
      }
    },
    async newCompany({ preset = 'rollcall', name = `Company ${++companies}` } = {}) {
      const made = await bootstrapCompany(core.installation.db, { name, preset });
      return { ...made, scimBaseUrl: `${gatewayUrl}/scim/v2`, graphqlUrl: `${coreUrl}/graphql` };
    },
    async stop() {
      for (const [name, part] of Object.entries(parts)) await ended(name, part.close(1));
      await ended('core', core.close());
      await database.drop();
    },
  };
}

/** A hook that times out says nothing; this says what did not end. */
async function ended(name: string, closing: Promise<void>): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`${name} did not stop within ${STOP_MS / 1000} s`)), STOP_MS);
  });
  await Promise.race([closing, tooLong]).finally(() => clearTimeout(late));
}

async function wire(core: Core, mode: Mode, settings: Record<string, string>, gatewayKey: string) {
  let gateway: ReturnType<typeof createGateway> | null = null;
  const host = '127.0.0.1';
  const scim = (url: string | undefined) => ['/scim/', '/.well-known/', '/oauth/'].some((at) => url?.startsWith(at));
  if (mode === 'one-process') {
    const listener = await listen((q, r) => (gateway && scim(q.url) ? gateway(q, r) : core.http(q, r)), host, 0);
    const url = `http://${host}:${listener.port}`;
    const config = withUrl(loadGatewayConfig(settings, 'in-process'), url);
    gateway = createGateway({ config, door: core.door, gatewayKey: core.gatewayKey, log: createGatewayLog(config) });
    return { coreUrl: url, gatewayUrl: url, parts: { listener, gateway } };
  }
  const coreListener = await listen(core.http, host, 0);
  const coreUrl = `http://${host}:${coreListener.port}`;
  const gatewayListener: Listener = await listen((q, r) => gateway?.(q, r), host, 0);
  const gatewayUrl = `http://${host}:${gatewayListener.port}`;
  const config = withUrl(loadGatewayConfig({ ...settings, CORE_API_URL: coreUrl }), gatewayUrl);
  const door = openHttpDoor(coreUrl);
  gateway = createGateway({ config, door: door.door, gatewayKey, log: createGatewayLog(config) });
  return {
    coreUrl,
    gatewayUrl,
    parts: { gatewayListener, gateway, door: { close: () => door.close() }, coreListener },
  };
}

/** Where it listens is known only now, as when the programs are started with port 0. */
function withUrl<Config extends GatewayConfig>(config: Config, url: string): Config {
  return config.isPublicUrlSet ? config : { ...config, publicUrl: url };
}
