// npm run demo:idp: two identity providers on this machine, one of SAML and one of OpenID Connect, and a running Rollcall that knows them.
import { parseArgs } from 'node:util';
import { CommandError } from '#cli/command-error.js';
import { findCompany, newestCompanies } from '#cli/company.js';
import { withInstallation } from '#cli/installation.js';
import { loadCoreConfig } from '#core-api/config.js';
import { ApiKeyService } from '#core-api/domain/auth/api-key-service.js';
import { PERMISSIONS } from '#core-api/domain/permissions.js';
import { serverAddress } from '#core-api/noted-address.js';
import { OidcIdp } from '#test/support/oidc-idp.js';
import { SamlIdp } from '#test/support/saml-idp.js';
import { oidcUser, peopleOf, samlUser } from './people.js';
import { connectionInputs, type SetUp, setUp } from './set-up.js';

const USAGE = `npm run demo:idp -- [--company SLUG] [--url URL] [--api-key KEY] [--port PORT]

  --company  the company that is to know them; without it: the newest
  --url      where Rollcall is; without it: where it runs beside this, or http://127.0.0.1:4000
  --api-key  a key with every permission; wanted with --url, or else told what to paste
  --port     of the identity provider of SAML, that of OpenID Connect has the next one; without it: 4010`;

const KEY_MINUTES = 10;
const LOOPBACK = ['localhost', '127.0.0.1'];

try {
  await main();
} catch (error) {
  const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(`demo:idp: ${busy ? 'the port is taken: give another one by --port.' : (error as Error).message}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      company: { type: 'string' },
      url: { type: 'string' },
      'api-key': { type: 'string' },
      port: { type: 'string', default: '4010' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const port = Number(values.port);
  if (!(port >= 1 && port <= 65_534)) throw new CommandError('--port is a number from 1 to 65534.');
  const baseUrl = (values.url ?? serverAddress(loadCoreConfig(process.env), process.env)).replace(/\/+$/, '');
  const isRunning = await fetch(`${baseUrl}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isRunning)
    throw new CommandError(`nothing answers at ${baseUrl}: run npm start in another terminal, or say --url.`);

  // Under the same name as Rollcall, so that browsers take them for one site also by plain http.
  const { hostname } = new URL(baseUrl);
  const host = LOOPBACK.includes(hostname) ? hostname : 'localhost';
  const saml = await new SamlIdp().listen(port, host);
  const oidc = await new OidcIdp().listen(port + 1, host);
  const company = await companyFor(values);
  saml.users.push(...peopleOf(company.slug).map(samlUser));
  oidc.users.push(...peopleOf(company.slug).map(oidcUser));
  process.once('SIGINT', () => process.exit(0)).once('SIGTERM', () => process.exit(0));

  console.log(`Two test identity providers are running, until you press Ctrl-C:
  SAML            ${saml.url}/metadata
  OpenID Connect  ${oidc.url}`);
  if (company.apiKey === null) return console.log(byHand(saml, oidc, company.why));
  console.log(
    steps(await setUp({ baseUrl, apiKey: company.apiKey, slug: company.slug }, saml, oidc), baseUrl, company.slug),
  );
}

type Company = { slug: string } & ({ apiKey: string } | { apiKey: null; why: string });

/** The company and a key to it: the one that is given, else one from the database beside this, for long enough. */
async function companyFor(given: { company?: string; url?: string; 'api-key'?: string }): Promise<Company> {
  const { company: slug, 'api-key': apiKey } = given;
  if (apiKey !== undefined) return { slug: slug ?? 'demo', apiKey };
  const unreachable = (why: string) => ({ slug: slug ?? 'demo', apiKey: null, why });
  if (given.url !== undefined) return unreachable('the server is elsewhere');
  return withInstallation(process.env, async ({ db }) => {
    const wanted = slug === undefined ? null : await findCompany(db, slug);
    const [newest] = slug === undefined ? await newestCompanies(db, 1) : [];
    const found = wanted && slug !== undefined ? { actor: wanted, slug } : newest;
    if (!found) return unreachable(slug === undefined ? 'it has no company' : `it has no company ${slug}`);
    const keys = new ApiKeyService(db.forCompany(found.actor.companyId), found.actor);
    const expiresAt = new Date(Date.now() + KEY_MINUTES * 60_000);
    const { secret } = await keys.create({ name: 'Test IdP', permissions: [...PERMISSIONS], expiresAt });
    return { slug: found.slug, apiKey: secret };
  }).catch((error: Error) => unreachable(error.message));
}

function steps({ startUrls, scimToken, anaId }: SetUp, baseUrl: string, slug: string): string {
  const patch = (isActive: boolean) => `curl -X PATCH ${baseUrl}/scim/v2/Users/${anaId} \\
       -H 'Authorization: Bearer ${scimToken}' -H 'Content-Type: application/scim+json' \\
       -d '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":${isActive}}]}'`;
  return `
The company "${slug}" knows both, and of the three people there it knows two: Ana and Ben, provisioned by SCIM.

1. Sign in. Open one of these in a browser and choose Ana:
     SAML            ${startUrls.saml}
     OpenID Connect  ${startUrls.oidc}
2. Be refused. Open it once more (in a private window) and choose Cleo, whom nobody has provisioned.
3. Be thrown out. Deactivate Ana as her identity provider would, then reload ${baseUrl}/sign-in/done:
     ${patch(false)}
   Signing in is refused, too.
4. Come back:
     ${patch(true)}
5. See what the log says of it:
     npx rollcall audit export --company ${slug} --kind sign_in.refused
`;
}

/** For those whose Rollcall is out of our reach. */
function byHand(saml: SamlIdp, oidc: OidcIdp, why: string): string {
  const inputs = connectionInputs(saml, oidc).map((input) =>
    JSON.stringify({ input: { ...input, status: 'ACTIVE' } }, null, 2),
  );
  return `
No key was given by --api-key, and there is none to be had from the database beside this: ${why}.
Make the two connections yourself, with an owner's key or session, by this mutation:

mutation ($input: CreateSsoConnectionInput!) {
  createSsoConnection(input: $input) { ssoConnection { id } }
}

with one after the other of these variables:

${inputs.join('\n\n')}

Then let a directory of the company belong with them (updateDirectory, ssoConnectionIds), provision the people by SCIM, and open
  /sso/COMPANY_ID/CONNECTION_ID/start
`;
}
