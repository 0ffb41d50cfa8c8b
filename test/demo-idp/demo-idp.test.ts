import { afterAll, beforeAll, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { OidcIdp } from '#test/support/oidc-idp.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { CookieJar } from '#test/support/saml-bed.js';
import { SamlIdp } from '#test/support/saml-idp.js';
import { oidcUser, peopleOf, samlUser } from './people.js';
import { type SetUp, setUp } from './set-up.js';

const saml = new SamlIdp();
const oidc = new OidcIdp();
let rollcall: TestRollcall;
let company: TestCompany;
let made: SetUp;

beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
  company = await rollcall.newCompany();
  saml.users.push(...peopleOf(company.companySlug).map(samlUser));
  oidc.users.push(...peopleOf(company.companySlug).map(oidcUser));
  await saml.listen(0, '127.0.0.1');
  await oidc.listen(0, '127.0.0.1');
  made = await again();
});
afterAll(async () => {
  await saml.close();
  await oidc.close();
  await rollcall?.stop();
});

const again = () => {
  const baseUrl = new URL(rollcall.graphqlUrl).origin;
  return setUp({ baseUrl, apiKey: company.apiKey, slug: company.companySlug }, saml, oidc);
};

/** Goes the way of a person: from the address that is printed, by the provider's page, and back. @returns where they land */
async function come(by: 'saml' | 'oidc', name: string, jar = new CookieJar()): Promise<string> {
  const sent = (await jar.send(made.startUrls[by])).headers.get('location')!;
  const asked = await (await fetch(sent)).text();
  const user = by === 'saml' ? `${name}@${company.companySlug}.example` : `subject-of-${name}`;
  expect(asked).toContain(`value="${user}"`);
  if (by === 'oidc') return landing(await jar.send((await oidc.signIn(sent, user)).href));
  const form = await (await fetch(`${sent}&user=${encodeURIComponent(user)}`)).text();
  const [, action] = /action="([^"]*)"/.exec(form)!;
  const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, field, value]) => [field, value]);
  return landing(await jar.post(action!, Object.fromEntries(fields)));
}

const landing = (response: Response) => response.headers.get('location') ?? `${response.status}`;

it.each(['saml', 'oidc'] as const)(
  'the demo lets in by %s whoever is provisioned and nobody else, and follows a deactivation and its end',
  async (by) => {
    const jar = new CookieJar();
    expect(await come(by, 'ana', jar)).toBe('/sign-in/done');
    expect(await come(by, 'cleo')).toBe('403');

    const scim = scimClient({ ...company, scimToken: made.scimToken });
    await scim.patch(`/Users/${made.anaId}`, [{ op: 'replace', path: 'active', value: false }]);
    const home = new URL('/sign-in/done', rollcall.graphqlUrl).href;
    expect(landing(await jar.send(home))).toBe('/sign-in');
    expect(await come(by, 'ana')).toBe('403');

    await scim.patch(`/Users/${made.anaId}`, [{ op: 'replace', path: 'active', value: true }]);
    expect(await come(by, 'ana')).toBe('/sign-in/done');
  },
);

it('is set up again over what an earlier run has left', async () => {
  const before = made;
  made = await again();
  expect(made).toMatchObject({ startUrls: before.startUrls, anaId: before.anaId });
  expect(await come('saml', 'ana')).toBe('/sign-in/done');
});
