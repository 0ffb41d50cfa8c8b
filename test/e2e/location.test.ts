import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { type HttpProxy, httpProxy } from '#test/support/http-proxy.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { rawClient } from './scim-raw.js';

type Headers = Record<string, string>;

describe.each(MODES)('where answers say that things are, %s', (mode) => {
  const running = new Map<string, Promise<TestRollcall>>();
  /** One product for each environment; each test makes its own company in it. */
  const started = (env: Headers) => {
    const key = JSON.stringify(env);
    const rollcall = running.get(key) ?? startRollcall({ mode, env });
    running.set(key, rollcall);
    return rollcall;
  };
  afterAll(async () => {
    for (const rollcall of running.values()) await (await rollcall).stop();
  });
  let proxy: HttpProxy | null = null;
  afterEach(async () => {
    await proxy?.close();
    proxy = null;
  });

  /** Every address that answers hold, seen through a proxy that adds `headers`; without the part from /scim/v2 on. */
  const originsSeen = async (env: Headers, headers: Headers): Promise<{ origins: string[]; own: string }> => {
    const rollcall = await started(env);
    const company = await rollcall.newCompany();
    const own = new URL(company.scimBaseUrl).origin;
    proxy = await httpProxy(own, (request) => ({ ...request, headers: { ...request.headers, ...headers } }));
    const scim = scimClient({ ...company, scimBaseUrl: `${proxy.url}/scim/v2` });

    const user = await scim.post('/Users', { userName: 'zoe' });
    const group = await scim.post('/Groups', { displayName: 'All', members: [{ value: user.body.id }] });
    const wellKnown = await fetch(`${proxy.url}/.well-known/scim-configuration`);
    const answers = [
      user.body,
      group.body,
      user.headers.get('location'),
      group.headers.get('location'),
      (await scim.get('/Users')).body,
      (await scim.get('/Groups')).body,
      (await scim.get(`/Users/${user.body.id}`)).body,
      (await scim.patch(`/Users/${user.body.id}`, [{ op: 'replace', path: 'title', value: 'T' }])).body,
      (await scim.get('/Schemas')).body,
      (await scim.get('/ResourceTypes/User')).body,
      (await scim.get('/ServiceProviderConfig')).body,
      await wellKnown.json(),
    ];
    const addresses = answers.map((answer) => JSON.stringify(answer).match(/https?:\/\/[^"]*?(?=\/scim\/v2)/g) ?? []);
    // What a reference leads to, too: of the user in the group, and of the group in the user.
    expect(addresses.map((found) => found.length > 0)).toEqual(answers.map(() => true));
    expect(answers[4].Resources[0].groups[0].$ref).toMatch(/\/Groups\/[\w-]+$/);
    expect(answers[5].Resources[0].members[0].$ref).toMatch(/\/Users\/[\w-]+$/);
    // A proxy puts itself in the place of the address behind it where `Location` says that one, as reverse proxies do.
    const { url } = proxy;
    return { origins: [...new Set(addresses.flat().map((found) => (found === url ? own : found)))], own };
  };

  it.each<[string, Headers, Headers, string | null]>([
    ['nothing said by nobody', {}, {}, null],
    [
      'the address that is set',
      { ROLLCALL_PUBLIC_URL: 'https://id.example.com/rollcall/' },
      {},
      'https://id.example.com/rollcall',
    ],
    [
      'the address that is set, whatever a trusted proxy says',
      { ROLLCALL_PUBLIC_URL: 'https://id.example.com/rollcall/', ROLLCALL_TRUSTED_PROXIES: 'loopback' },
      { 'x-forwarded-host': 'other.example.com', 'x-forwarded-proto': 'http' },
      'https://id.example.com/rollcall',
    ],
    [
      'what a trusted proxy says',
      { ROLLCALL_TRUSTED_PROXIES: 'loopback' },
      { 'x-forwarded-host': 'ID.example.com:8443', 'x-forwarded-proto': 'https' },
      'https://id.example.com:8443',
    ],
    [
      'what a trusted proxy added to what a client had forged',
      { ROLLCALL_TRUSTED_PROXIES: 'loopback' },
      { 'x-forwarded-host': 'evil.example, id.example.com', 'x-forwarded-proto': 'http, https' },
      'https://id.example.com',
    ],
    ['the protocol alone', { ROLLCALL_TRUSTED_PROXIES: 'loopback' }, { 'x-forwarded-proto': 'https' }, null],
    [
      'what nobody trusts',
      { ROLLCALL_TRUSTED_PROXIES: '192.0.2.7' },
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      null,
    ],
    ['headers without any proxy', {}, { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }, null],
    [
      'a header that is not read',
      { ROLLCALL_TRUSTED_PROXIES: 'loopback' },
      { forwarded: 'host=evil.example;proto=https', 'x-forwarded-prefix': '/evil' },
      null,
    ],
  ])('%s', async (_what, env, headers, origin) => {
    const { origins, own } = await originsSeen(env, headers);
    expect(origins).toEqual([origin ?? own]);
  });

  it.each(['a/b', 'a@evil.example', 'a"b', '<b>', 'a b', '.', 'a:port', '[::1', `${'a'.repeat(300)}`, ''])(
    'a trusted proxy’s word %j is no host, and not repeated',
    async (host) => {
      const { scimBaseUrl } = await started({ ROLLCALL_TRUSTED_PROXIES: 'loopback' });
      const headers = { 'x-forwarded-host': host, 'x-forwarded-proto': 'https' };
      const answer = await fetch(new URL('/.well-known/scim-configuration', scimBaseUrl), { headers });
      expect((await answer.json()).meta.location).toBe(`${scimBaseUrl}/ServiceProviderConfig`);
    },
  );

  it('the Host of a request never gets into an answer, not even from a trusted proxy', async () => {
    const company = await (await started({ ROLLCALL_TRUSTED_PROXIES: 'loopback' })).newCompany();
    const { send } = rawClient(company);
    for (const path of ['/scim/v2/Schemas', '/scim/v2/Users', '/scim/v2/Nothing', '/.well-known/scim-configuration']) {
      const lines = [`GET ${path} HTTP/1.1`, 'Host: evil.example', 'Connection: close'];
      const answer = await send([...lines, `Authorization: Bearer ${company.scimToken}`, '', ''].join('\r\n'));
      expect(answer).toContain('"schemas"');
      expect(answer).not.toContain('evil');
    }
  });
});
