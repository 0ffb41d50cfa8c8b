import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureOperatorKey } from '#core-api/domain/bootstrap.js';
import { HOUSES } from '#test/e2e/isolation/neighbour.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { type DnsServer, startDnsServer } from '#test/support/dns-server.js';
import { dataOf, errorOf } from '#test/support/graphql-answers.js';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { graphqlOf, ownerOf, signedIn } from '#test/support/sign-in.js';

const CLAIM =
  'mutation ($input: ClaimDomainInput!) { claimDomain(input: $input) { domainClaim { id domain status recordName recordText } } }';
const VERIFY =
  'mutation ($input: IdInput!) { verifyDomain(input: $input) { proof foundTexts domainClaim { status verifiedAt checkedAt failingSince } } }';
const RELEASE = 'mutation ($input: IdInput!) { releaseDomain(input: $input) { id } }';
const AWARD = 'mutation ($input: IdInput!) { awardDomain(input: $input) { domainClaim { status } } }';
const LIST = '{ domainClaims { totalCount nodes { domain status } } }';
const ALARMS = '{ alarms(filter: { isOpen: true }) { nodes { kind subjectId details } } }';
const POLICY =
  'mutation ($wanted: Boolean!) { updateCompany(input: { policies: { provisioningNeedsVerifiedDomain: $wanted } }) { company { provisioningStatus { state reason } } } }';
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';

