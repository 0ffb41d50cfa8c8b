import { describe, expect, it } from 'vitest';
import { add, aProvider, type Resource, remove, replace } from './provider.js';

describe('groups inside groups', () => {
  const at = aProvider({ profile: { nestedGroups: 'NEST' } });
  const within = (...members: Resource[]) => at.aGroup({ members: members.map(({ id }) => ({ value: id })) });
  const membersOf = async (group: Resource): Promise<string[]> =>
    ((await at.now(group)).members ?? []).map(({ value }: Resource) => value).sort();

  it('RFC 7643 §4.2: a member may be a group', async () => {
    const inner = await at.aGroup();
    const outer = await at.aGroup({ members: [{ value: inner.id, type: 'Group' }] });

    expect(outer.members).toEqual([
      expect.objectContaining({ value: inner.id, type: 'Group', $ref: inner.meta.location }),
    ]);
  });

  it('RFC 7643 §4.2: users and groups can be members of one group', async () => {
    const [user, inner] = [await at.aUser(), await at.aGroup()];

    expect(await membersOf(await within(user, inner))).toEqual([user.id, inner.id].sort());
  });

  it('RFC 7643 §4.1.2: a user is an indirect member of the groups around its own', async () => {
    const user = await at.aUser();
    const inner = await within(user);
    const outer = await within(inner);
    const { groups } = await at.now(user);

    expect(groups).toHaveLength(2);
    expect(groups).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ value: inner.id, type: 'direct' }),
        expect.objectContaining({ value: outer.id, type: 'indirect' }),
      ]),
    );
  });

  it('RFC 7643 §4.1.2: who leaves the inner group leaves the outer one', async () => {
    const user = await at.aUser();
    const inner = await within(user);
    await within(inner);

    await at.scim.patch(`/Groups/${inner.id}`, [remove(`members[value eq "${user.id}"]`)]);

    expect(await at.now(user)).not.toHaveProperty('groups');
  });

  it('RFC 7644 §3.5.2.1: a group is added as a member by PATCH', async () => {
    const [inner, outer] = [await at.aGroup(), await at.aGroup()];

    await at.scim.patch(`/Groups/${outer.id}`, [add('members', [{ value: inner.id }])]);

    expect(await membersOf(outer)).toEqual([inner.id]);
  });

  it('RFC 7644 §3.5.2.2: a group is removed as a member by a filter', async () => {
    const [user, inner] = [await at.aUser(), await at.aGroup()];
    const outer = await within(user, inner);

    await at.scim.patch(`/Groups/${outer.id}`, [remove(`members[value eq "${inner.id}"]`)]);

    expect(await membersOf(outer)).toEqual([user.id]);
  });

  it('RFC 7644 §3.5.2.3: a replace of members replaces users and groups', async () => {
    const [user, one, two] = [await at.aUser(), await at.aGroup(), await at.aGroup()];
    const outer = await within(user, one);

    await at.scim.patch(`/Groups/${outer.id}`, [replace('members', [{ value: two.id }])]);

    expect(await membersOf(outer)).toEqual([two.id]);
  });

  it('RFC 7643 §4.2: groups that lie in a circle do no harm', async () => {
    const user = await at.aUser();
    const one = await within(user);
    const two = await within(one);

    const { status } = await at.scim.patch(`/Groups/${one.id}`, [add('members', [{ value: two.id }])]);

    expect(status).toBe(204);
    expect((await at.now(user)).groups.map(({ value }: Resource) => value).sort()).toEqual([one.id, two.id].sort());
  });

  it('RFC 7644 §3.6: a deleted group is a member no longer', async () => {
    const inner = await at.aGroup();
    const outer = await within(inner);

    await at.scim.delete(`/Groups/${inner.id}`);

    expect(await membersOf(outer)).toEqual([]);
  });

  it('RFC 7644 §3.4.2.2: groups are found by a group in them', async () => {
    const inner = await at.aGroup();
    const { id } = await within(inner);

    expect(await at.find('/Groups', `members.value eq "${inner.id}"`)).toEqual([id]);
    expect(await at.find('/Groups', `members[type eq "Group" and value eq "${inner.id}"]`)).toEqual([id]);
  });

  it('RFC 7644 §3.4.2.2: users are found by a group around theirs', async () => {
    const user = await at.aUser();
    const { id } = await within(await within(user));

    expect(await at.find('/Users', `groups.value eq "${id}"`)).toEqual([user.id]);
    expect(await at.find('/Users', `groups[value eq "${id}" and type eq "direct"]`)).toEqual([]);
  });
});
