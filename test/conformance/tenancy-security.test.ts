import { beforeAll, describe, expect, it } from 'vitest';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { dataOf } from '#test/support/graphql-answers.js';
import type { TestCompany } from '#test/support/rollcall.js';
import { addDirectory } from '#test/support/second-directory.js';
import { aProvider, NOBODY, refused, replace } from './provider.js';

describe('many tenants, and security', () => {
  const at = aProvider();
  let other: TestCompany;
  beforeAll(async () => {
    other = await at.rollcall.newCompany();
  });
  const others = () => scimClient(other);

  it('RFC 7644 §6: the credential says which tenant is meant', async () => {
    const { userName } = await at.aUser();
    const filter = encodeURIComponent(`userName eq "${userName}"`);

    expect((await others().get(`/Users?filter=${filter}`)).body.totalResults).toBe(0);
  });

  it('RFC 7644 §6: a tenant’s address works with its own credential', async () => {
    expect((await at.scim.get(`/companies/${at.company.companySlug}/Users?count=1`)).status).toBe(200);
  });

  it('RFC 7644 §6: a tenant’s address is nothing for another’s credential', async () => {
    expect(await others().get(`/companies/${at.company.companySlug}/Users`)).toMatchObject(refused(404));
  });

  it('RFC 7644 §6: another tenant’s resource is 404 by every method, like one that nobody has', async () => {
    const user = await at.aUser();
    const path = `/Users/${user.id}`;
    const unknown = (await others().get(`/Users/${NOBODY}`)).body.detail.replace(NOBODY, user.id);

    expect((await others().get(path)).body.detail).toBe(unknown);
    expect(await others().put(path, { userName: 'taken-over' })).toMatchObject(refused(404));
    expect(await others().patch(path, [replace('active', false)])).toMatchObject(refused(404));
    expect(await others().delete(path)).toMatchObject(refused(404));
    expect(await at.now(user)).toEqual(user);
  });

  it('RFC 7644 §6: names are unique within a tenant, and not beyond', async () => {
    const { userName, id } = await at.aUser();

    const { status, body } = await others().post('/Users', { userName });

    expect(status).toBe(201);
    expect(body.id).not.toBe(id);
  });

  it('RFC 7644 §6.1: externalIds of two clients of one tenant do not meet', async () => {
    const { scim } = await addDirectory(at.company, { name: 'Second client' });
    const externalId = at.name();
    const { id } = await at.aUser({ externalId });

    expect(await scim.post('/Users', { userName: at.name(), externalId })).toMatchObject({ status: 201 });
    expect(await at.find('/Users', `externalId eq "${externalId}"`)).toEqual([id]);
  });

  it('RFC 7644 §6: a member of another tenant joins no group', async () => {
    const { id } = await at.aUser();
    const { body } = await others().post('/Groups', { displayName: at.name(), members: [{ value: id }] });

    expect(body.members ?? []).toEqual([]);
  });

  it('RFC 7644 §7.4: a token is good for what it was made for', async () => {
    const { createDirectoryToken } = await dataOf(
      graphqlClient(at.company)(
        'mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret } }',
        { input: { directoryId: at.company.directoryId, name: 'Reader', scopes: ['read'] } },
      ),
    );
    const token = createDirectoryToken.secret;

    expect((await at.scim.get('/Users?count=1', { token })).status).toBe(200);
    expect(await at.scim.post('/Users', { userName: at.name() }, { token })).toMatchObject(refused(403));
  });

  it('RFC 7644 §7.4: a token that was revoked is 401', async () => {
    const ask = graphqlClient(at.company);
    const { createDirectoryToken } = await dataOf(
      ask(
        'mutation ($input: CreateDirectoryTokenInput!) { createDirectoryToken(input: $input) { secret directoryToken { id } } }',
        {
          input: { directoryId: at.company.directoryId, name: 'Short' },
        },
      ),
    );
    const { secret: token, directoryToken } = createDirectoryToken;
    expect((await at.scim.get('/Users?count=1', { token })).status).toBe(200);

    await dataOf(
      ask('mutation ($input: IdInput!) { revokeDirectoryToken(input: $input) { directoryToken { id } } }', {
        input: { id: directoryToken.id },
      }),
    );

    expect(await at.scim.get('/Users?count=1', { token })).toMatchObject(refused(401));
  });

  it('RFC 7644 §7.4: all tokens that are not good are refused alike', async () => {
    const answers = await Promise.all(
      ['nonsense', `${at.company.scimToken}x`, at.company.apiKey].map((token) => at.scim.get('/Users', { token })),
    );

    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]).toMatchObject(refused(401));
  });

  it('RFC 7644 §7.5: a token is in no answer', async () => {
    const { scimToken } = at.company;

    for (const path of ['/Users?count=1', '/ServiceProviderConfig', `/Users?filter=${scimToken}`])
      expect(JSON.stringify((await at.scim.get(path)).body)).not.toContain(scimToken.slice(-20));
  });

  it('RFC 7644 §7.7: a refusal tells nothing of how the provider works', async () => {
    const { body } = await at.scim.get(`/Users?filter=${encodeURIComponent(`userName eq "' or 1=1 --`)}`);

    expect(body.detail).not.toMatch(/select|postgres|node_modules|\.ts:/i);
  });

  it('RFC 7643 §9.2: a password is stored nowhere that SCIM shows', async () => {
    const user = await at.aUser({ password: 'tell-nobody-1' });

    expect(await at.find('/Users', `id eq "${user.id}" and displayName eq "tell-nobody-1"`)).toEqual([]);
    expect(JSON.stringify(await at.now(user))).not.toContain('tell-nobody-1');
  });

  it('RFC 7644 §7.8: names that look alike in another form of Unicode are one userName', async () => {
    const name = at.name();
    await at.aUser({ userName: `\u00e9${name}` });

    expect(await at.scim.post('/Users', { userName: `e\u0301${name}` })).toMatchObject(refused(409, 'uniqueness'));
    expect(await at.scim.post('/Users', { userName: `\u00c9${name}` })).toMatchObject(refused(409, 'uniqueness'));
  });

  it('RFC 7644 §7.8: letters of full width are the plain ones', async () => {
    const name = at.name();
    await at.aUser({ userName: `ana${name}` });

    expect(await at.scim.post('/Users', { userName: `\uff41na${name}` })).toMatchObject(refused(409, 'uniqueness'));
  });
});