describe.each(HOUSES)('domains, $mode, row-level security $rowSecurity', ({ mode, rowSecurity }) => {
  let rollcall: TestRollcall;
  let dns: DnsServer;
  let operatorKey: string;
  beforeAll(async () => {
    dns = await startDnsServer();
    rollcall = await startRollcall({
      mode,
      env: { ROLLCALL_DNS_SERVERS: dns.address, ROLLCALL_ROW_SECURITY: rowSecurity },
    });
    operatorKey = (await ensureOperatorKey(rollcall.db))!;
  });
  afterAll(async () => {
    await rollcall?.stop();
    await dns?.close();
  });

  let domains = 0;
  const bench = async () => {
    const company = await rollcall.newCompany();
    const send = graphqlClient(company);
    const ask = (source: string, variables = {}) => dataOf(send(source, variables));
    return {
      company,
      scim: scimClient(company),
      ask,
      refused: (source: string, variables = {}) => errorOf(send(source, variables)),
      claim: async (domain = `domain-${++domains}.example`) =>
        (await ask(CLAIM, { input: { domain } })).claimDomain.domainClaim,
      verify: async (id: string) => (await ask(VERIFY, { input: { id } })).verifyDomain,
      alarms: async () => (await ask(ALARMS)).alarms.nodes,
    };
  };
  const prove = ({ recordName, recordText }: { recordName: string; recordText: string }) =>
    dns.texts.set(recordName, [...(dns.texts.get(recordName) ?? []), recordText]);

  it('are claimed, proved by DNS, listed and released', async () => {
    const acme = await bench();
    const claim = await acme.claim('Bücher.Example');
    const { id, recordName, recordText } = claim;
    expect(claim).toMatchObject({ domain: 'xn--bcher-kva.example', status: 'PENDING' });
    expect(recordName).toBe('_rollcall.xn--bcher-kva.example');
    expect(recordText).toMatch(/^rollcall-domain=[\w-]{32}$/);
    expect(await acme.verify(id)).toMatchObject({
      proof: 'ABSENT',
      foundTexts: [],
      domainClaim: { status: 'PENDING', checkedAt: expect.any(String) },
    });

    prove(claim);
    expect(await acme.verify(id)).toEqual({
      proof: 'PROVEN',
      foundTexts: [recordText],
      domainClaim: {
        status: 'VERIFIED',
        verifiedAt: expect.any(String),
        checkedAt: expect.any(String),
        failingSince: null,
      },
    });
    expect((await acme.ask(LIST)).domainClaims).toEqual({
      totalCount: 1,
      nodes: [{ domain: 'xn--bcher-kva.example', status: 'VERIFIED' }],
    });
    const node = 'query ($id: ID!) { node(id: $id) { ... on DomainClaim { domain } } }';
    expect((await acme.ask(node, { id })).node).toEqual({ domain: 'xn--bcher-kva.example' });

    expect((await acme.ask(RELEASE, { input: { id } })).releaseDomain).toEqual({ id });
    expect((await acme.ask(LIST)).domainClaims.totalCount).toBe(0);
  });

  it.each(['localhost', '*.acme.example', '10.0.0.1', 'https://acme.example', '', 'a\0.example'])(
    'refuse %j',
    async (domain) => {
      const acme = await bench();
      expect(await acme.refused(CLAIM, { input: { domain } })).toMatchObject({
        code: 'INVALID_VALUE',
        field: 'domain',
      });
    },
  );

  it('say so when DNS does not answer', async () => {
    const acme = await bench();
    const { id } = await acme.claim();
    dns.otherwise = 'SERVFAIL';
    try {
      expect(await acme.verify(id)).toMatchObject({ proof: 'UNANSWERED', domainClaim: { status: 'PENDING' } });
    } finally {
      dns.otherwise = 'NXDOMAIN';
    }
  });

  it('T-19: a second claim that is proved is held, with an alarm for both, until an operator decides', async () => {
    const [acme, globex] = [await bench(), await bench()];
    const [first, second] = [await acme.claim('contested.example'), await globex.claim('contested.example')];
    prove(first);
    expect((await acme.verify(first.id)).domainClaim.status).toBe('VERIFIED');
    expect((await globex.verify(second.id)).domainClaim.status).toBe('PENDING');

    prove(second);
    expect((await globex.verify(second.id)).domainClaim.status).toBe('HELD');
    const details = { domain: 'contested.example' };
    expect(await globex.alarms()).toEqual([{ kind: 'DOMAIN_HELD', subjectId: second.id, details }]);
    expect(await acme.alarms()).toEqual([{ kind: 'DOMAIN_CONTESTED', subjectId: first.id, details }]);

    const award = { input: { id: second.id } };
    expect(await globex.refused(AWARD, award)).toMatchObject({ code: 'FORBIDDEN' });
    const operator = graphqlClient({ ...globex.company, apiKey: operatorKey });
    const headers = { 'rollcall-company': globex.company.companySlug };
    expect((await dataOf(operator(AWARD, award, headers))).awardDomain.domainClaim.status).toBe('VERIFIED');
    expect((await acme.ask(LIST)).domainClaims.nodes).toEqual([{ domain: 'contested.example', status: 'HELD' }]);
  });

  it('are what provisioning needs where the policy says so', async () => {
    const acme = await bench();
    const { ask, scim } = acme;
    const set = async (wanted: boolean) => (await ask(POLICY, { wanted })).updateCompany.company.provisioningStatus;
    const post = (userName: string) => scim.post('/Users', { schemas: [USER], userName });
    expect((await post('ann')).status).toBe(201);

    expect(await set(true)).toEqual({ state: 'SUSPENDED', reason: 'DOMAIN_REQUIRED' });
    expect(await post('bob')).toMatchObject({
      status: 403,
      body: { status: '403', detail: expect.stringMatching(/verified domain/) },
    });
    expect(await acme.alarms()).toMatchObject([
      { kind: 'PROVISIONING_SUSPENDED', details: { reason: 'DOMAIN_REQUIRED' } },
    ]);

    const claim = await acme.claim();
    expect((await post('bob')).status).toBe(403);
    prove(claim);
    await acme.verify(claim.id);
    expect((await post('bob')).status).toBe(201);
    expect(await acme.alarms()).toEqual([]);

    await ask(RELEASE, { input: { id: claim.id } });
    expect((await post('cid')).status).toBe(403);
    await ask('mutation { disableProvisioning(input: { users: KEEP_ACTIVE }) { company { id } } }');
    const { hash } = (await ask('{ previewProvisioning { hash } }')).previewProvisioning;
    const enable = `mutation { enableProvisioning(input: { previewHash: "${hash}" }) { company { id } } }`;
    expect(await acme.refused(enable)).toMatchObject({ code: 'DOMAIN_REQUIRED' });
    expect(await set(false)).toEqual({ state: 'OFF', reason: null });
    await ask(enable);
    expect((await post('cid')).status).toBe(201);
  });

  it('want somebody who signed in within 15 minutes', async () => {
    const acme = await bench();
    const owner = await ownerOf(rollcall, acme.company.companyId);
    const session = await signedIn(rollcall, acme.company.companyId, owner);
    const ask = graphqlOf(acme.company, session);
    const { id } = (await dataOf(ask(CLAIM, { input: { domain: 'fresh.example' } }))).claimDomain.domainClaim;
    await rollcall.asOwner(`update session set authenticated_at = now() - interval '16 minutes'`);

    for (const [source, input] of [
      [CLAIM, { domain: 'stale.example' }],
      [VERIFY, { id }],
      [RELEASE, { id }],
    ] as const)
      expect(await errorOf(ask(source, { input }))).toMatchObject({ code: 'STEP_UP_REQUIRED' });
    expect((await acme.ask(LIST)).domainClaims.nodes).toEqual([{ domain: 'fresh.example', status: 'PENDING' }]);
  });
});
