import { describe, expect, it } from 'vitest';
import { loadGatewayConfig } from './config.js';

const APART = { CORE_API_URL: 'http://core-api:4000/', ROLLCALL_GATEWAY_KEY: 'k'.repeat(32) };

describe('loadGatewayConfig', () => {
  it('needs no variable inside the one process', () => {
    expect(loadGatewayConfig({}, 'in-process')).toEqual({
      port: 4000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:4000',
      isPublicUrlSet: false,
      coreApiUrl: null,
      gatewayKey: null,
      scimRate: 100,
      trustedProxies: [],
      production: false,
      logLevel: 'info',
    });
  });

  it('must know core-api and its key when it runs apart', () => {
    expect(loadGatewayConfig(APART)).toMatchObject({ coreApiUrl: 'http://core-api:4000', gatewayKey: 'k'.repeat(32) });
    expect(() => loadGatewayConfig({ ...APART, CORE_API_URL: '' })).toThrow('CORE_API_URL is missing');
    expect(() => loadGatewayConfig({ ...APART, ROLLCALL_GATEWAY_KEY: '' })).toThrow('ROLLCALL_GATEWAY_KEY is missing');
  });

  it.each(['loopback', '10.0.0.0/8', '192.168.1.7', 'fd00::/8', '::1'])('trusts the proxy %s', (proxy) => {
    expect(loadGatewayConfig({ ROLLCALL_TRUSTED_PROXIES: proxy }, 'in-process').trustedProxies).toEqual([proxy]);
  });

  it.each(['everyone', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', '10.0.0.0/8/9', 'true'])(
    'refuses the proxy %s',
    (proxy) => {
      expect(() => loadGatewayConfig({ ROLLCALL_TRUSTED_PROXIES: proxy }, 'in-process')).toThrow(
        /^ROLLCALL_TRUSTED_PROXIES/,
      );
    },
  );

  it('takes 0 as no limit', () => {
    expect(loadGatewayConfig({ ROLLCALL_SCIM_RATE: '0' }, 'in-process').scimRate).toBe(0);
  });
});
