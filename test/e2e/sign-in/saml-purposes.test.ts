import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRollcall, type TestRollcall } from '#test/support/rollcall.js';
import { CookieJar, samlBed } from '#test/support/saml-bed.js';
import { SamlIdp } from '#test/support/saml-idp.js';
import { ownerOf, signedIn } from '#test/support/sign-in.js';

/* The requests that are more than a sign-in, and a provider that has pages of its own. */

let rollcall: TestRollcall;
let bed: Awaited<ReturnType<typeof samlBed>>;
beforeAll(async () => {
  rollcall = await startRollcall({ mode: 'one-process' });
});
afterAll(() => rollcall?.stop());
beforeEach(async () => {
  bed = await samlBed(rollcall);
});

/** A browser with the session of somebody who came in some other way. */
async function browserOf(userId: string): Promise<CookieJar> {
  const jar = new CookieJar();
  jar.cookies.set('rollcall-session', (await signedIn(rollcall, bed.company.companyId, userId)).token);
  return jar;
}

describe('a step-up', () => {
  it('asks for the person anew, and gives a session that is fresh in place of the old one', async () => {
    const { id, nameId } = await bed.provision();
    const { jar } = await bed.signIn(nameId);
    await rollcall.asOwner(`update session set authenticated_at = now() - interval '1 hour' where user_id = '${id}'`);

    const sent = await bed.begin(jar, '?returnTo=/sign-in/done', 'step-up');
    const response = await jar.post(bed.at('acs'), bed.answer(nameId, sent));

    expect(sent.xml).toContain('ForceAuthn="true"');
    expect([response.status, await bed.who(jar)]).toEqual([303, id]);
    expect(await bed.sessions(`authenticated_at > now() - interval '1 minute' and ended_at is null`)).toHaveLength(1);
    expect((await bed.sessions()).map(({ end_reason }) => end_reason)).toEqual(['REPLACED', null]);
  });

  it('that the provider answers from an old sign-in is refused, and so is one for another person', async () => {
    const [ann, bob] = [await bed.provision(), await bed.provision()];
    const { jar } = await bed.signIn(ann.nameId);
    const hourAgo = new Date(Date.now() - 3_600_000);

    const old = bed.answer(ann.nameId, await bed.begin(jar, '', 'step-up'), { authnInstant: hourAgo });
    const other = bed.answer(bob.nameId, await bed.begin(jar, '', 'step-up'));
    const statuses = [(await jar.post(bed.at('acs'), old)).status, (await jar.post(bed.at('acs'), other)).status];

    expect([statuses, await bed.refusals()]).toEqual([
      [403, 403],
      ['NOT_FRESH', 'OTHER_USER'],
    ]);
    expect(await bed.who(jar)).toBe(ann.id);
  });

  it('is for whoever is signed in, in that company', async () => {
    const elsewhere = await samlBed(rollcall, bed.idp);
    const stranger = (await elsewhere.signIn((await elsewhere.provision()).nameId)).jar;

    const nobody = await bed.begin(new CookieJar(), '', 'step-up');
    const another = await bed.begin(stranger, '', 'step-up');

    const path = new URL(bed.at('step-up')).pathname;
    expect(nobody.response.headers.get('location')).toBe(`/sign-in?${new URLSearchParams({ returnTo: path })}`);
    expect(another.response.status).toBe(403);
  });
});

describe('a test sign-in', () => {
  const lastTest = async () => {
    const rows = await rollcall.asOwner<{ last_test: object }>(
      `select last_test from sso_connection where id = '${bed.connectionId}'`,
    );
    return rows[0]!.last_test;
  };

  it('shows an admin what the provider says, of a draft, too; it signs nobody in, and keeps nothing of the person', async () => {
    await rollcall.asOwner(`update sso_connection set status = 'DRAFT' where id = '${bed.connectionId}'`);
    const jar = await browserOf(await ownerOf(rollcall, bed.company.companyId));
    const user = { nameId: 'x1', attributes: { email: '<ann@acme.example>', groups: ['QA', 'Dev'] } };

    const sent = await bed.begin(jar, '', 'test');
    const response = await jar.post(bed.at('acs'), bed.answer('x1', sent, { user }));

    const page = await response.text();
    expect(response.status).toBe(200);
    for (const text of ['The test succeeded', '&#60;ann@acme.example&#62;', 'QA, Dev']) expect(page).toContain(text);
    const claims = ['subject', 'userName', 'email', 'emailVerified', 'groups', 'idpSession'];
    expect(await lastTest()).toEqual({ at: expect.any(String), succeeded: true, claims });
    expect(await bed.sessions(`method = 'SAML'`)).toEqual([]);
    const [change] = await rollcall.asOwner(
      `select after from change where object_id = '${bed.connectionId}' and kind = 'sso_connection.tested'`,
    );
    expect(change).toEqual({
      after: { userId: await ownerOf(rollcall, bed.company.companyId), succeeded: true, claims },
    });
  });

  it('says exactly what was wrong', async () => {
    const jar = await browserOf(await ownerOf(rollcall, bed.company.companyId));

    const sent = await bed.begin(jar, '', 'test');
    const response = await jar.post(bed.at('acs'), bed.answer('x1', sent, { audience: 'urn:other' }));

    expect(await response.text()).toContain('AUDIENCE: The assertion is for another audience, or for any.');
    expect(await lastTest()).toMatchObject({ succeeded: false, reason: 'AUDIENCE' });
    expect(await bed.refusals()).toEqual([]);
  });

  it('is for those who may change connections', async () => {
    const { id } = await bed.provision();

    const { response } = await bed.begin(await browserOf(id), '', 'test');

    expect([response.status, response.headers.has('location')]).toEqual([403, false]);
  });
});

it('a provider with pages of its own signs somebody in, on request and by itself', async () => {
  const users = [{ nameId: 'ann@acme.example' }];
  const idp = await new SamlIdp({ users }).listen();
  try {
    bed = await samlBed(rollcall, idp);
    users[0]!.nameId = (await bed.provision()).nameId;
    await rollcall.asOwner(`update sso_connection set idp_initiated = true where id = '${bed.connectionId}'`);
    const metadata = await (await fetch(`${idp.url}/metadata`)).text();
    expect(metadata).toContain(`entityID="${idp.entityId}"`);

    const jar = new CookieJar();
    const { response } = await bed.begin(jar);
    const choice = formIn(await (await fetch(response.headers.get('location')!)).text());
    const chosen = await fetch(`${idp.url}${choice.action}`, {
      method: 'POST',
      body: new URLSearchParams({ ...choice.fields, user: users[0]!.nameId }),
    });
    const answer = formIn(await chosen.text());
    expect((await jar.post(answer.action, answer.fields)).status).toBe(303);

    const query = new URLSearchParams({ acs: bed.sp.acsUrl, audience: bed.sp.entityId, user: users[0]!.nameId });
    const unasked = formIn(await (await fetch(`${idp.url}/sso?${query}`)).text());
    expect((await new CookieJar().post(unasked.action, unasked.fields)).status).toBe(303);
    expect(await bed.sessions('ended_at is null')).toHaveLength(2);
  } finally {
    await idp.close();
  }
});

/** The first form of a page: where it goes, and what is hidden in it. */
function formIn(page: string): { action: string; fields: Record<string, string> } {
  const text = (escaped: string) => escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  return {
    action: text(/<form method="post" action="([^"]*)"/.exec(page)![1]!),
    fields: Object.fromEntries(fields.map(([, name, value]) => [name!, text(value!)])),
  };
}
