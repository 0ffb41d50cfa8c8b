import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { scimProbe } from '#core-api/adapters/scim-probe.js';
import { systemActor } from '#core-api/domain/actor.js';
import { ensureOperatorKey } from '#core-api/domain/bootstrap.js';
import { CompanyService } from '#core-api/domain/company/company-service.js';
import { DirectoryService } from '#core-api/domain/directory/directory-service.js';
import { DirectoryTokens } from '#core-api/domain/directory/directory-tokens.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import type { Probe, ProbeStep } from '#core-api/domain/probe/probe.js';
import { ProbeService } from '#core-api/domain/probe/probe-service.js';
import { ProvisioningService } from '#core-api/domain/provisioning/provisioning-service.js';
import { RoleService } from '#core-api/domain/role/role-service.js';
import { TENANT_TABLES } from '#core-api/persistence/company-guard.js';
import { PROFILE_PRESETS } from '#schema/profile.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { httpProxy, type Meddling } from '#test/support/http-proxy.js';
import { LONG_MODES, MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const TEST = `mutation ($id: ID!) { testDirectory(input: { id: $id }) {
  ok url steps { step title ok status expected got howToMend durationMs }
} }`;

async function tested(company: TestCompany): Promise<{ ok: boolean; url: string; steps: ProbeStep[] }> {
  const { body } = await graphqlClient(company)(TEST, { id: company.directoryId });
  expect(body.errors).toBeUndefined();
  return body.data.testDirectory;
}

const ofState = (steps: readonly ProbeStep[], ok: boolean | null) =>
  steps.filter((each) => each.ok === ok).map(({ step }) => step);
const red = (steps: readonly ProbeStep[]) => steps.filter(({ ok }) => ok === false);
const withCode = (code: string) => expect.objectContaining({ code });

describe.each(MODES)('testing a directory (%s)', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall?.stop());

  /** The services of a company, with every permission. */
  const within = ({ companyId }: TestCompany) => {
    const db = rollcall.db.forCompany(companyId);
    const actor = systemActor(companyId, PERMISSIONS);
    return { db, actor, directories: new DirectoryService(db, actor) };
  };
  const serviceOf = (company: TestCompany, probe: Probe) => {
    const { db, actor } = within(company);
    return new ProbeService(db, actor, probe);
  };
  const root = () => rollcall.scimBaseUrl.replace('/scim/v2', '');
  /** The company in which that one's directories are tested. */
  const hiddenOf = async ({ companyId }: TestCompany) =>
    (
      await rollcall.asOwner<{ id: string; slug: string }>(
        `select id, slug from company where probe_of = '${companyId}'`,
      )
    )[0]!;

  const PRESETS = LONG_MODES.includes(mode) ? PROFILE_PRESETS : PROFILE_PRESETS.slice(0, 1);
  it.each(PRESETS)('is green with the preset %s, whatever identity provider is played', async (preset) => {
    const company = await rollcall.newCompany({ preset });
    for (const idpKind of ['OTHER', 'OKTA', 'ENTRA', 'ONELOGIN'] as const) {
      await within(company).directories.update(company.directoryId, { idpKind });

      const { ok, url, steps } = await tested(company);

      expect([idpKind, red(steps)]).toEqual([idpKind, []]);
      const skipped = [...(idpKind === 'ENTRA' ? ['PUT'] : []), ...(preset === 'betatesting' ? ['ROLE'] : [])];
      expect(ofState(steps, null)).toEqual(skipped);
      expect([ok, url]).toEqual([true, rollcall.scimBaseUrl]);
    }
  });

  it.each([
    ['is strict', { strict: true }],
    ['lists what it manages', { listScope: 'MANAGED' }],
    ['has one full name', { nameMode: 'FORMATTED' }],
    ['maps a few attributes', { attributes: ['userName', 'name', 'emails', 'active', 'title', 'roles'] }],
    ['maps what no PATCH of a text could show', { attributes: ['userName', 'emails', 'active', 'roles'] }],
    ['takes roles of its groups', { roleSource: 'TEAMS' }],
    ['takes roles by names of its own', { roleValues: { chief: 'testers' } }],
    ['takes roles of a text', { roleAttribute: 'userType' }],
    ['takes roles by another name', { roleAttribute: 'job', aliases: { job: 'entitlements' } }],
  ])('is green for a profile that %s', async (_, profile) => {
    const company = await rollcall.newCompany();
    const { db, actor, directories } = within(company);
    await new RoleService(db, actor).create({ key: 'testers', name: 'Testers', permissions: ['users:read'], rank: 7 });
    await directories.update(company.directoryId, { profile, settings: { breaker: { least: 1, most: 1 } } });

    for (const idpKind of ['OKTA', 'ENTRA'] as const) {
      await directories.update(company.directoryId, { idpKind });
      const { steps } = await tested(company);

      expect(red(steps)).toEqual([]);
      if ('roleValues' in profile) expect(steps.find(({ step }) => step === 'ROLE')!.got).toBe('roles: "chief"');
    }
  });

  it('leaves nothing in the company: no row differs, and what was requested is noted in the hidden one', async () => {
    const company = await rollcall.newCompany();
    const digests = () =>
      Promise.all(
        [...TENANT_TABLES, 'company'].map(async (table) => {
          const [found] = await rollcall.asOwner(
            `select '${table}' as table, count(*)::int, md5(string_agg((to_jsonb(t) - 'last_used_at')::text, '' order by to_jsonb(t)::text))
             from ${table} t where ${table === 'company' ? 'id' : 'company_id'} = '${company.companyId}'`,
          );
          return found;
        }),
      );
    await graphqlClient(company)('{ viewer { actor { id } } }');
    const before = await digests();

    expect((await tested(company)).ok).toBe(true);

    const { id } = await hiddenOf(company);
    const requested = () =>
      rollcall.asOwner(`select status from request_log where company_id = '${id}' and status = 201`);
    await expect.poll(async () => (await requested()).length).toBe(2);
    expect(await digests()).toEqual(before);
    const [{ changes } = { changes: 0 }] = await rollcall.asOwner<{ changes: number }>(
      `select count(*)::int as changes from change where company_id = '${id}'`,
    );
    expect(changes).toBeGreaterThan(5);
  });

  it('hides the company from lists, and from operators who name it', async () => {
    const company = await rollcall.newCompany();
    await tested(company);
    const { id, slug } = await hiddenOf(company);
    const operatorKey = await ensureOperatorKey(rollcall.db);
    const operator = graphqlClient({ graphqlUrl: rollcall.graphqlUrl, apiKey: operatorKey! });

    const { body } = await operator('{ companies(first: 100) { totalCount nodes { id } } }');
    const seen = body.data.companies;
    expect(seen.nodes.map((each: { id: string }) => each.id)).toContain(company.companyId);
    expect(seen.nodes).toHaveLength(seen.totalCount);
    expect(seen.nodes.map((each: { id: string }) => each.id)).not.toContain(id);
    for (const named of [id, slug]) {
      const answer = await operator('{ company { id } }', {}, { 'rollcall-company': named });
      expect(answer.body.errors[0].extensions.code).toBe('NOT_FOUND');
    }
    const platform = new CompanyService(rollcall.db, { ...systemActor('', PERMISSIONS), companyId: null });
    await expect(platform.suspend(id)).rejects.toEqual(withCode('NOT_FOUND'));
    await expect(platform.update(id, { name: 'Mine' })).rejects.toEqual(withCode('NOT_FOUND'));
  });

  it('says what is switched off, and tests the rest all the same', async () => {
    const company = await rollcall.newCompany();
    const { db, actor, directories } = within(company);
    await directories.update(company.directoryId, { status: 'DISABLED' });
    const disabled = red((await tested(company)).steps);
    await directories.update(company.directoryId, { status: 'ENABLED' });
    await new ProvisioningService(db, actor).disable('KEEP_ACTIVE');
    const off = red((await tested(company)).steps);

    expect(disabled.map(({ step, got }) => [step, got])).toEqual([['SWITCHED_ON', 'The directory is disabled.']]);
    expect(off.map(({ step, got }) => [step, got])).toEqual([['SWITCHED_ON', 'Provisioning is off.']]);
  });

  it('tests a company once at a time, and ends its token whatever happens', async () => {
    const company = await rollcall.newCompany();
    let secret = '';
    const meddler: Probe = async ({ token }) => {
      secret = token;
      const scim = scimClient({ scimBaseUrl: rollcall.scimBaseUrl, scimToken: token });
      expect((await scim.get('/Users')).status).toBe(200);
      await expect(serviceOf(company, meddler).test(company.directoryId)).rejects.toEqual(withCode('CONFLICT'));
      throw new Error('unplugged');
    };

    await expect(serviceOf(company, meddler).test(company.directoryId)).rejects.toThrow('unplugged');

    const scim = scimClient({ scimBaseUrl: rollcall.scimBaseUrl, scimToken: secret });
    await expect.poll(async () => (await scim.get('/Users')).status).toBe(401);
    expect((await tested(company)).ok).toBe(true);
  });

  it('clears up after a test that was killed, once its token has expired', async () => {
    const company = await rollcall.newCompany();
    await tested(company);
    const { id } = await hiddenOf(company);
    const { actor } = within({ ...company, companyId: id });
    const [directory] = (await new DirectoryService(rollcall.db.forCompany(id), actor).list({ first: 1 })).nodes;
    const { secret } = await new DirectoryTokens(rollcall.db.forCompany(id), actor).create({
      directoryId: directory!.id,
      name: 'Test',
    });
    const scim = scimClient({ scimBaseUrl: rollcall.scimBaseUrl, scimToken: secret });
    const userName = `test.${directory!.id}@rollcall.invalid`;
    const left = await scim.post('/Users', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName });
    expect(left.status).toBe(201);
    await expect(serviceOf(company, scimProbe(root)).test(company.directoryId)).rejects.toEqual(withCode('CONFLICT'));
    await rollcall.asOwner(`update directory_token set expires_at = now() where company_id = '${id}'`);

    expect(red((await tested(company)).steps)).toEqual([]);
    const there = await rollcall.asOwner(`select from app_user where company_id = '${id}' and deleted_at is null`);
    expect(there).toEqual([]);
  });

  describe('is red when', () => {
    let company: TestCompany;
    beforeAll(async () => {
      company = await rollcall.newCompany();
    });
    const behind = async (meddle: Meddling) => {
      const proxy = await httpProxy(root(), meddle);
      onTestFinished(() => proxy.close());
      return proxy.url;
    };
    const testAt = async (url: string, allWithinMs?: number) =>
      (
        await serviceOf(
          company,
          scimProbe(() => url, allWithinMs),
        ).test(company.directoryId)
      ).steps;

    it('nothing listens at the public address', async () => {
      const proxy = await httpProxy(root());
      await proxy.close();

      const steps = await testAt(proxy.url);

      const [step, ...more] = red(steps);
      expect(step).toMatchObject({ step: 'REACH', status: null, got: 'Nothing listens there. (ECONNREFUSED)' });
      expect(step!.howToMend).toContain('ROLLCALL_PUBLIC_URL');
      expect([more, ofState(steps, null).length]).toEqual([[], 15]);
    });

    // In one process the core has no address of its own.
    it.runIf(mode === 'two-processes')('the public address is that of the core alone', async () => {
      const [step] = red(await testAt(rollcall.graphqlUrl.replace('/graphql', '')));

      expect(step).toMatchObject({ step: 'REACH', status: 404 });
      expect(step!.howToMend).toContain('set ROLLCALL_PUBLIC_URL');
    });

    it('the name of the public address is unknown', async () => {
      const [step] = red(await testAt('http://nobody.invalid'));

      expect(step).toMatchObject({ step: 'REACH', got: expect.stringContaining('DNS') });
    });

    it.each([
      ['a page that is not there', 404, {}, 'Something else than Rollcall answers'],
      ['a page', 200, {}, 'Something else than Rollcall answers'],
      ['a redirection', 302, { location: 'https://elsewhere.example/' }, 'redirects (https://elsewhere.example/)'],
      ['a door of its own', 401, {}, 'wants a credential of its own'],
    ])('another server answers with %s', async (_, status, headers, mend) => {
      const steps = await testAt(
        await behind((_request, response) => {
          response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers }).end('<h1>Hello</h1>');
          return null;
        }),
      );

      expect(red(steps)).toMatchObject([{ step: 'REACH', status, got: `${status} (text/html)` }]);
      expect(red(steps)[0]!.howToMend).toContain(mend);
    });

    it('nobody answers in time', async () => {
      const steps = await testAt(await behind(() => null), 200);

      expect(red(steps)).toMatchObject([{ step: 'REACH', got: 'No answer came in time. (TimeoutError)' }]);
      expect(ofState(steps, null)).toHaveLength(15);
    });

    it('a proxy takes away the header Authorization', async () => {
      const steps = await testAt(
        await behind(({ headers: { authorization: _, ...headers }, ...rest }) => ({ ...rest, headers })),
      );

      expect(red(steps)).toMatchObject([{ step: 'RIGHT_CREDENTIAL', status: 401 }]);
      expect(red(steps)[0]!.howToMend).toContain('Authorization');
    });

    it('a proxy lets everybody in by a credential of its own', async () => {
      const authorization = `Bearer ${company.scimToken}`;
      const steps = await testAt(
        await behind(({ headers, method, ...rest }) =>
          method === 'GET' ? { ...rest, method, headers: { ...headers, authorization } } : { ...rest, method, headers },
        ),
      );

      expect(red(steps)).toMatchObject([{ step: 'WRONG_CREDENTIAL', status: 200 }]);
      expect(ofState(steps, null)).toHaveLength(14);
    });

    it('a proxy refuses PATCH', async () => {
      const steps = await testAt(
        await behind((request, response) => {
          if (request.method !== 'PATCH') return request;
          response.writeHead(405, { 'content-type': 'text/html' }).end('<h1>Not allowed</h1>');
          return null;
        }),
      );

      expect(ofState(steps, false)).toEqual(['PATCH', 'ROLE', 'MEMBER_ADD', 'DEACTIVATE']);
      expect(ofState(steps, null)).toEqual(['MEMBER_REMOVE', 'REACTIVATE']);
      expect(red(steps).map(({ howToMend }) => howToMend)).toEqual(
        Array(4).fill(expect.stringContaining('GET, POST, PUT, PATCH and DELETE')),
      );
    });

    it('a proxy writes queries in lower case', async () => {
      const steps = await testAt(
        await behind(({ path, ...rest }) => {
          const [before = '', query] = path.split('?');
          return { ...rest, path: query === undefined ? before : `${before}?${query.toLowerCase()}` };
        }),
      );

      expect(red(steps)[0]).toMatchObject({ step: 'LOOK_UP_HIT', got: 'By externalId nobody is found.' });
    });

    it('the gateway gives out another address than the one that is tested', async () => {
      const url = (await behind((request) => request)).replace('127.0.0.1', 'localhost');
      const steps = await testAt(url);

      expect(ofState(steps, false)).toEqual(['CREATE', 'GROUP']);
      expect(red(steps)[0]!.howToMend).toContain('ROLLCALL_PUBLIC_URL');
    });
  });
});

it('is green where the database itself keeps companies apart', async () => {
  const rollcall = await startRollcall({ mode: 'one-process', env: { ROLLCALL_ROW_SECURITY: 'on' } });
  onTestFinished(() => rollcall.stop());
  const company = await rollcall.newCompany();

  expect(red((await tested(company)).steps)).toEqual([]);
  expect(red((await tested(company)).steps)).toEqual([]);
});
