import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#core-api/domain/new-id.js';
import { TENANT_TABLES } from '#core-api/persistence/company-guard.js';
import { ENDPOINTS } from '#gateway/routes/route-table.js';
import { graphqlClient, scimClient } from '#test/support/clients.js';
import { startRollcall, type TestCompany, type TestRollcall } from '#test/support/rollcall.js';
import { HOUSES, MARK, Neighbour } from './neighbour.js';

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
/** Their ids are names of the protocol, the same for everybody. */
const OF_NO_COMPANY: readonly string[] = ['ServiceProviderConfig', 'Schemas', 'ResourceTypes'];

/** Every way to one object: made from the gateway's own table, so that a new one is asked as well. */
const ITEM_ROUTES = [...ENDPOINTS].flatMap(([endpoint, { item }]) =>
  OF_NO_COMPANY.includes(endpoint) ? [] : Object.keys(item).map((method) => ({ endpoint, method })),
);

const BODIES: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  Users: {
    PUT: { userName: 'taken-over@attacker.example', active: false },
    PATCH: { schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'active', value: false }] },
  },
  Groups: {
    PUT: { displayName: 'Taken over', members: [] },
    PATCH: { schemas: [PATCH_OP], Operations: [{ op: 'remove', path: 'members' }] },
  },
};

