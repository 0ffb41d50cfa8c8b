import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCoreConfig } from './config.js';
import { StartError } from './start-error.js';

describe('loadCoreConfig', () => {
  it('needs no variable at all', () => {
    expect(loadCoreConfig({})).toEqual({
      port: 4000,
      host: '127.0.0.1',
      dataDir: resolve('.data'),
      databaseUrl: null,
      databaseOwnerUrl: null,
      publicUrl: 'http://127.0.0.1:4000',
      keys: null,
      gatewayKey: null,
      allowedOrigins: [],
      outboundAllow: ['127.0.0.0/8', '::1'],
      introspection: true,
      production: false,
      trustedProxies: [],
      logLevel: 'info',
      poolSize: 16,
      pooler: 'none',
      rowSecurity: null,
      requirePatchedPostgres: false,
      dnsServers: [],
      mail: { smtpUrl: null, from: null },
      jobs: true,
      shutdownSeconds: 10,
    });
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadCoreConfig({}))).toBe(true);
  });

  it('hides the schema in production unless told otherwise', () => {
    expect(loadCoreConfig({ NODE_ENV: 'production' }).introspection).toBe(false);
    expect(loadCoreConfig({ NODE_ENV: 'production', ROLLCALL_INTROSPECTION: 'on' }).introspection).toBe(true);
  });

  it('lets requests out to no private network in production unless told otherwise', () => {
    expect(loadCoreConfig({ NODE_ENV: 'production' }).outboundAllow).toEqual([]);
    const ROLLCALL_OUTBOUND_ALLOW = '10.1.0.0/16, fd00:0::/8';
    expect(loadCoreConfig({ NODE_ENV: 'production', ROLLCALL_OUTBOUND_ALLOW }).outboundAllow).toEqual([
      '10.1.0.0/16',
      'fd00::/8',
    ]);
  });

  it('reads keys and origins', () => {
    const config = loadCoreConfig({
      ROLLCALL_KEYS: `new:${randomBytes(32).toString('base64')},old:${randomBytes(32).toString('base64')}`,
      ROLLCALL_ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:5173',
    });
    const context = { companyId: 'c', column: 'x' };
    expect(config.keys?.decrypt(config.keys.encrypt('a', context), context)).toBe('a');
    expect(config.allowedOrigins).toEqual(['https://app.example.com', 'http://localhost:5173']);
  });

  it.each([
    [{ PORT: 'http' }, 'PORT must be a whole number'],
    [{ HOST: 'a b' }, 'HOST must be an address'],
    [{ ROLLCALL_INTROSPECTION: 'yes' }, 'ROLLCALL_INTROSPECTION must be one of on, off, and is "yes".'],
    [{ ROLLCALL_LOG_LEVEL: 'loud' }, 'ROLLCALL_LOG_LEVEL must be one of fatal, error,'],
    [{ ROLLCALL_POOL_SIZE: '0' }, 'ROLLCALL_POOL_SIZE must be a whole number from 2'],
    [{ ROLLCALL_POOLER: 'on' }, 'ROLLCALL_POOLER must be one of none, prepared, unprepared, and is "on".'],
    [{ ROLLCALL_ALLOWED_ORIGINS: '*' }, 'ROLLCALL_ALLOWED_ORIGINS lists origins'],
    [{ ROLLCALL_ALLOWED_ORIGINS: 'https://app.example.com/' }, 'ROLLCALL_ALLOWED_ORIGINS lists origins'],
    [{ ROLLCALL_DNS_SERVERS: '9.9.9.9, dns.example' }, 'ROLLCALL_DNS_SERVERS lists addresses'],
    [{ ROLLCALL_OUTBOUND_ALLOW: '10.0.0.0/8,localhost' }, 'ROLLCALL_OUTBOUND_ALLOW lists addresses'],
    [{ DATABASE_OWNER_URL: 'postgres://x' }, 'DATABASE_OWNER_URL is set without DATABASE_URL'],
    [{ ROLLCALL_SCIM_RAT: '1' }, 'did you mean ROLLCALL_SCIM_RATE?'],
  ])('refuses %o by name', (env: Record<string, string>, message) => {
    expect(() => loadCoreConfig(env)).toThrow(StartError);
    expect(() => loadCoreConfig(env)).toThrow(message);
  });

  it('does not show the keys that it refuses', () => {
    const load = () => loadCoreConfig({ ROLLCALL_KEYS: 'k1:c2VjcmV0' });
    expect(load).toThrow(/^ROLLCALL_KEYS: entry 1 must be id:key/);
    expect(load).not.toThrow(/c2VjcmV0/);
  });
});
