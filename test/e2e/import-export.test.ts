import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';

const ROWS = `counts { create update same remove refused } hash
  rows { object index line name id verdict code field message differences { field before after } }`;
const PREVIEW = `query ($input: ImportInput!) { previewImport(input: $input) { ${ROWS} } }`;
const RUN = `mutation ($input: RunImportInput!) { runImport(input: $input) { ${ROWS} } }`;

describe.each(MODES)('import and export, %s', (mode) => {
  let rollcall: TestRollcall;
  let company: TestCompany;
  beforeAll(async () => {
    const rowSecurity = mode === 'two-processes' ? 'on' : 'off';
    rollcall = await startRollcall({ mode, env: { ROLLCALL_ROW_SECURITY: rowSecurity } });
  });
  afterAll(() => rollcall?.stop());
  beforeEach(async () => {
    company = await rollcall.newCompany();
  });

  const download = (name: string, of = company, token = of.apiKey) =>
    fetch(of.graphqlUrl.replace('/graphql', `/export/${name}`), { headers: { authorization: `Bearer ${token}` } });

  /** Looks at the preview, and does it. */
  async function bring(input: object, of = company, more: object = {}) {
    const graphql = graphqlClient(of);
    const seen = await graphql(PREVIEW, { input });
    if (seen.body.errors) return seen.body;
    const previewHash = seen.body.data.previewImport.hash;
    return (await graphql(RUN, { input: { ...input, previewHash, ...more } })).body;
  }

  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];

  it('what was imported is seen, and taken over, by SCIM', async () => {
    const { data } = await bring({
      users: [
        {
          userName: 'ann@example.com',
          title: 'Dev',
          emails: [{ value: 'ann@example.com', type: 'work', primary: true }],
        },
        { userName: 'bob@example.com', active: false },
      ],
      teams: [{ displayName: 'Crew' }],
      memberships: [
        { team: 'crew', userName: 'ANN@example.com' },
        { team: 'Crew', userName: 'bob@example.com' },
      ],
    });
    expect(data.runImport.counts).toEqual({ create: 5, update: 0, same: 0, remove: 0, refused: 0 });
    const scim = scimClient(company);
    const ann = await scim.get('/Users?filter=userName eq "ann@example.com"');
    expect(ann.body.Resources).toMatchObject([
      {
        title: 'Dev',
        emails: [{ value: 'ann@example.com', type: 'work', primary: true }],
        groups: [{ display: 'Crew' }],
      },
    ]);
    const crew = await scim.get('/Groups?filter=displayName eq "Crew"');
    expect(crew.body.Resources[0].members.length).toBe(2);

    const adopted = await scim.put(`/Users/${ann.body.Resources[0].id}`, {
      schemas,
      userName: 'ann@example.com',
      title: 'Lead',
    });
    expect(adopted.status).toBe(200);
    const again = await bring({ users: [{ userName: 'ann@example.com', title: 'Mine' }] });
    expect(again.errors[0].extensions).toMatchObject({ code: 'MANAGED_BY_DIRECTORY' });
    expect((await scim.get(`/Users/${ann.body.Resources[0].id}`)).body.title).toBe('Lead');
  });

  it('I-16: an export quotes formulas, and its import takes that back', async () => {
    const evil = '=HYPERLINK("http://x","y")';
    const created = await scimClient(company).post('/Users', {
      schemas,
      userName: 'eve',
      displayName: evil,
      title: '@SUM(1)',
    });
    expect(created.status).toBe(201);
    const answer = await download('users.csv');
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      'attachment; filename="users.csv"',
    ]);
    const text = await answer.text();
    expect(text).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
    expect(text).toContain(`,'@SUM(1),`);

    const other = await rollcall.newCompany();
    const { data } = await bring({ csv: { users: text } }, other);
    expect(data.runImport.rows.find(({ name }: { name: string }) => name === 'eve')).toMatchObject({
      verdict: 'CREATE',
    });
    const eve = await scimClient(other).get('/Users?filter=userName eq "eve"');
    expect(eve.body.Resources).toMatchObject([{ displayName: evil, title: '@SUM(1)' }]);
    const same = await bring({ csv: { users: text } }, other);
    expect(same.data.runImport.counts).toMatchObject({ create: 0, update: 0, refused: 0 });
  });

  it('T-05: an export shows nothing of another company', async () => {
    const other = await rollcall.newCompany();
    await bring(
      {
        users: [{ userName: 'mark-theirs' }],
        teams: [{ displayName: 'mark-team' }],
        memberships: [{ team: 'mark-team', userName: 'mark-theirs' }],
      },
      other,
    );
    await bring({
      users: [{ userName: 'ours' }],
      teams: [{ displayName: 'Ours' }],
      memberships: [{ team: 'Ours', userName: 'ours' }],
    });
    for (const name of ['users.csv', 'teams.csv', 'memberships.csv']) {
      const [ours, theirs] = [await (await download(name)).text(), await (await download(name, other)).text()];
      expect([ours.includes('mark-'), ours.toLowerCase().includes('ours')]).toEqual([false, true]);
      expect([theirs.includes('mark-'), theirs.toLowerCase().includes('ours')]).toEqual([true, false]);
    }
  });

  it('exports nothing without a key that may, and takes no parameters', async () => {
    const graphql = graphqlClient(company);
    const key = await graphql(
      `mutation { createApiKey(input: { name: "reader", permissions: ["users:read"] }) { secret } }`,
    );
    const { secret } = key.body.data.createApiKey;
    const status = async (name: string, token?: string) => (await download(name, company, token)).status;
    expect(await status('users.csv', company.scimToken)).toBe(401);
    expect([
      await status('users.csv', secret),
      await status('teams.csv', secret),
      await status('memberships.csv', secret),
    ]).toEqual([200, 403, 403]);
    expect(await status('users.csv?active=true')).toBe(400);
    expect(await status('users.jsonl')).toBe(404);
  });

  it('refuses what is given twice, what cannot be read, and a hash that does not hold', async () => {
    const code = async (input: object) => {
      const { errors } = await bring(input);
      return [errors[0].extensions.code, errors[0].extensions.field];
    };
    expect(await code({ users: [], csv: { users: 'userName\n' } })).toEqual(['INVALID_VALUE', 'users']);
    expect(await code({ csv: { users: 'userName,shoeSize\n' } })).toEqual(['INVALID_VALUE', 'csv.users']);
    const { body } = await graphqlClient(company)(RUN, { input: { users: [{ userName: 'x' }], previewHash: 'x' } });
    expect(body.errors[0].extensions.code).toBe('PREVIEW_CHANGED');
  });

  it('shows only the rows that are asked for', async () => {
    const { body } = await graphqlClient(company)(
      `query ($input: ImportInput!) { previewImport(input: $input) { counts { create refused } rows(verdicts: [REFUSED]) { name code } } }`,
      { input: { users: [{ userName: 'x' }, { userName: ' ' }] } },
    );
    expect(body.data.previewImport).toEqual({
      counts: { create: 1, refused: 1 },
      rows: [{ name: ' ', code: 'INVALID_VALUE' }],
    });
  });
});