describe.each(HOUSES)(
  'SCIM beside another company, $mode, row-level security $rowSecurity',
  ({ mode, rowSecurity }) => {
    let rollcall: TestRollcall;
    let own: TestCompany;
    let neighbour: Neighbour;
    let before: Record<string, string>;
    beforeAll(async () => {
      rollcall = await startRollcall({ mode, env: { ROLLCALL_ROW_SECURITY: rowSecurity } });
      own = await rollcall.newCompany({ name: 'Own' });
      neighbour = await Neighbour.moveIn(rollcall);
      before = await neighbour.rows();
    });
    afterAll(() => rollcall?.stop());

    const scim = () => scimClient(own);
    const expectUntouched = async () => expect(await neighbour.rows()).toEqual(before);

    it('has a neighbour with rows in every table, so that none can change unseen', async () => {
      const counted = await rollcall.asOwner<{ table: string }>(
        TENANT_TABLES.filter((table) => table !== 'change_seal')
          .map(
            (table) =>
              `select '${table}' as "table" where not exists (select from ${table} where company_id = '${neighbour.company.companyId}')`,
          )
          .join(' union all '),
      );
      expect(counted).toEqual([]);
    });

    it.each(ITEM_ROUTES)(
      'T-01: $method /$endpoint/{id} answers for a neighbour’s id as for one that nobody has',
      async ({ endpoint, method }) => {
        const ids: Record<string, string[]> = {
          Users: [neighbour.managed.user, neighbour.ids.User],
          Groups: [neighbour.managed.team, neighbour.ids.Team],
        };
        expect(Object.keys(ids), 'an endpoint that this test knows no object of').toContain(endpoint);
        const ask = async (id: string, search = '') => {
          const answer = await scim().call(method, `/${endpoint}/${id}${search}`, BODIES[endpoint]?.[method]);
          return { status: answer.status, body: JSON.stringify(answer.body).replaceAll(id, '{id}') };
        };
        const unknown = await ask(newId());
        expect(unknown.status).toBe(404);
        for (const id of ids[endpoint]!) {
          expect(await ask(id)).toEqual(unknown);
          expect(await ask(id, '?attributes=id')).toEqual(unknown);
          expect(await ask(id.toUpperCase()).then(({ status }) => status)).toBe(404);
        }
        await expectUntouched();
      },
    );

    it('T-03: a neighbour’s user becomes no member, neither by PATCH, nor by PUT, nor when the group is made', async () => {
      const foreign = [{ value: neighbour.managed.user }, { value: neighbour.ids.User }];
      const made = await scim().post('/Groups', { displayName: 'Mixed', members: foreign });
      expect(made.body.members ?? []).toEqual([]);
      const path = `/Groups/${made.body.id}`;
      await scim().patch(path, [{ op: 'add', path: 'members', value: foreign }]);
      await scim().put(path, { displayName: 'Mixed', members: foreign });
      expect((await scim().get(path)).body.members ?? []).toEqual([]);
      const stored = await rollcall.asOwner(`select from team_membership where team_id = '${made.body.id}'`);
      expect(stored).toEqual([]);
      await expectUntouched();
    });

    it('T-03: a manager who is a neighbour’s user is a text, and shows nothing of them', async () => {
      const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
      const made = await scim().post('/Users', {
        userName: 'report@own.example',
        [enterprise]: { manager: { value: neighbour.managed.user } },
      });
      expect(made.status).toBe(201);
      const read = await scim().get(`/Users/${made.body.id}`);
      expect(JSON.stringify(read.body)).not.toContain(MARK);
      expect(read.body[enterprise].manager).toEqual({ value: neighbour.managed.user });
      await expectUntouched();
    });

    it('T-06: the company in the path must be the token’s, and an id in the body names nobody', async () => {
      const { companySlug } = neighbour.company;
      for (const path of [
        `/companies/${companySlug}/Users`,
        `/companies/${companySlug}/Users/${neighbour.managed.user}`,
      ]) {
        const answer = await scim().get(path);
        expect(answer.status).toBe(404);
        const nowhere = await scim().get(path.replace(companySlug, 'no-such-company'));
        expect(JSON.stringify(answer.body).replaceAll(companySlug, 'no-such-company')).toBe(
          JSON.stringify(nowhere.body),
        );
      }
      const mine = await scim().post('/Users', { userName: 'mine@own.example', id: neighbour.managed.user });
      expect(mine.body.id).not.toBe(neighbour.managed.user);
      expect((await scim().get(`/companies/${own.companySlug}/Users/${mine.body.id}`)).status).toBe(200);
      const put = await scim().put(`/Users/${mine.body.id}`, {
        id: neighbour.managed.user,
        userName: 'mine@own.example',
      });
      expect([200, 400]).toContain(put.status);
      if (put.status === 200) expect(put.body.id).toBe(mine.body.id);
      await expectUntouched();
    });

    it('T-07: an externalId is opaque text that never leads to anybody', async () => {
      const existing = await scim().post('/Users', { userName: 'existing@own.example', externalId: 'e-0' });
      const values = ['1', '0', '-1', '0001', '1e3', 'null', existing.body.id, neighbour.managed.user, `${MARK}-1`];
      for (const [index, externalId] of values.entries()) {
        const made = await scim().post('/Users', { userName: `opaque-${index}@own.example`, externalId });
        expect(made.status).toBe(201);
        expect(made.body.externalId).toBe(externalId);
        expect([existing.body.id, neighbour.managed.user]).not.toContain(made.body.id);
        const found = await scim().get(`/Users?filter=${encodeURIComponent(`externalId eq "${externalId}"`)}`);
        expect(found.body.Resources.map((user: { id: string }) => user.id)).toEqual([made.body.id]);
        if (!/^[\da-f-]{36}$/.test(externalId))
          expect((await scim().get(`/Users/${encodeURIComponent(externalId)}`)).status).toBe(404);
      }
      expect((await scim().get(`/Users?filter=${encodeURIComponent('externalId eq "01"')}`)).body.totalResults).toBe(0);
      await expectUntouched();
    });

    it('T-08: somebody with the user name and address of a neighbour’s user is somebody else', async () => {
      const address = `${MARK}@neighbour.example`;
      const made = await scim().post('/Users', {
        userName: address,
        displayName: 'Not them',
        emails: [{ value: address, type: 'work', primary: true }],
      });
      expect(made.status).toBe(201);
      expect(made.body.id).not.toBe(neighbour.managed.user);
      const path = `/Users/${made.body.id}`;
      await scim().patch(path, [
        { op: 'replace', path: 'emails[type eq "work"].value', value: 'attacker@evil.example' },
      ]);
      await scim().patch(path, [{ op: 'replace', path: 'userName', value: 'attacker@evil.example' }]);
      const theirs = await scimClient(neighbour.company).get(`/Users/${neighbour.managed.user}`);
      expect(theirs.body).toMatchObject({
        userName: address,
        displayName: `User ${MARK}`,
        emails: [{ value: address }],
      });
      await expectUntouched();
    });

    it('T-09: what an identity provider may not set is not set: passwords, ids, permissions, companies', async () => {
      const sent = {
        userName: 'ambitious@own.example',
        password: 'correct horse battery staple',
        id: neighbour.managed.user,
        meta: { created: '2001-01-01T00:00:00Z', version: 'W/"99"', resourceType: 'Group' },
        roles: [{ value: 'owner', primary: true }],
        isAdmin: true,
        tenantId: neighbour.company.companyId,
        companyId: neighbour.company.companyId,
        company_id: neighbour.company.companyId,
        groups: [{ value: neighbour.managed.team }],
        emails: [{ value: 'ambitious@own.example', type: 'work', primary: true, verified: true }],
      };
      const made = await scim().post('/Users', sent);
      const without = made.status === 201 ? made : await scim().post('/Users', { ...sent, roles: [] });
      expect(without.status).toBe(201);
      const { id } = without.body;
      await scim().patch(`/Users/${id}`, [
        { op: 'replace', value: { password: 'other', isAdmin: true, tenantId: neighbour.company.companyId } },
      ]);
      const { body } = await graphqlClient(own)(
        'query ($id: ID!) { user(id: $id) { id roles { key } teams { id } } }',
        {
          id,
        },
      );
      expect(body.data.user.roles.map(({ key }: { key: string }) => key)).not.toContain('owner');
      expect(body.data.user.teams).toEqual([]);
      const stored = await rollcall.asOwner<{ row: string; company_id: string }>(
        `select u::text as row, u.company_id from app_user u where id = '${id}'`,
      );
      expect(stored).toMatchObject([{ company_id: own.companyId }]);
      expect(stored[0]!.row).not.toMatch(/correct horse|verified|isAdmin|2001-01-01/);
      expect(await rollcall.asOwner(`select from local_credential where user_id = '${id}'`)).toEqual([]);
      expect(await rollcall.asOwner(`select from change where after::text like '%correct horse%'`)).toEqual([]);
      await expectUntouched();
    });

    it('T-11: deleting a user leaves the neighbour’s user of the same name alone, with their groups', async () => {
      const address = `${MARK}@neighbour.example`;
      const twin = await scim().post('/Users', { userName: address, externalId: `${MARK}-1-twin` });
      const team = await scim().post('/Groups', { displayName: `Group ${MARK}`, members: [{ value: twin.body.id }] });
      expect((await scim().delete(`/Users/${twin.body.id}`)).status).toBe(204);
      expect((await scim().get(`/Groups/${team.body.id}`)).body.members ?? []).toEqual([]);
      const theirs = await scimClient(neighbour.company).get(`/Users/${neighbour.managed.user}`);
      expect(theirs.body).toMatchObject({ active: true, groups: [{ value: neighbour.managed.team }] });
      await expectUntouched();
    });

    it('T-12: somebody who was deleted here comes to the neighbour as a stranger, with nothing of what they had', async () => {
      const leaver = { userName: 'leaver@people.example', externalId: 'leaver-1' };
      const here = await scim().post('/Users', leaver);
      await scim().post('/Groups', { displayName: 'Leavers', members: [{ value: here.body.id }] });
      await scim().delete(`/Users/${here.body.id}`);
      const other = await rollcall.newCompany();
      const there = await scimClient(other).post('/Users', leaver);
      expect(there.status).toBe(201);
      expect(there.body.id).not.toBe(here.body.id);
      const asked = await graphqlClient(other)(
        'query ($id: ID!) { user(id: $id) { teams { id } roles { isDefault } projects { id } version } }',
        { id: there.body.id },
      );
      expect(asked.body.data.user).toMatchObject({ teams: [], projects: [], version: 1 });
      expect(asked.body.data.user.roles.every((role: { isDefault: boolean }) => role.isDefault)).toBe(true);
      expect((await scimClient(other).get(`/Users/${here.body.id}`)).status).toBe(404);
      const named = await rollcall.asOwner(
        `select from change where company_id = '${other.companyId}' and (object_id = '${here.body.id}' or after::text like '%${here.body.id}%')`,
      );
      expect(named).toEqual([]);
      await expectUntouched();
    });

    it('T-13: a user name that only a neighbour has is free, and nothing tells that it is taken there', async () => {
      const shared = { userName: 'shared@people.example', externalId: 'shared-1' };
      const [first, second] = [await rollcall.newCompany(), await rollcall.newCompany()];
      const answers = [];
      for (const company of [first, second]) {
        const { status, headers, body } = await scimClient(company).post('/Users', shared);
        const { id: _, meta, ...rest } = body;
        answers.push({ status, names: [...headers.keys()].sort(), rest, version: meta.version });
      }
      expect(answers[0]!.status).toBe(201);
      expect(answers[1]).toEqual(answers[0]);
      await expectUntouched();
    });
  },
);
