import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { CookieJar, samlBed } from '#test/support/saml-bed.js';
import { base64 } from '#test/support/saml-idp.js';
import { secondInstance } from '#test/support/second-instance.js';
import { ownerOf, signedIn } from '#test/support/sign-in.js';

const HOME = '/sign-in/done';
/** As behind a proxy: what providers are told is this, wherever an instance listens. */
const PUBLIC_URL = 'http://localhost:7999';

let rollcall: TestRollcall;
let bed: Awaited<ReturnType<typeof samlBed>>;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process', env: { ROLLCALL_PUBLIC_URL: PUBLIC_URL } });
});
afterAll(() => rollcall?.stop());
beforeEach(async () => {
  bed = await samlBed(rollcall);
  // So many failures come from one address in no house but this one.
  await rollcall.asOwner('delete from sign_in_attempt');
});

const set = (what: string) => rollcall.asOwner(`update sso_connection set ${what} where id = '${bed.connectionId}'`);

describe('sign-in by SAML', () => {
  it('goes to the provider and comes back signed in, to where the browser was on its way', async () => {
    const { id, nameId } = await bed.provision();
    const jar = new CookieJar();

    const sent = await bed.begin(jar, '?returnTo=/sign-in/done%3Fx%3D1&login_hint=ann%40acme.example');
    const response = await jar.post(bed.at('acs'), bed.answer(nameId, sent));

    expect([sent.response.status, sent.response.headers.get('cache-control')]).toEqual([303, 'no-store']);
    expect(sent.response.headers.get('location')).toContain('login_hint=ann%40acme.example');
    expect(sent.xml).toContain(
      `AssertionConsumerServiceURL="${PUBLIC_URL}/sso/${bed.company.companyId}/${bed.connectionId}/acs"`,
    );
    expect([response.status, response.headers.get('location')]).toEqual([303, `${HOME}?x=1`]);
    expect(await bed.who(jar)).toBe(id);
  });

  it('is begun from one address so often, and then no more for a while', async () => {
    const first = await fetch(bed.at('start'), { redirect: 'manual' });
    expect(first.status).toBe(303);
    await rollcall.asOwner('update sign_in_attempt set count = 1000');

    const next = await fetch(bed.at('start'), { redirect: 'manual' });

    expect(next.status).toBe(429);
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(
      await rollcall.asOwner(`select 1 from sso_request where connection_id = '${bed.connectionId}'`),
    ).toHaveLength(1);
  });

  it('tells a provider who we are, also while the connection is a draft', async () => {
    await set(`status = 'DRAFT'`);

    const metadata = await fetch(bed.at('metadata'));

    expect([metadata.status, metadata.headers.get('content-type')]).toEqual([
      200,
      'application/samlmetadata+xml; charset=utf-8',
    ]);
    expect(await metadata.text()).toContain(`entityID="${bed.sp.entityId}"`);
  });

  it('ends the session that the browser came with (A-11)', async () => {
    const { nameId } = await bed.provision();
    const { jar } = await bed.signIn(nameId);
    const before = jar.cookies.get('rollcall-session');
    const sent = await bed.begin(jar);
    // A post from another site comes without the cookie of the session.
    jar.cookies.delete('rollcall-session');

    await jar.post(bed.at('acs'), bed.answer(nameId, sent));

    expect(jar.cookies.get('rollcall-session')).not.toBe(before);
    expect((await bed.sessions()).map(({ end_reason }) => end_reason)).toEqual(['REPLACED', null]);
  });

  it.each(['start', 'acs', 'slo', 'metadata', 'test', 'step-up'])(
    '%s of nobody’s connection tells nothing',
    async (path) => {
      const method = path === 'acs' ? 'POST' : 'GET';
      const own = await signedIn(rollcall, bed.company.companyId, await ownerOf(rollcall, bed.company.companyId));
      const headers = { cookie: `rollcall-session=${own.token}` };
      const statuses = await Promise.all(
        [bed.connectionId, bed.company.companyId, 'x', "1'--", '%00'].map(async (id) => {
          const url = new URL(`/sso/${id}/${bed.company.companyId}/${path}`, rollcall.graphqlUrl);
          return (await fetch(url, { method, headers, redirect: 'manual' })).status;
        }),
      );

      expect(new Set(statuses)).toEqual(new Set([path === 'metadata' ? 404 : 403]));
    },
  );

  it('S-11: 300 kB and junk are refused, 1 MB is not read', async () => {
    const statusOf = async (text: string) => {
      const jar = new CookieJar();
      const { relayState } = await bed.begin(jar);
      return (await jar.post(bed.at('acs'), { SAMLResponse: text, RelayState: relayState })).status;
    };

    expect(await statusOf('!!!!')).toBe(400);
    expect(await statusOf(base64(`<a>${' '.repeat(300_000)}</a>`))).toBe(400);
    expect(await statusOf('A'.repeat(1_000_000))).toBe(413);
    expect(await bed.refusals()).toEqual(['MALFORMED', 'MALFORMED']);
  });

  it('a refusal is neutral to the visitor and exact in the log', async () => {
    const { nameId } = await bed.provision();
    const jar = new CookieJar();
    const sent = await bed.begin(jar);
    const answers = [
      bed.answer(nameId, sent, { audience: 'urn:other' }),
      bed.answer(nameId, await bed.begin(jar), { notOnOrAfter: new Date(0) }),
      bed.answer('stranger@acme.example', await bed.begin(jar)),
    ];

    const pages = [];
    for (const fields of answers) {
      const response = await jar.post(bed.at('acs'), fields);
      const text = (await response.text()).replace(response.headers.get('x-request-id')!, '');
      pages.push([response.status, text, response.headers.get('set-cookie')]);
    }

    expect(pages[1]).toEqual(pages[0]);
    expect(pages[2]).toEqual(pages[0]);
    expect(pages[0]![0]).toBe(403);
    expect(await bed.refusals()).toEqual(['AUDIENCE', 'EXPIRED', 'NOT_PROVISIONED']);
  });
});

