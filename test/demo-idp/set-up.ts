import { CommandError } from '#cli/command-error.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import type { OidcIdp } from '#test/support/oidc-idp.js';
import type { SamlIdp } from '#test/support/saml-idp.js';
import { peopleOf, scimUser } from './people.js';

/** What a person needs to go on by hand. */
export interface SetUp {
  startUrls: { saml: string; oidc: string };
  scimToken: string;
  /** The id, for SCIM, of the first of the people. */
  anaId: string;
}

interface Connection {
  id: string;
  name: string;
}

const TOKEN_DAYS = 1;

const LOOK = `{
  viewer { company { id } }
  ssoConnections(first: 100) { nodes { id name } }
  directories(first: 1, filter: { status: { eq: "ENABLED" } }) { nodes { id ssoConnections { id } } }
}`;
const CREATE = `mutation ($input: CreateSsoConnectionInput!) { createSsoConnection(input: $input) { ssoConnection { id name } } }`;
const UPDATE = `mutation ($input: UpdateSsoConnectionInput!) { updateSsoConnection(input: $input) { ssoConnection { id name } } }`;
const BELONG = `mutation ($input: UpdateDirectoryInput!) { updateDirectory(input: $input) { directory { id } } }`;
const TOKEN = `mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret } }`;

/** The two connections, as both mutations take them. */
export function connectionInputs(saml: SamlIdp, oidc: OidcIdp) {
  return [
    { name: 'Test IdP (SAML)', kind: 'SAML', config: saml.config },
    { name: 'Test IdP (OpenID Connect)', kind: 'OIDC', config: oidc.config, clientSecret: oidc.clientSecret },
  ] as const;
}

/**
 * Makes one company know both identity providers, by GraphQL, and those of the people who are to be known, by SCIM: as its owner and its identity
 * provider would. What an earlier run has left is used again.
 *
 * @param baseUrl of the server, without a slash at its end
 * @throws CommandError
 */
export async function setUp(
  { baseUrl, apiKey, slug }: { baseUrl: string; apiKey: string; slug: string },
  saml: SamlIdp,
  oidc: OidcIdp,
): Promise<SetUp> {
  const send = graphqlClient({ graphqlUrl: `${baseUrl}/graphql`, apiKey });
  const ask = async (query: string, input?: object) => {
    const { status, body } = await send(query, { input });
    if (!body?.data || body.errors)
      throw new CommandError(`GraphQL answered ${status}: ${body?.errors?.[0]?.message ?? 'without data'}`);
    return body.data;
  };
  const { viewer, ssoConnections, directories } = await ask(LOOK);
  const [directory] = directories.nodes;
  if (!directory) throw new CommandError('the company has no directory that is switched on.');

  const ids: string[] = [];
  for (const { kind, ...values } of connectionInputs(saml, oidc)) {
    const known = (ssoConnections.nodes as Connection[]).find(({ name }) => name === values.name);
    const data = known
      ? await ask(UPDATE, { id: known.id, ...values, status: 'ACTIVE' })
      : await ask(CREATE, { kind, ...values, status: 'ACTIVE' });
    ids.push((data.updateSsoConnection ?? data.createSsoConnection).ssoConnection.id);
  }
  const belonging = (directory.ssoConnections as { id: string }[]).map(({ id }) => id);
  await ask(BELONG, { id: directory.id, ssoConnectionIds: [...new Set([...belonging, ...ids])] });

  const expiresAt = new Date(Date.now() + TOKEN_DAYS * 86_400_000).toISOString();
  const { createDirectoryToken } = await ask(TOKEN, { directoryId: directory.id, name: 'Test IdP', expiresAt });
  const scimToken: string = createDirectoryToken.secret;
  const [anaId] = await provision({ scimBaseUrl: `${baseUrl}/scim/v2`, scimToken }, slug);
  const startOf = (id: string) => `${baseUrl}/sso/${viewer.company.id}/${id}/start`;
  return { startUrls: { saml: startOf(ids[0]!), oidc: startOf(ids[1]!) }, scimToken, anaId: anaId! };
}

/** @returns the ids of those who are there now */
async function provision(target: { scimBaseUrl: string; scimToken: string }, slug: string): Promise<string[]> {
  const scim = scimClient(target);
  const ids: string[] = [];
  for (const person of peopleOf(slug).filter(({ isProvisioned }) => isProvisioned)) {
    const filter = encodeURIComponent(`userName eq "${person.userName}"`);
    const found = (await scim.get(`/Users?filter=${filter}`)).body?.Resources?.[0];
    const answer = found
      ? await scim.patch(`/Users/${found.id}`, [{ op: 'replace', path: 'active', value: true }])
      : await scim.post('/Users', scimUser(person));
    if (answer.status >= 300) throw new CommandError(`SCIM answered ${answer.status}: ${answer.body?.detail}`);
    ids.push(answer.body.id);
  }
  return ids;
}
