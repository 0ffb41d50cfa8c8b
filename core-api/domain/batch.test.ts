import { describe, expect, it } from 'vitest';
import { applyBatch, type BatchOperation } from './batch.js';
import { DomainError, notFound } from './errors.js';
import type { Services } from './services.js';

/** Services that only note what they are asked for; users named `missing` are not there, and `broken` fails for no foreseen reason. */
function noting() {
  const calls: unknown[][] = [];
  const note =
    (name: string) =>
    async (id: string, ...rest: unknown[]) => {
      calls.push([name, id, ...rest]);
      if (id === 'missing') throw notFound('User', id);
      if (id === 'outdated') throw new DomainError('PROFILE_CHANGED', 'The profile has changed.');
      if (id === 'broken') throw new TypeError('x is undefined');
      return { user: { id }, team: { id } };
    };
  const create = (name: string) => async (fields: unknown, options: unknown) => {
    calls.push([name, fields, options]);
    return { user: { id: 'new' }, team: { id: 'new' } };
  };
  const methods = (type: string) => ({
    create: create(`${type}.create`),
    replace: note(`${type}.replace`),
    change: note(`${type}.change`),
    delete: note(`${type}.delete`),
  });
  return { calls, services: { users: methods('users'), teams: methods('teams') } as unknown as Services };
}
const deleting = (...ids: string[]): BatchOperation[] => ids.map((id) => ({ deleteUser: { id } }));

describe('applyBatch', () => {
  it('hands each operation to its service, in order, without the members that are options', async () => {
    const { calls, services } = noting();

    const results = await applyBatch(services, [
      { createUser: { userName: 'ann', profileVersion: 3 } },
      { replaceUser: { id: 'u', userName: 'ann', expectedVersion: 1 } },
      { changeUser: { id: 'u', changes: [{ unset: ['title'] }] } },
      { deleteUser: { id: 'u', expectedVersion: 2 } },
      { createTeam: { displayName: 'T', members: ['u'] } },
      { replaceTeam: { id: 't', displayName: 'T', profileVersion: 3 } },
      { changeTeam: { id: 't', changes: [{ addMembers: ['u'] }] } },
      { deleteTeam: { id: 't' } },
    ]);

    expect(calls).toEqual([
      ['users.create', { userName: 'ann' }, { profileVersion: 3 }],
      ['users.replace', 'u', { userName: 'ann' }, { expectedVersion: 1 }],
      ['users.change', 'u', [{ unset: ['title'] }], {}],
      ['users.delete', 'u', { expectedVersion: 2 }],
      ['teams.create', { displayName: 'T', members: ['u'] }, {}],
      ['teams.replace', 't', { displayName: 'T' }, { profileVersion: 3 }],
      ['teams.change', 't', [{ addMembers: ['u'] }], {}],
      ['teams.delete', 't', {}],
    ]);
    expect(results.map(({ ok, id }) => [ok, id])).toEqual(
      ['new', 'u', 'u', 'u', 'new', 't', 't', 't'].map((id) => [true, id]),
    );
  });

  it('goes on after a refusal, and tells its code', async () => {
    const results = await applyBatch(noting().services, deleting('a', 'missing', 'b'));

    expect(results).toEqual([
      { index: 0, ok: true, id: 'a', code: null, field: null, message: null },
      { index: 1, ok: false, id: 'missing', code: 'NOT_FOUND', field: null, message: expect.any(String) },
      { index: 2, ok: true, id: 'b', code: null, field: null, message: null },
    ]);
  });

  it.each([
    [1, ['a', 'missing']],
    [2, ['a', 'missing', 'b', 'missing']],
    [3, ['a', 'missing', 'b', 'missing', 'c']],
  ])('stops after %i failures', async (failOnErrors, tried) => {
    const results = await applyBatch(noting().services, deleting('a', 'missing', 'b', 'missing', 'c'), failOnErrors);

    expect(results.map(({ id }) => id)).toEqual(tried);
  });

  it.each([
    ['an unforeseen failure', 'broken'],
    ['a profile that has changed', 'outdated'],
  ])('ends with %s', async (_, id) => {
    const { calls, services } = noting();

    await expect(applyBatch(services, deleting('a', id, 'b'))).rejects.toThrow();
    expect(calls).toHaveLength(2);
  });

  it('refuses more than 1,000 operations and a failOnErrors below 1, before doing anything', async () => {
    const { calls, services } = noting();

    await expect(applyBatch(services, deleting(...new Array<string>(1001).fill('a')))).rejects.toMatchObject({
      code: 'INVALID_VALUE',
      details: { field: 'operations' },
    });
    await expect(applyBatch(services, deleting('a'), 0)).rejects.toMatchObject({ details: { field: 'failOnErrors' } });
    expect(calls).toEqual([]);
  });
});