describe('S-12: one response makes one session', () => {
  it('sent 20 times at once', async () => {
    const { nameId } = await bed.provision();
    const jar = new CookieJar();
    const sent = await bed.begin(jar);
    const fields = bed.answer(nameId, sent);

    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await jar.post(bed.at('acs'), fields)).status),
    );

    expect(statuses.toSorted()).toEqual([303, ...Array<number>(19).fill(403)]);
    expect(await bed.sessions()).toHaveLength(1);
  });

  it('sent again, also to an instance that was started since', async () => {
    const { nameId } = await bed.provision();
    const jar = new CookieJar();
    const sent = await bed.begin(jar);
    const fields = bed.answer(nameId, sent);
    const first = await jar.post(bed.at('acs'), fields);

    const other = await secondInstance(rollcall);
    try {
      const again = await jar.post(bed.at('acs'), fields);
      const elsewhere = await jar.post(bed.at('acs', other), fields);
      expect([first.status, again.status, elsewhere.status]).toEqual([303, 403, 403]);
      // What was begun on one instance ends on another.
      const next = await bed.begin(jar);
      expect((await jar.post(bed.at('acs', other), bed.answer(nameId, next))).status).toBe(303);
    } finally {
      await other.stop();
    }
    expect(await bed.refusals()).toEqual(['UNSOLICITED', 'UNSOLICITED']);
  });

  it('taken along to another request of the same browser', async () => {
    const { nameId } = await bed.provision();
    const jar = new CookieJar();
    const [first, second] = [await bed.begin(jar), await bed.begin(jar)];
    const { SAMLResponse } = bed.answer(nameId, first);

    const response = await jar.post(bed.at('acs'), { SAMLResponse, RelayState: second.relayState });

    expect([response.status, await bed.refusals()]).toEqual([403, ['OTHER_REQUEST']]);
  });

  it('that answers the request of another browser is refused, and does not use that request up', async () => {
    const { id, nameId } = await bed.provision();
    const [jar, stranger] = [new CookieJar(), new CookieJar()];
    const sent = await bed.begin(jar);
    await bed.begin(stranger);
    const fields = bed.answer(nameId, sent);

    const [byStranger, byNobody] = [
      await stranger.post(bed.at('acs'), fields),
      await new CookieJar().post(bed.at('acs'), fields),
    ];
    const byItself = await jar.post(bed.at('acs'), fields);

    expect([byStranger.status, byNobody.status, byItself.status]).toEqual([403, 403, 303]);
    expect([await bed.who(stranger), await bed.who(jar)]).toEqual([null, id]);
    expect(await bed.sessions()).toHaveLength(1);
  });

  it('that nobody asked for is refused', async () => {
    const { nameId } = await bed.provision();

    const response = await new CookieJar().post(bed.at('acs'), bed.answer(nameId, { requestId: null }));

    expect([response.status, await bed.refusals()]).toEqual([403, ['UNSOLICITED']]);
  });

  it('that comes after a quarter of an hour is refused', async () => {
    const { nameId } = await bed.provision();
    const jar = new CookieJar();
    const sent = await bed.begin(jar);
    await rollcall.asOwner(`update sso_request set expires_at = now() where connection_id = '${bed.connectionId}'`);

    expect((await jar.post(bed.at('acs'), bed.answer(nameId, sent))).status).toBe(403);
  });
});

