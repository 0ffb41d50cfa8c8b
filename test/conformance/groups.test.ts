import { describe, expect, it } from 'vitest';
import { add, aProvider, GROUP, NOBODY, refused, remove, replace } from './provider.js';

describe('groups', () => {
  const at = aProvider();
  const membersOf = async (group: object) =>
    ((await at.now(group)).members as { value: string }[]).map(({ value }) => value).sort();
  const someone = async (many: number) => {
    const made = await Promise.all(Array.from({ length: many }, () => at.aUser()));
    return made.map(({ id }) => id as string).sort();
  };
  const values = (ids: string[]) => ids.map((value) => ({ value }));

  it('RFC 7643 §4.2: a group is of the Group schema', async () => {
    expect((await at.aGroup()).schemas).toEqual([GROUP]);
  });

  it('RFC 7643 §4.2: displayName is required', async () => {
    expect(await at.scim.post('/Groups', { schemas: [GROUP], members: [] })).toMatchObject(
      refused(400, 'invalidValue'),
    );
  });

  it('RFC 7643 §4.2: displayName is kept as it was sent', async () => {
    const displayName = `Tour Guides ${at.name()} & Søns`;

    expect((await at.aGroup({ displayName })).displayName).toBe(displayName);
  });

  it('RFC 7643 §4.2: displayName can be changed', async () => {
    const [group, displayName] = [await at.aGroup(), at.name()];

    await at.scim.patch(`/Groups/${group.id}`, [replace('displayName', displayName)]);

    expect((await at.now(group)).displayName).toBe(displayName);
  });

  it('RFC 7643 §4.2: members are there from the first answer on', async () => {
    const ids = await someone(2);
    const group = await at.aGroup({ members: values(ids) });

    expect(group.members.map(({ value }: { value: string }) => value).sort()).toEqual(ids);
  });

  it('RFC 7643 §4.2: a member carries value, $ref and type', async () => {
    const user = await at.aUser();

    expect((await at.aGroup({ members: [{ value: user.id }] })).members).toEqual([
      expect.objectContaining({ value: user.id, $ref: user.meta.location, type: 'User' }),
    ]);
  });

  it('RFC 7643 §4.2: a member carries a name for people', async () => {
    const user = await at.aUser({ displayName: 'Ana Ruiz' });

    expect((await at.aGroup({ members: [{ value: user.id }] })).members).toMatchObject([{ display: 'Ana Ruiz' }]);
  });

  it('RFC 7643 §4.2: the display of a member is the server’s', async () => {
    const user = await at.aUser({ displayName: 'Ana Ruiz' });

    expect((await at.aGroup({ members: [{ value: user.id, display: 'Bo' }] })).members).toMatchObject([
      { display: 'Ana Ruiz' },
    ]);
  });

  it('RFC 7643 §4.2: a member that is named twice is a member once', async () => {
    const [id] = await someone(1);

    expect(await membersOf(await at.aGroup({ members: values([id!, id!]) }))).toEqual([id]);
  });

  it('RFC 7643 §4.2: a group may have no members', async () => {
    expect(await membersOf(await at.aGroup({ members: [] }))).toEqual([]);
  });

  it('RFC 7643 §4.2: a user can be in many groups', async () => {
    const user = await at.aUser();
    const groups = [
      await at.aGroup({ members: [{ value: user.id }] }),
      await at.aGroup({ members: [{ value: user.id }] }),
    ];

    const shown = (await at.now(user)).groups.map(({ value }: { value: string }) => value).sort();

    expect(shown).toEqual(groups.map(({ id }) => id).sort());
  });

  it('RFC 7643 §4.2: a deactivated user stays a member', async () => {
    const [id] = await someone(1);
    const group = await at.aGroup({ members: values([id!]) });

    await at.scim.patch(`/Users/${id}`, [replace('active', false)]);

    expect(await membersOf(group)).toEqual([id]);
  });

  it('RFC 7643 §4.2: a deleted user is a member no longer', async () => {
    const [id, stays] = await someone(2);
    const group = await at.aGroup({ members: values([id!, stays!]) });

    await at.scim.delete(`/Users/${id}`);

    expect(await membersOf(group)).toEqual([stays]);
  });

  it('RFC 7643 §4.2: a deleted group is in no user’s groups', async () => {
    const user = await at.aUser();
    const group = await at.aGroup({ members: [{ value: user.id }] });

    await at.scim.delete(`/Groups/${group.id}`);

    expect(await at.now(user)).not.toHaveProperty('groups');
  });

  it('RFC 7644 §3.5.2.1: members are added beside those that are there', async () => {
    const [a, b, c] = await someone(3);
    const group = await at.aGroup({ members: values([a!]) });

    await at.scim.patch(`/Groups/${group.id}`, [add('members', values([b!, c!]))]);

    expect(await membersOf(group)).toEqual([a, b, c]);
  });

  it('RFC 7644 §3.5.2.1: adding a member that is there changes nothing, not even the version', async () => {
    const ids = await someone(1);
    const group = await at.aGroup({ members: values(ids) });

    await at.scim.patch(`/Groups/${group.id}`, [add('members', values(ids))]);

    expect(await at.now(group)).toEqual(group);
  });

  it('RFC 7644 §3.5.2.2: one member is removed by a filter', async () => {
    const [a, b] = await someone(2);
    const group = await at.aGroup({ members: values([a!, b!]) });

    await at.scim.patch(`/Groups/${group.id}`, [remove(`members[value eq "${a}"]`)]);

    expect(await membersOf(group)).toEqual([b]);
  });

  it('RFC 7644 §3.5.2.2: several members are removed by a filter with or', async () => {
    const [a, b, c] = await someone(3);
    const group = await at.aGroup({ members: values([a!, b!, c!]) });

    await at.scim.patch(`/Groups/${group.id}`, [remove(`members[value eq "${a}" or value eq "${c}"]`)]);

    expect(await membersOf(group)).toEqual([b]);
  });

  it('RFC 7644 §3.5.2.2: all members are removed by the name of the attribute', async () => {
    const group = await at.aGroup({ members: values(await someone(2)) });

    await at.scim.patch(`/Groups/${group.id}`, [remove('members')]);

    expect(await membersOf(group)).toEqual([]);
  });

  it('RFC 7644 §3.5.2.3: a replace of members leaves just those it names', async () => {
    const [a, b, c] = await someone(3);
    const group = await at.aGroup({ members: values([a!, b!]) });

    await at.scim.patch(`/Groups/${group.id}`, [replace('members', values([b!, c!]))]);

    expect(await membersOf(group)).toEqual([b, c]);
  });

  it('RFC 7644 §3.5.2: members and name are changed by one request', async () => {
    const [a, b] = await someone(2);
    const group = await at.aGroup({ members: values([a!]) });
    const displayName = at.name();

    await at.scim.patch(`/Groups/${group.id}`, [
      remove(`members[value eq "${a}"]`),
      add('members', values([b!])),
      replace('displayName', displayName),
    ]);

    expect(await at.now(group)).toMatchObject({ displayName, members: [{ value: b }] });
  });

  it('RFC 7644 §3.5.2: a group PATCH that fails changes neither members nor name', async () => {
    const [a, b] = await someone(2);
    const group = await at.aGroup({ members: values([a!]) });

    const answer = await at.scim.patch(`/Groups/${group.id}`, [
      add('members', values([b!])),
      replace('displayName', { a: 1 }),
    ]);

    expect(answer).toMatchObject(refused(400, 'invalidValue'));
    expect(await at.now(group)).toEqual(group);
  });

  it('RFC 7644 §3.5.2: a group PATCH is answered with 204 and no body', async () => {
    const { id } = await at.aGroup();

    expect(await at.scim.patch(`/Groups/${id}`, [replace('displayName', at.name())])).toMatchObject({
      status: 204,
      body: null,
    });
  });

  it('RFC 7644 §3.5.2: a group PATCH that asks for attributes is answered with them', async () => {
    const [{ id }, displayName] = [await at.aGroup(), at.name()];

    expect(
      await at.scim.patch(`/Groups/${id}?attributes=displayName`, [replace('displayName', displayName)]),
    ).toMatchObject({ status: 200, body: { id, displayName } });
  });

  it('RFC 7644 §3.5.1: a PUT of a group replaces its members', async () => {
    const [a, b] = await someone(2);
    const group = await at.aGroup({ members: values([a!]) });

    await at.scim.put(`/Groups/${group.id}`, { displayName: group.displayName, members: values([b!]) });

    expect(await membersOf(group)).toEqual([b]);
  });

  it('RFC 7644 §3.5.1: a PUT of a group that leaves its members out keeps them', async () => {
    const ids = await someone(2);
    const group = await at.aGroup({ members: values(ids) });

    await at.scim.put(`/Groups/${group.id}`, { displayName: at.name() });

    expect(await membersOf(group)).toEqual(ids);
  });

  it('RFC 7644 §3.5.1: a PUT of a group with no members empties it', async () => {
    const group = await at.aGroup({ members: values(await someone(2)) });

    await at.scim.put(`/Groups/${group.id}`, { displayName: group.displayName, members: [] });

    expect(await membersOf(group)).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: groups are found by a member', async () => {
    const [a, b] = await someone(2);
    const { id } = await at.aGroup({ members: values([a!, b!]) });

    expect(await at.find('/Groups', `members.value eq "${a}"`)).toEqual([id]);
    expect(await at.find('/Groups', `members[value eq "${b}"]`)).toEqual([id]);
    expect(await at.find('/Groups', `members eq "${NOBODY}"`)).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: users are found by a group', async () => {
    const [a] = await someone(2);
    const { id } = await at.aGroup({ members: values([a!]) });

    expect(await at.find('/Users', `groups.value eq "${id}"`)).toEqual([a]);
    expect(await at.find('/Users', `groups[value eq "${id}"]`)).toEqual([a]);
  });

  it('RFC 7644 §3.4.2.5: members can be left out', async () => {
    const { id } = await at.aGroup({ members: values(await someone(1)) });

    expect((await at.scim.get(`/Groups/${id}?excludedAttributes=members`)).body).not.toHaveProperty('members');
  });

  it('RFC 7644 §3.4.2.5: of members one part can be asked for', async () => {
    const [a] = await someone(1);
    const { id } = await at.aGroup({ members: values([a!]) });

    expect((await at.scim.get(`/Groups/${id}?attributes=members.value`)).body.members).toEqual([{ value: a }]);
  });

  it('RFC 7644 §3.14: a change of members raises the version of the group', async () => {
    const group = await at.aGroup();

    await at.scim.patch(`/Groups/${group.id}`, [add('members', values(await someone(1)))]);

    expect((await at.now(group)).meta.version).not.toBe(group.meta.version);
  });
});
