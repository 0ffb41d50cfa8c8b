import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

const UPDATE = `mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }`;
const CREATE = `mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }`;

describe.each(MODES)('what can be switched for a directory, %s', (mode) => {
  let rollcall: TestRollcall;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
  });
  afterAll(() => rollcall?.stop());

  async function aCompany() {
    const company = await rollcall.newCompany();
    const scim = scimClient(company);
    const graphql = graphqlClient(company);
    /** The gateway knows at once: what is discovered is asked anew. */
    const set = async (profile: object) => {
      const { body } = await graphql(UPDATE, { input: { id: company.directoryId, profile } });
      await scim.get('/ServiceProviderConfig');
      return body.errors?.[0].extensions ?? null;
    };
    return { company, scim, graphql, set };
  }

  it('unsupportedFilter: with 501 only eq and and are evaluated', async () => {
    const { scim, set } = await aCompany();
    const find = async (filter: string) => (await scim.get(`/Users?filter=${encodeURIComponent(filter)}`)).status;
    expect(await find('userName sw "a"')).toBe(200);

    expect(await set({ unsupportedFilter: 501 })).toBeNull();
    expect([await find('userName sw "a"'), await find('userName eq "a" and active eq true')]).toEqual([501, 200]);
    expect(await set({ unsupportedFilter: 400 })).toBeNull();
    expect(await find('userName sw "a"')).toBe(200);
    expect(await set({ unsupportedFilter: 404 })).toMatchObject({
      code: 'INVALID_VALUE',
      field: 'profile.unsupportedFilter',
    });
  });

  it('listScope: local users are listed with ALL, and are not there with MANAGED', async () => {
    const { scim, graphql, set } = await aCompany();
    await graphql(CREATE, { input: { userName: 'local' } });
    await scim.post('/Users', { userName: 'managed' });
    const names = async () =>
      (await scim.get('/Users')).body.Resources.map(({ userName }: { userName: string }) => userName).filter(
        (name: string) => name === 'local' || name === 'managed',
      );
    expect(await names()).toEqual(['local', 'managed']);

    expect(await set({ listScope: 'MANAGED' })).toBeNull();
    expect(await names()).toEqual(['managed']);
    expect(await set({ listScope: 'NONE' })).toMatchObject({ code: 'INVALID_VALUE', field: 'profile.listScope' });
  });

  it('the address may name the company: its own answers, and any other is 404', async () => {
    const { company, scim } = await aCompany();
    const other = await rollcall.newCompany();
    expect(await scim.get(`/companies/${company.companySlug}/Users`)).toMatchObject({ status: 200 });
    expect(await scim.get(`/companies/${other.companySlug}/Users`)).toMatchObject({ status: 404 });
  });
});