describe('S-13: a sign-in that the provider began', () => {
  it('works with the switch, lands at home, and once', async () => {
    await set('idp_initiated = true');
    const { id, nameId } = await bed.provision();
    const jar = new CookieJar();
    const fields = { ...bed.answer(nameId, { requestId: null }), RelayState: '/sign-in/other' };

    const response = await jar.post(bed.at('acs'), fields);
    const again = await Promise.all(Array.from({ length: 5 }, () => new CookieJar().post(bed.at('acs'), fields)));

    expect([response.status, response.headers.get('location')]).toEqual([303, HOME]);
    expect(again.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect([await bed.who(jar), (await bed.sessions()).length]).toEqual([id, 1]);
    expect(new Set(await bed.refusals())).toEqual(new Set(['REPLAYED']));
  });

  it('20 at once make one session', async () => {
    await set('idp_initiated = true');
    const { nameId } = await bed.provision();
    const fields = bed.answer(nameId, { requestId: null });

    await Promise.all(Array.from({ length: 20 }, () => new CookieJar().post(bed.at('acs'), fields)));

    expect(await bed.sessions()).toHaveLength(1);
  });

  it('is no answer to a request that somebody made', async () => {
    await set('idp_initiated = true');
    const { nameId } = await bed.provision();
    const sent = await bed.begin(new CookieJar());

    const response = await new CookieJar().post(bed.at('acs'), bed.answer(nameId, sent));

    expect([response.status, await bed.refusals()]).toEqual([403, ['OTHER_REQUEST']]);
  });
});

describe('S-17: a log-out by the provider', () => {
  const postOut = (nameId: string, parts: object = {}, sign = true) => {
    const xml = bed.idp.logoutRequest({ sp: bed.sp, nameId, ...parts });
    const text = sign ? bed.idp.sign(xml, 'LogoutRequest') : xml;
    return new CookieJar().post(bed.at('slo'), { SAMLRequest: base64(text), RelayState: 'theirs' });
  };

  it('ends that person’s sessions of that connection, by either binding, and is answered', async () => {
    const [ann, bob] = [await bed.provision(), await bed.provision()];
    const [first, second, other] = [
      (await bed.signIn(ann.nameId)).jar,
      (await bed.signIn(ann.nameId)).jar,
      (await bed.signIn(bob.nameId)).jar,
    ];
    const local = await signedIn(rollcall, bed.company.companyId, ann.id);

    const posted = await postOut(ann.nameId);

    const answer = new URL(posted.headers.get('location')!);
    expect([posted.status, answer.origin + answer.pathname]).toEqual([303, `${bed.idp.url}/slo`]);
    expect([answer.searchParams.get('RelayState'), answer.searchParams.has('SAMLResponse')]).toEqual(['theirs', true]);
    expect([await bed.who(first), await bed.who(second), await bed.who(other)]).toEqual([null, null, bob.id]);
    expect(await bed.sessions(`end_reason = 'SIGNED_OUT_AT_IDP'`)).toHaveLength(2);
    expect(await bed.sessions(`id = '${local.sessionId}' and ended_at is null`)).toHaveLength(1);

    const query = bed.idp.redirectQuery(bed.idp.logoutRequest({ sp: bed.sp, nameId: bob.nameId }), {
      relayState: 'a b',
    });
    const redirected = await new CookieJar().send(`${bed.at('slo')}?${query}`);
    expect([redirected.status, await bed.who(other)]).toEqual([303, null]);
    expect(new URL(redirected.headers.get('location')!).searchParams.get('RelayState')).toBe('a b');
  });

  it('of one session by its index ends that one', async () => {
    const { id, nameId } = await bed.provision();
    const [jar, kept] = [new CookieJar(), new CookieJar()];
    for (const [each, sessionIndex] of [
      [jar, '_s1'],
      [kept, '_s2'],
    ] as const)
      await each.post(bed.at('acs'), bed.answer(nameId, await bed.begin(each), { sessionIndex }));

    await postOut(nameId, { sessionIndexes: ['_s1', '_unknown'] });

    expect([await bed.who(jar), await bed.who(kept)]).toEqual([null, id]);
  });

  it('is refused unsigned, for another address, or replayed: no session is lost', async () => {
    const { id, nameId } = await bed.provision();
    await postOut(nameId, { id: '_once' });
    const { jar } = await bed.signIn(nameId);

    const refused = [
      await postOut(nameId, {}, false),
      await postOut(nameId, { destination: bed.sp.acsUrl }),
      await postOut(nameId, { issuer: 'https://other.example' }),
      await postOut(nameId, { id: '_once' }),
      await new CookieJar().send(bed.at('slo')),
      await new CookieJar().send(`${bed.at('slo')}?SAMLRequest=AAAA`),
    ];

    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(await bed.who(jar)).toBe(id);
    expect((await bed.refusals()).slice(0, 4)).toEqual(['SIGNATURE', 'DESTINATION', 'ISSUER', 'REPLAYED']);
  });

  it('of somebody unknown, or of another connection’s, ends nothing and says nothing', async () => {
    const { id, nameId } = await bed.provision();
    const { jar } = await bed.signIn(nameId);
    const elsewhere = await samlBed(rollcall, bed.idp);
    const xml = bed.idp.logoutRequest({ sp: elsewhere.sp, nameId });

    const unknown = await postOut('stranger@acme.example');
    const other = await new CookieJar().post(elsewhere.at('slo'), {
      SAMLRequest: base64(bed.idp.sign(xml, 'LogoutRequest')),
    });

    expect([unknown.status, other.status, await bed.who(jar)]).toEqual([303, 303, id]);
  });
});

describe('S-18: where a sign-in leads to', () => {
  const shown = (text: string) => [text.slice(0, 40), text] as const;
  it.each(
    [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '%2f%2fevil.example',
      '/%2f%2fevil.example',
      `/${'a'.repeat(10_240)}`,
    ].map(shown),
  )('%s leads home', async (_, returnTo) => {
    const { nameId } = await bed.provision();

    const { response } = await bed.signIn(nameId, new CookieJar(), `?${new URLSearchParams({ returnTo })}`);

    expect([response.status, response.headers.get('location')]).toEqual([303, HOME]);
  });

  it.each(['https://evil.example', '//evil.example', '/sign-in/other', 'x'.repeat(10_240)].map(shown))(
    'a RelayState of %s is no state of ours, and leads nowhere',
    async (_, RelayState) => {
      await set('idp_initiated = true');
      const { nameId } = await bed.provision();

      const response = await new CookieJar().post(bed.at('acs'), {
        ...bed.answer(nameId, { requestId: null }),
        RelayState,
      });

      expect([response.status, response.headers.get('location')]).toEqual([303, HOME]);
    },
  );
});

describe('S-20: between request and response', () => {
  it.each([
    ['the connection becomes a draft', () => set(`status = 'DRAFT'`), 'CONNECTION_INACTIVE'],
    ['its certificates go', () => set(`config = config - 'certificates'`), 'CERTIFICATE'],
    ['its provider becomes another', () => set(`config = config || '{"issuer": "https://other.example"}'`), 'ISSUER'],
    [
      'the company is suspended',
      () => rollcall.asOwner(`update company set suspended_at = now() where id = '${bed.company.companyId}'`),
      'COMPANY_SUSPENDED',
    ],
  ])('%s: refused', async (_, happens, reason) => {
    const { nameId } = await bed.provision();
    const jar = new CookieJar();
    const sent = await bed.begin(jar);
    await happens();

    const response = await jar.post(bed.at('acs'), bed.answer(nameId, sent));

    expect([response.status, await bed.refusals()]).toEqual([403, [reason]]);
    expect((await bed.begin(new CookieJar())).response.status).toBe(reason === 'ISSUER' ? 303 : 403);
    expect(await bed.sessions()).toEqual([]);
  });

  it('the connection is deleted: refused, and the session that came in by it is over', async () => {
    const { nameId } = await bed.provision();
    const { jar } = await bed.signIn(nameId);
    const sent = await bed.begin(jar);
    // A directory keeps the connection that it belongs with.
    await rollcall.asOwner(`delete from directory_sso_connection where sso_connection_id = '${bed.connectionId}'`);

    const deleted = await graphqlClient(bed.company)(
      'mutation ($id: ID!) { deleteSsoConnection(input: { id: $id }) { id } }',
      {
        id: bed.connectionId,
      },
    );
    const response = await jar.post(bed.at('acs'), bed.answer(nameId, sent));

    expect(deleted.body.errors).toBeUndefined();
    expect([response.status, await bed.who(jar)]).toEqual([403, null]);
    expect((await bed.sessions()).map(({ end_reason }) => end_reason)).toEqual(['CONNECTION_CHANGED']);
  });

  it('the person is deactivated: refused, and nothing is open any more', async () => {
    const { id, nameId } = await bed.provision();
    const jar = new CookieJar();
    const sent = await bed.begin(jar);
    await scimClient(bed.company).patch(`/Users/${id}`, [{ op: 'replace', path: 'active', value: false }]);

    const response = await jar.post(bed.at('acs'), bed.answer(nameId, sent));

    expect([response.status, await bed.refusals()]).toEqual([403, ['DEACTIVATED']]);
  });
});
