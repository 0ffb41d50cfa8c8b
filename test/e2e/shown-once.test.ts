import { getNamedType, isLeafType, isObjectType } from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import { coreSchema } from '#core-api/graphql/schema.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { MODES, startRollcall } from '#test/support/rollcall.js';

const schema = await coreSchema();

describe.each(MODES)('a secret is shown once, %s', (mode) => {
  it('A-18: no query, no table, no change and no log holds it afterwards', async () => {
    let written = '';
    const keep = (text: string | Uint8Array) => {
      written += typeof text === 'string' ? text : new TextDecoder().decode(text);
      return true;
    };
    vi.spyOn(process.stdout, 'write').mockImplementation(keep as typeof process.stdout.write);
    vi.spyOn(process.stderr, 'write').mockImplementation(keep as typeof process.stderr.write);
    const rollcall = await startRollcall({ mode, env: { ROLLCALL_LOG_LEVEL: 'trace' } });
    try {
      const company = await rollcall.newCompany();
      const graphql = graphqlClient(company);
      const of = { directoryId: company.directoryId, name: 'Canary' };
      const made = await graphql(
        `mutation ($of: CreateDirectoryTokenInput!, $client: CreateOAuthClientInput!) {
          token: createDirectoryToken(input: $of) { secret directoryToken { id } }
          client: createOAuthClient(input: $client) { secret directoryToken { id } }
        }`,
        { of, client: of },
      );
      const { token, client } = made.body.data;
      const rotated = await graphql(
        'mutation ($input: RotateDirectoryTokenInput!) { rotateDirectoryToken(input: $input) { secret } }',
        { input: { id: token.directoryToken.id } },
      );
      const issue = () =>
        fetch(`${new URL(company.scimBaseUrl).origin}/oauth/token`, {
          method: 'POST',
          body: new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: client.directoryToken.id,
            client_secret: client.secret,
          }),
        });
      const access = await issue();
      // What fails unforeseen is what logs say most about.
      await rollcall.asOwner('alter table directory_token rename column hint to no_hint');
      expect(await (await issue()).json()).toMatchObject({ error: 'server_error' });
      await rollcall.asOwner('alter table directory_token rename column no_hint to hint');
      const secrets: string[] = [
        company.scimToken,
        company.apiKey,
        token.secret,
        client.secret,
        rotated.body.data.rotateDirectoryToken.secret,
        ((await access.json()) as { access_token: string }).access_token,
      ];
      for (const secret of secrets) {
        const scim = scimClient({ ...company, scimToken: secret });
        await scim.get('/Users');
        await scim.post('/Users', { userName: '' });
        await scim.get(`/Users?access_token=${secret}`, { token: null });
        await graphqlClient({ ...company, apiKey: secret })('{ viewer { actor { id } } }');
      }

      const all = (name: string) => {
        const type = schema.getType(name);
        if (!isObjectType(type)) throw new Error(`${name} is no type.`);
        const fields = Object.values(type.getFields()).filter((field) => isLeafType(getNamedType(field.type)));
        return fields.map((field) => field.name).join(' ');
      };
      const answers = [
        await graphql(`{ directories { nodes { ${all('Directory')} tokens { ${all('DirectoryToken')} } } } }`),
        await graphql(`{ changes(first: 100) { nodes { ${all('Change')} } } }`),
        await graphql(`{ apiKeys { nodes { ${all('ApiKey')} } } }`),
        await graphql(`query ($id: ID!) { node(id: $id) { id ... on DirectoryToken { ${all('DirectoryToken')} } } }`, {
          id: token.directoryToken.id,
        }),
      ];
      for (const { body } of answers) expect(body.errors).toBeUndefined();
      expect(answers[0]!.body.data.directories.nodes[0].tokens.length).toBe(4);
      const shown = JSON.stringify(answers.map(({ body }) => body));
      const tables = await rollcall.asOwner<{ name: string }>(
        `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
      );
      const storedWhere = async (texts: readonly string[]) => {
        const needles = `array['${texts.join("','")}']`;
        const looks = tables.map(
          ({ name }) =>
            `select '${name}' as name from ${name} t where exists (select from unnest(${needles}) n where strpos(t::text, n) > 0)`,
        );
        const rows = await rollcall.asOwner<{ name: string }>(looks.join(' union '));
        return rows.map(({ name }) => name);
      };
      expect(await storedWhere(['Canary'])).toContain('directory_token');
      // The part that nobody could know: without prefix, company and checksum.
      const cores = secrets.map((secret) => secret.split('_')[2]!);
      expect(cores.map(({ length }) => length)).toEqual(Array(6).fill(43));
      expect(await storedWhere(cores.flatMap((core) => [core, Buffer.from(core).toString('hex')]))).toEqual([]);
      for (const core of cores) {
        expect(shown).not.toContain(core);
        expect(written).not.toContain(core);
      }
      expect(written).toMatch(/unforeseen/);
    } finally {
      vi.restoreAllMocks();
      await rollcall.stop();
    }
  });
});
