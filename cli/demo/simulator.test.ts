import { describe, expect, it } from 'vitest';
import { makePeople } from './people.js';
import { type IdentityProvider, type ScimCaller, simulate } from './simulator.js';

const caller = { created: 0 } as ScimCaller; // the recorder below sends nothing

function recorder() {
  const seen: string[] = [];
  const idp: IdentityProvider = {
    name: 'Recorder',
    headers: { read: {}, write: {} },
    testConnection: async () => void seen.push('test'),
    assign: async (_scim, { userName }) => {
      seen.push(`assign ${userName}`);
      return { id: `id of ${userName}` };
    },
    push: async (_scim, team, members) => {
      seen.push(`push ${team} ${members.length}`);
      return { id: `id of ${team}` };
    },
    update: async (_scim, { person, id }) => void seen.push(`update ${id} ${person.title}`),
    leave: async (_scim, { id }, teamIds) => void seen.push(`leave ${id} ${teamIds.join()}`),
  };
  return { idp, seen };
}

const silent = { begin: () => undefined, step: () => undefined, end: () => undefined };

describe('simulate', () => {
  it('goes through its phases in order, and tells what it did', async () => {
    const { idp, seen } = recorder();
    const people = makePeople(100, 'acme.example');

    const outcome = await simulate(idp, caller, people, silent);

    expect(outcome).toMatchObject({ users: 100, teams: 10, updated: 10, left: 3 });
    expect(seen[0]).toBe('test');
    const kinds = seen.map((line) => line.split(' ')[0]);
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
      'test',
      'assign',
      'push',
      'update',
      'leave',
    ]);
    const memberships = people.reduce((sum, { teams }) => sum + teams.length, 0);
    const left = people.filter((_, index) => index % 33 === 1).reduce((sum, { teams }) => sum + teams.length, 0);
    expect(outcome.memberships).toBe(memberships - left);
  });

  it('takes leavers out of every team they are in', async () => {
    const { idp, seen } = recorder();
    const people = makePeople(40, 'acme.example');
    await simulate(idp, caller, people, silent);
    const leaver = people[1]!;
    expect(seen).toContain(`leave id of ${leaver.userName} ${leaver.teams.map((team) => `id of ${team}`).join()}`);
  });

  it('begins nothing more after a failure, and tells it', async () => {
    const { idp, seen } = recorder();
    const assign = idp.assign.bind(idp);
    const broken: IdentityProvider = {
      ...idp,
      assign: (scim, person) => {
        if (person.index === 3) throw new Error('refused');
        return assign(scim, person);
      },
    };
    await expect(simulate(broken, caller, makePeople(500, 'acme.example'), silent)).rejects.toThrow('refused');
    expect(seen.length).toBeLessThan(20);
  });
});
