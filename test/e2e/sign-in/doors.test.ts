import { readdirSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOKEN_DIGITS } from '#schema/token-text.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { graphqlOf, ownerOf, signedIn } from '#test/support/sign-in.js';

/* The doors for people and programs: what counts as a credential there, and what does not. */

const WHO = '{ viewer { userId } }';

describe('the door for people and programs', () => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  let owner: string;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode: 'one-process', env: { ROLLCALL_INTROSPECTION: 'off' } });
    company = await rollcall.newCompany();
    owner = await ownerOf(rollcall, company.companyId);
  });
  afterAll(() => rollcall?.stop());

  const enter = (more: Parameters<typeof signedIn>[3] = {}) => signedIn(rollcall, company.companyId, owner, more);
  const asked = async (headers: Record<string, string>, search = '', query = WHO) => {
    const answer = await fetch(`${rollcall.graphqlUrl}${search}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    const names = [...answer.headers.keys()].filter((name) => name !== 'date' && name !== 'x-request-id').sort();
    const { extensions, ...error } = (await answer.json()).errors?.[0] ?? {};
    return { status: answer.status, error: { ...error, code: extensions?.code }, names };
  };
  /** Texts of the statements that a request caused. */
  const statementsOf = async (work: () => Promise<unknown>) => {
    const from = rollcall.statements.length;
    await work();
    return rollcall.statements.slice(from);
  };

  it('A-01, A-02: no credential, a malformed one and one that was never issued are answered alike; malformed ones ask the database nothing', async () => {
    const none = await asked({});
    expect(none).toMatchObject({ status: 401, error: { code: 'UNAUTHENTICATED' } });
    const last = company.apiKey.at(-1) === 'a' ? 'b' : 'a';
    const malformed = [
      '',
      'Bearer',
      'Basic dXNlcjpwYXNz',
      `Bearer ${'x'.repeat(10_000)}`,
      `Bearer ${company.apiKey}, Bearer ${company.apiKey}`,
      `Bearer ${company.apiKey.slice(0, -1)}${last}`,
    ];
    const texts = await statementsOf(async () => {
      for (const authorization of malformed) expect(await asked({ authorization })).toEqual(none);
    });

    expect(texts).toEqual([]);
    expect(await asked({ authorization: `Bearer ${likeIt(company.apiKey, 0)}` })).toEqual(none);
  });

  it('A-03: a key that was revoked or has expired, and a session that is over, are 401 with the next request', async () => {
    const made = await graphqlClient(company)(
      'mutation { createApiKey(input: { name: "K", permissions: ["users:read"] }) { secret apiKey { id } } }',
    );
    const { secret, apiKey } = made.body.data.createApiKey;
    const session = await enter();
    const statuses = () =>
      Promise.all(
        [secret, session.token].map(async (token) => (await asked({ authorization: `Bearer ${token}` })).status),
      );
    expect(await statuses()).toEqual([200, 200]);

    await rollcall.asOwner(`update api_key set expires_at = now() where id = '${apiKey.id}'`);
    await rollcall.asOwner(`update session set expires_at = now() where id = '${session.sessionId}'`);

    expect(await statuses()).toEqual([401, 401]);
  });

  it('A-06: a token in the address is no credential', async () => {
    const { token } = await enter();
    for (const text of [company.apiKey, token])
      for (const name of ['access_token', 'token', 'authorization', 'api_key'])
        expect((await asked({}, `?${name}=${text}`)).status).toBe(401);
    const page = await fetch(new URL(`/export/users.csv?access_token=${company.apiKey}`, rollcall.graphqlUrl));
    expect(page.status).toBe(401);
  });

  it('A-08: tokens that share more and more characters with a right one go through the same statements', async () => {
    const { token } = await enter();
    for (const right of [company.apiKey, token]) {
      const texts = await Promise.resolve().then(async () => {
        const all: string[][] = [];
        for (const shared of [0, 8, 16, 32, 42])
          all.push(
            await statementsOf(async () =>
              expect((await asked({ authorization: `Bearer ${likeIt(right, shared)}` })).status).toBe(401),
            ),
          );
        return all;
      });
      expect(new Set(texts.map(String)).size).toBe(1);
      expect(texts[0]).toEqual([expect.stringMatching(/"?hash"? = \$\d/)]);
    }
  });

  it('A-08: no code compares the text of a token, key or password with another: they are looked up or verified by their hash', () => {
    const raw = /\b\w*(?:token|secret|password|apiKey|verifier)\b\s*[!=]==?\s*(?!null\b|undefined\b|'|"|MASK\b)[\w$]/i;
    const root = new URL('../../../', import.meta.url);
    const files = ['core-api', 'gateway', 'schema'].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
    );
    const code = files.filter((name) => name.endsWith('.ts') && !/\.test\.ts$|generated/.test(name));

    const found = code.flatMap((name) =>
      readFileSync(new URL(name, root), 'utf8')
        .split('\n')
        .filter((line) => raw.test(line) && !ENCRYPTED.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    );

    expect(code.length).toBeGreaterThan(300);
    expect(found).toEqual([]);
  });

  it('A-11: signing in gives a new session, and whatever the browser had before is dead', async () => {
    const fixed = await enter();

    const own = await enter({ replaces: fixed.token });

    expect(own.token).not.toBe(fixed.token);
    const statuses = [fixed, own].map(
      async ({ token }) => (await asked({ cookie: `rollcall-session=${token}` })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 200]);
    const [ended] = await rollcall.asOwner(`select end_reason from session where id = '${fixed.sessionId}'`);
    expect(ended).toEqual({ end_reason: 'REPLACED' });
  });

  it('A-13: a member’s own session can do no mutation but for what is the member’s own', async () => {
    const id = (await scimClient(company).post('/Users', { userName: 'a-member' })).body.id;
    const graphql = graphqlOf(company, await signedIn(rollcall, company.companyId, id));
    const codeOf = async (text: string) => (await graphql(text)).body.errors?.[0].extensions.code;
    const [key] = await rollcall.asOwner<{ id: string }>(
      `select id from api_key where company_id = '${company.companyId}' limit 1`,
    );

    expect(await codeOf(`mutation { revokeApiKey(input: { id: "${key!.id}" }) { apiKey { id } } }`)).toBe('NOT_FOUND');
    expect(await codeOf(`mutation { rotateApiKey(input: { id: "${key!.id}" }) { apiKey { id } } }`)).toBe('NOT_FOUND');
    expect(await codeOf(`mutation { endSessions(input: { userId: "${owner}" }) { ended } }`)).toBe('FORBIDDEN');
    expect(await codeOf('{ apiKeys { nodes { id } } }')).toBeUndefined();
    expect((await graphql('{ apiKeys { nodes { id } } }')).body.data.apiKeys.nodes).toEqual([]);
  });

  /** What a session says of where it was last used from, after a request with these headers. */
  const addressAfter = async (at: TestRollcall, of: string, headers: Record<string, string>) => {
    const session = await signedIn(at, of, await ownerOf(at, of));
    await at.asOwner(
      `update session set last_used_at = now() - interval '2 minutes', address = null where id = '${session.sessionId}'`,
    );
    const body = JSON.stringify({ query: WHO });
    const answer = await fetch(at.graphqlUrl, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${session.token}`, 'content-type': 'application/json', ...headers },
    });
    expect(answer.status).toBe(200);
    const read = () =>
      at.asOwner<{ address: string | null }>(
        `select address from session where id = '${session.sessionId}' and address is not null`,
      );
    await expect.poll(async () => (await read()).length).toBe(1);
    return (await read())[0]!.address;
  };
  const FORGED = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    'x-tenant-id': '00000000-0000-0000-0000-000000000000',
    'x-user-id': '00000000-0000-0000-0000-000000000000',
  };

  it('A-16: what a client forges in headers is ignored: address, host, tenant, user', async () => {
    expect(await addressAfter(rollcall, company.companyId, FORGED)).toBe('127.0.0.1');
    const session = await enter();
    const who = await graphqlOf(company, session)('{ viewer { userId company { id } } }', {}, FORGED);
    expect(who.body.data.viewer).toEqual({ userId: owner, company: { id: company.companyId } });
    const page = await fetch(new URL('/sign-in/done', rollcall.graphqlUrl), { redirect: 'manual', headers: FORGED });
    expect(page.headers.get('location')).toBe('/sign-in');
  });

  it('A-16: the configured proxy is believed where the request came from, and links keep the configured address', async () => {
    const behind = await startRollcall({
      mode: 'one-process',
      env: { ROLLCALL_TRUSTED_PROXIES: 'loopback', ROLLCALL_PUBLIC_URL: 'https://id.example.com' },
    });
    try {
      const { companyId } = await behind.newCompany();
      expect(await addressAfter(behind, companyId, FORGED)).toBe('203.0.113.9');
      const [connection] = await behind.asOwner<{ id: string }>(
        `select id from sso_connection where company_id = '${companyId}' and kind = 'SAML'`,
      );
      const metadata = await fetch(new URL(`/sso/${companyId}/${connection!.id}/metadata`, behind.graphqlUrl), {
        headers: FORGED,
      });
      const text = await metadata.text();
      expect([metadata.status, text.includes('evil.example'), text.includes('https://id.example.com/sso/')]).toEqual([
        200,
        false,
        true,
      ]);
    } finally {
      await behind.stop();
    }
  });
});

/** Ciphertexts: whether an admin replaces one. */
const ENCRYPTED = /\bclientSecret !== connection\.clientSecret\b/;

/** A token of the same form that was never issued: the first characters of its secret are those of the right one. */
function likeIt(right: string, shared: number): string {
  const [prefix, owner, secret] = right.split('_') as [string, string, string];
  // The next digit of each: one drawn at random would now and then be the right one.
  const others = [...secret]
    .map((digit) => TOKEN_DIGITS[(TOKEN_DIGITS.indexOf(digit) + 1) % TOKEN_DIGITS.length])
    .join('');
  const body = `${prefix}_${owner}_${secret.slice(0, shared)}${others.slice(shared)}`;
  let [checksum, rest] = ['', BigInt(crc32(body))];
  while (checksum.length < 6) {
    checksum = TOKEN_DIGITS[Number(rest % 62n)] + checksum;
    rest /= 62n;
  }
  return `${body}_${checksum}`;
}
