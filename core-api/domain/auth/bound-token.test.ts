import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompanyBed } from '#test/support/company-bed.js';
import { MEANS } from '#test/support/means.js';
import type { CompanyActor } from '../actor.js';
import { permissionsOf } from '../directory/token-scopes.js';
import { newId } from '../new-id.js';
import { type Services, servicesFor } from '../services.js';

/* The wall of a token that is bound to one user stands here, whatever the gateway lets through. */

let bed: CompanyBed;
let directory: Awaited<ReturnType<CompanyBed['directory']>>;
let own: string;
let other: string;
beforeAll(async () => {
  bed = await CompanyBed.open();
  directory = await bed.directory();
  [own, other] = (await bed.users(2, { directoryId: directory.directory.id })) as [string, string];
});
afterAll(() => bed?.close());

const actor = (scopes: string[]): CompanyActor => ({
  ...directory,
  permissions: new Set(['company:read']),
  boundTo: { userId: own, permissions: permissionsOf(scopes) },
});
const services = (...scopes: string[]) => servicesFor(bed.db, MEANS, actor(scopes));
const FORBIDDEN = expect.objectContaining({ code: 'FORBIDDEN' });

describe('a token that is bound to one user', () => {
  it('reads, changes and deletes that user, as its scopes say', async () => {
    const { users } = services('all');
    expect(await users.get(own, { teams: true, roles: true })).toMatchObject({ id: own, teams: [] });
    expect((await users.change(own, [{ set: { title: 'T' } }])).user.title).toBe('T');
    expect((await users.replace(own, { userName: newId() })).user.title).toBeNull();

    const reader = services('read').users;
    expect(await reader.get(own)).toMatchObject({ id: own });
    await expect(reader.change(own, [{ set: { title: 'T' } }])).rejects.toEqual(FORBIDDEN);
    await expect(reader.delete(own)).rejects.toEqual(FORBIDDEN);
    await expect(services('groups').users.replace(own, { userName: newId() })).rejects.toEqual(FORBIDDEN);
  });

  it.each<[string, (s: Services) => unknown]>([
    ['another user', ({ users }) => users.get(other)],
    ['users by their ids, its own too', ({ users }) => users.getMany([own])],
    ['a user by its name', ({ users }) => users.findByUserName('x')],
    ['a user by its externalId', ({ users }) => users.findByExternalId('x', null)],
    ['the list of users', ({ users }) => users.list({ first: 1 })],
    ['a new user', ({ users }) => users.create({ userName: newId() })],
    ['a change of another user', ({ users }) => users.change(other, [{ set: { title: 'T' } }])],
    ['a replacement of another user', ({ users }) => users.replace(other, { userName: newId() })],
    ['the end of another user', ({ users }) => users.delete(other)],
    ['a team', ({ teams }) => teams.get(newId())],
    ['the list of teams', ({ teams }) => teams.list({ first: 1 })],
    ['a new team', ({ teams }) => teams.create({ displayName: 'T', members: [own] })],
    ['roles', ({ roles }) => roles.list({ first: 1 })],
    ['a role of its own', ({ roles }) => roles.assign(own, newId())],
    ['the change log', ({ changes }) => changes.list({ first: 1 })],
    ['tokens', ({ directoryTokens }) => directoryTokens.create({ directoryId: directory.directory.id, name: 'T' })],
  ])('does not reach %s', async (_what, call) => {
    await expect((async () => call(services('all')))()).rejects.toEqual(FORBIDDEN);
  });
});
