import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scimClient } from '#test/support/clients.js';
import { MODES, startRollcall, type TestRollcall } from '#test/support/rollcall.js';

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error';

describe.each(MODES)('many clients at once, %s', (mode) => {
  let rollcall: TestRollcall;
  let scim: ReturnType<typeof scimClient>;
  beforeAll(async () => {
    rollcall = await startRollcall({ mode });
    scim = scimClient(await rollcall.newCompany());
  });
  afterAll(() => rollcall.stop());

  it('makes one user of fifty requests for one userName', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => scim.post('/Users', { userName: 'Rush' })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      scimType: 'uniqueness',
      detail: 'userName is already in use.',
    });
  });

  it('loses no member when sixteen clients change one group at once', async () => {
    const people = await Promise.all(
      Array.from(
        { length: 64 },
        async (_, index) => (await scim.post('/Users', { userName: `crowd${index}` })).body.id,
      ),
    );
    const [stays, comes] = [people.slice(0, 32), people.slice(32)];
    const group = (await scim.post('/Groups', { displayName: 'Crowd', members: stays.map((value) => ({ value })) }))
      .body;
    const answers = await Promise.all(
      Array.from({ length: 16 }, async (_, client) => {
        const statuses: number[] = [];
        for (const turn of [0, 1]) {
          const at = client * 2 + turn;
          const patch = await scim.patch(`/Groups/${group.id}`, [
            { op: 'add', path: 'members', value: [{ value: comes[at] }] },
            { op: 'remove', path: `members[value eq "${stays[at]}"]` },
          ]);
          statuses.push(patch.status);
        }
        return statuses;
      }),
    );
    expect(new Set(answers.flat())).toEqual(new Set([204]));
    const after = (await scim.get(`/Groups/${group.id}`)).body;
    expect(after.members.map(({ value }: { value: string }) => value).sort()).toEqual([...comes].sort());
  });

  it('loses no change when sixteen clients change one user at once', async () => {
    const { id } = (await scim.post('/Users', { userName: 'busy' })).body;
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, client) =>
        scim.patch(`/Users/${id}`, [{ op: 'add', path: 'emails', value: [{ value: `e${client}@x.example` }] }]),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await scim.get(`/Users/${id}`)).body.emails).toHaveLength(16);
  });

  it('I-18: answers a stale, a wild and a malformed If-Match', async () => {
    for (const kind of ['Users', 'Groups']) {
      const made = await scim.post(`/${kind}`, { userName: `tag-${kind}`, displayName: `tag-${kind}` });
      const { id } = made.body;
      const etag = made.headers.get('etag') ?? '';
      expect(etag).toBe(made.body.meta.version);
      const patch = (ifMatch: string, value: string) =>
        scim.patch(`/${kind}/${id}`, [{ op: 'replace', path: 'displayName', value }], {
          headers: { 'if-match': ifMatch },
        });
      expect((await patch(etag, `${kind} a`)).status).toBe(kind === 'Users' ? 200 : 204);
      expect(await patch(etag, `${kind} b`)).toMatchObject({ status: 412, body: { schemas: [ERROR], status: '412' } });
      expect(await patch('nonsense', `${kind} c`)).toMatchObject({ status: 412 });
      expect((await patch('*', `${kind} d`)).status).toBeLessThan(300);
      const { body, headers } = await scim.get(`/${kind}/${id}`);
      expect(body.displayName).toBe(`${kind} d`);
      expect(headers.get('etag')).toBe('W/"3"');
      const put = (ifMatch: string) =>
        scim.put(
          `/${kind}/${id}`,
          { userName: `tag-${kind}`, displayName: `${kind} e` },
          { headers: { 'if-match': ifMatch } },
        );
      expect(await put(etag)).toMatchObject({ status: 412 });
      expect(await put('"3"')).toMatchObject({ status: 200, body: { meta: { version: 'W/"4"' } } });
      const remove = (ifMatch: string) =>
        scim.call('DELETE', `/${kind}/${id}`, undefined, { headers: { 'if-match': ifMatch } });
      expect(await remove(etag)).toMatchObject({ status: 412 });
      expect(await remove('W/"4"')).toMatchObject({ status: 204 });
      expect(await remove('*')).toMatchObject({ status: 404 });
    }
  });

  it('I-18: answers If-None-Match with 304 where the version tells of all that is asked for', async () => {
    const user = await scim.post('/Users', { userName: 'seen-before' });
    const group = await scim.post('/Groups', { displayName: 'Seen before', members: [{ value: user.body.id }] });
    const own = `/Users/${user.body.id}?excludedAttributes=groups,roles`;
    const read = (path: string, etag: string | null) => scim.get(path, { headers: { 'if-none-match': etag ?? '' } });

    expect(await read(own, user.headers.get('etag'))).toMatchObject({ status: 304, body: null });
    // Its groups have changed since, and the user's version says nothing of them.
    expect(await read(`/Users/${user.body.id}`, user.headers.get('etag'))).toMatchObject({ status: 200 });
    expect(await read(`/Groups/${group.body.id}`, group.headers.get('etag'))).toMatchObject({ status: 304 });

    await scim.patch(`/Users/${user.body.id}`, [{ op: 'replace', path: 'title', value: 'Dr' }]);
    await scim.patch(`/Groups/${group.body.id}`, [{ op: 'remove', path: 'members' }]);
    expect(await read(own, user.headers.get('etag'))).toMatchObject({ status: 200, body: { title: 'Dr' } });
    expect(await read(`/Groups/${group.body.id}`, group.headers.get('etag'))).toMatchObject({ status: 200 });
  });

  it('I-18: a write with If-None-Match or several versions is done when the version that is there allows it', async () => {
    for (const kind of ['Users', 'Groups']) {
      const made = await scim.post(`/${kind}`, { userName: `none-${kind}`, displayName: `none-${kind}` });
      const path = `/${kind}/${made.body.id}`;
      const done = kind === 'Users' ? 200 : 204;
      const body = { userName: `none-${kind}`, displayName: `none-${kind}` };
      const patch = (headers: Record<string, string>, value: string) =>
        scim.patch(path, [{ op: 'replace', path: 'externalId', value }], { headers });

      const unmet: Record<string, string>[] = [
        { 'if-none-match': '*' },
        { 'if-none-match': 'W/"9", W/"1"' },
        { 'if-match': '"7", "8"' },
      ];
      for (const headers of unmet) {
        expect(await patch(headers, 'never')).toMatchObject({ status: 412, body: { schemas: [ERROR] } });
        expect(await scim.put(path, { ...body, externalId: 'never' }, { headers })).toMatchObject({ status: 412 });
        expect(await scim.delete(path, { headers })).toMatchObject({ status: 412 });
      }
      expect((await scim.get(path)).body).toEqual(made.body);
      expect((await patch({ 'if-none-match': 'W/"9"' }, 'a')).status).toBe(done);
      expect((await patch({ 'if-match': 'W/"1", W/"2"' }, 'b')).status).toBe(done);
      expect(await scim.put(path, body, { headers: { 'if-none-match': 'W/"2"' } })).toMatchObject({ status: 200 });
      expect(await scim.delete(path, { headers: { 'if-none-match': '"0"' } })).toMatchObject({ status: 204 });
      expect(await scim.delete(path, { headers: { 'if-none-match': '*' } })).toMatchObject({ status: 404 });
    }
  });

  it('I-18: a read with If-Match is 412 when that version is gone', async () => {
    const user = await scim.post('/Users', { userName: 'if-match-read' });
    const group = await scim.post('/Groups', { displayName: 'If-Match read' });
    for (const { body } of [user, group]) {
      const path = new URL(body.meta.location).pathname.replace('/scim/v2', '');
      const read = (ifMatch: string) => scim.get(path, { headers: { 'if-match': ifMatch } });
      expect(await read('W/"1"')).toMatchObject({ status: 200 });
      expect(await read('W/"2"')).toMatchObject({ status: 412, body: { schemas: [ERROR] } });
    }
  });

  it.each(['/ServiceProviderConfig', '/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group', '/ResourceTypes/User'])(
    'I-18: %s has a version, and is read again only when it is another one',
    async (path) => {
      const { body, headers } = await scim.get(path);
      const etag = headers.get('etag')!;
      expect(etag).toMatch(/^W\/"[\w-]{22}"$/);
      expect(body.meta.version).toBe(etag);
      expect(await scim.get(path, { headers: { 'if-none-match': etag } })).toMatchObject({ status: 304, body: null });
      expect(await scim.get(path, { headers: { 'if-none-match': 'W/"1"' } })).toMatchObject({ status: 200, body });
      expect(await scim.get(path, { headers: { 'if-match': 'W/"1"' } })).toMatchObject({ status: 412 });
      const all = path.startsWith('/Service') ? null : await scim.get(`/${path.split('/')[1]}`);
      if (all) expect(all.body.Resources).toContainEqual(body);
    },
  );
});
