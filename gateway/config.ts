import { readFileSync } from 'node:fs';
import { type Environment, type LogLevel, SettingError, SettingsReader } from '#schema/settings.js';

/** What the environment says about the gateway, checked and complete. */
export interface GatewayConfig {
  /** 0: a free one. */
  readonly port: number;
  readonly host: string;
  /** Without a slash at its end. Still with port 0 when `port` is: the listener knows better (`localUrl`). */
  readonly publicUrl: string;
  /** Whether ROLLCALL_PUBLIC_URL says it; else it is where this program listens, and a trusted proxy knows better. */
  readonly isPublicUrlSet: boolean;
  readonly coreApiUrl: string | null;
  readonly gatewayKey: string | null;
  /** Requests a second and directory; 0: no limit. */
  readonly scimRate: number;
  /** Addresses, ranges and names, as `trustedProxies` reads them. */
  readonly trustedProxies: readonly string[];
  readonly production: boolean;
  readonly logLevel: LogLevel;
}

/** A gateway of its own must know where core-api is, and prove to it who is asking. */
export type ApartGatewayConfig = GatewayConfig & { readonly coreApiUrl: string; readonly gatewayKey: string };

/**
 * @param mode `apart` requires CORE_API_URL and ROLLCALL_GATEWAY_KEY; `in-process` reads neither as required
 * @throws SettingError that names the variable
 */
export function loadGatewayConfig(env: Environment, mode?: 'apart'): ApartGatewayConfig;
export function loadGatewayConfig(env: Environment, mode: 'in-process'): GatewayConfig;
export function loadGatewayConfig(env: Environment, mode: 'apart' | 'in-process' = 'apart'): GatewayConfig {
  const settings = new SettingsReader(env, (path) => readFileSync(path, 'utf8'));
  const port = settings.integer('PORT', 0, 65_535);
  const host = settings.host();
  const coreApiUrl = settings.url('CORE_API_URL');
  const gatewayKey = settings.gatewayKey();
  if (mode === 'apart' && coreApiUrl === null) {
    throw new SettingError('CORE_API_URL is missing: where the gateway finds core-api, as in http://127.0.0.1:4001.');
  }
  if (mode === 'apart' && gatewayKey === null) {
    throw new SettingError('ROLLCALL_GATEWAY_KEY is missing: the key that core-api was started with.');
  }
  return Object.freeze({
    port,
    host,
    publicUrl: settings.publicUrl(host, port),
    isPublicUrlSet: settings.url('ROLLCALL_PUBLIC_URL') !== null,
    coreApiUrl,
    gatewayKey,
    scimRate: settings.integer('ROLLCALL_SCIM_RATE', 0, 1_000_000),
    trustedProxies: Object.freeze(settings.trustedProxies()),
    production: env.NODE_ENV === 'production',
    logLevel: settings.logLevel(),
  });
}
